"""The judge of the answers is judged: each way of answering wrongly is seen, and a right answer is not blamed."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import BaseModel
from schemathesis import GenerationMode
from schemathesis.python import asgi

from shared.kit.api.problems import problems
from tests.integration.fuzz.cases import covering, drawn
from tests.integration.fuzz.judge import faults

app = FastAPI()
REQUEST = "0198a8a0-5b1c-7c3e-9f0a-2f6c1d2e3f41"


class Answer(BaseModel):
    """What the routes below promise."""

    number: int


def a_problem(answered: int = 404, **changes: Any) -> JSONResponse:
    """A refusal as it should be, but for the changes."""
    problem = {
        "type": "urn:qmi:problem:not-found",
        "title": "Ressource introuvable",
        "status": answered,
        "detail": "Ressource introuvable.",
        "instance": "/",
        "errors": [],
        "request_id": REQUEST,
        **changes,
    }
    kept = {name: value for name, value in problem.items() if value is not None}
    return JSONResponse(kept, answered, {"X-Request-ID": REQUEST}, media_type="application/problem+json")


WRONG: dict[str, tuple[str, Response]] = {
    "fault": ("ServerError", a_problem(500)),
    "unknown-status": ("UndefinedStatusCode", a_problem(418)),
    "other-media-type": ("UndefinedContentType", PlainTextResponse("1")),
    "other-shape": ("JsonSchemaError", JSONResponse({"number": "one"})),
    "plain-refusal": ("a refusal as text/plain", PlainTextResponse("non", 404)),
    "incomplete": ("a problem without request_id", a_problem(request_id=None)),
    "other-status": ("a problem of status 409 in an answer 404", a_problem(status=409)),
    "untyped": ("says too little", a_problem(type="about:blank")),
    "other-request": ("request_id is not that of the answer", a_problem(request_id="1")),
    "inside": ("shows our inside", a_problem(detail='File "/srv/services/store/calls.py", line 3')),
}
RIGHT: dict[str, Response] = {"answer": JSONResponse({"number": 1}), "refusal": a_problem()}


@app.get("/{name}", responses=problems(404, 500))
async def answer(name: str) -> Answer:
    """Answer as the table says."""
    return {**{key: response for key, (_, response) in WRONG.items()}, **RIGHT}[name]  # type: ignore[return-value]


@app.post("/numbers", responses=problems(422))
async def take(body: dict[str, Any]) -> Answer:
    """Take whatever comes, in spite of the schema."""
    return Answer(number=1)


@pytest.fixture(scope="module")
def schema() -> Iterator[schemathesis.BaseSchema]:
    """What the application says of itself; the body of /numbers is promised to be an answer."""
    document = app.openapi()
    body = {"$ref": "#/components/schemas/Answer"}
    document["paths"]["/numbers"]["post"]["requestBody"]["content"]["application/json"]["schema"] = body
    loaded = schemathesis.openapi.from_dict(document)
    loaded.app = app
    yield loaded
    asgi.shutdown_lifespans()


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_seen(schema: schemathesis.BaseSchema, name: str) -> None:
    case = schema["/{name}"]["GET"].Case(path_parameters={"name": name})

    assert any(WRONG[name][0] in fault for fault in faults(case, case.call()))


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_right_is_left_alone(schema: schemathesis.BaseSchema, name: str) -> None:
    case = schema["/{name}"]["GET"].Case(path_parameters={"name": name})

    assert list(faults(case, case.call())) == []


def test_a_body_against_the_schema_that_is_taken_is_seen(schema: schemathesis.BaseSchema) -> None:
    operation = schema["/numbers"]["POST"]
    wrong = [*covering(operation), *drawn(operation.as_strategy(generation_mode=GenerationMode.NEGATIVE), 20, 1)]

    assert any("AcceptedNegativeData" in fault for case in wrong for fault in faults(case, case.call()))
