"""What the request alone gives is found once, right before the endpoint; the rest is left to FastAPI."""

from typing import Annotated, Any

from fastapi import Depends, Header, Query, Request, Response
from fastapi.dependencies.utils import get_dependant, get_parameterless_sub_dependant
from starlette.types import Message

from shared.kit.api.body import JSON_LIMIT, StrictRequest
from shared.kit.api.context import Answer, begin_call, call_of
from shared.kit.api.deps import requires
from shared.kit.api.flattening import flattened

found: list[str] = []


async def caller(request: Request) -> str:
    found.append("caller")
    return request.headers["x-caller"]


async def greeting(who: Annotated[str, Depends(caller)]) -> str:
    found.append("greeting")
    return f"Hello {who}"


async def version(expected: Annotated[str | None, Header(alias="If-Match")] = None) -> str | None:
    return expected


async def limit(at_most: Annotated[int, Query(ge=1)] = 50) -> int:
    return at_most


async def name(content_disposition: Annotated[str | None, Header(max_length=10)] = None) -> str | None:
    return content_disposition


async def colour(response: Response) -> None:
    response.headers["x-colour"] = "blue"


def in_a_thread() -> None:
    """Nothing async about it."""


def a_request(**headers: str) -> StrictRequest:
    async def receive() -> Message:
        raise AssertionError("nobody reads the body here")

    raw = [(key.replace("_", "-").encode(), value.encode()) for key, value in headers.items()]
    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": raw}
    begin_call(scope, [])
    return StrictRequest(scope, receive, limit=JSON_LIMIT)


async def run(endpoint: Any, request: StrictRequest) -> Any:
    flat: Any = flattened(get_dependant(path="/", call=endpoint))
    assert flat.dependencies == []
    return await flat.call(**{flat.request_param_name: request})


async def test_each_thing_is_found_once_and_given_to_all_who_ask() -> None:
    async def endpoint(
        who: Annotated[str, Depends(caller)], said: Annotated[str, Depends(greeting)], request: Request
    ) -> Any:
        return who, said, request

    found.clear()
    request = a_request(x_caller="Jo")

    assert await run(endpoint, request) == ("Jo", "Hello Jo", request)
    assert found == ["caller", "greeting"]


async def test_a_header_is_given_as_it_came_or_not_at_all() -> None:
    async def endpoint(expected: Annotated[str | None, Depends(version)]) -> Any:
        return expected

    assert await run(endpoint, a_request(if_match='"3"')) == '"3"'
    assert await run(endpoint, a_request()) is None


async def test_the_body_is_the_one_that_was_checked() -> None:
    async def endpoint(body: dict[str, int]) -> Any:
        return body

    request = a_request()
    request.keep({"size": 3}, checked := {"size": 3})

    assert await run(endpoint, request) is checked


async def test_an_answer_that_was_kept_is_the_one_given() -> None:
    async def endpoint(request: Request) -> str:
        call_of(request).answer = Answer(201, {"etag": '"1"'}, b"kept")
        return "made"

    answer = await run(endpoint, a_request())

    assert (answer.status_code, answer.headers["etag"], answer.body) == (201, '"1"', b"kept")


def test_what_must_be_checked_or_needs_fastapi_stays_with_it() -> None:
    async def endpoint(
        at_most: Annotated[int, Depends(limit)],
        shown: Annotated[str | None, Depends(name)],
        painted: Annotated[None, Depends(colour)],
        waited: Annotated[None, Depends(in_a_thread)],
    ) -> None: ...

    flat = flattened(get_dependant(path="/", call=endpoint))

    assert [each.call for each in flat.dependencies] == [limit, name, colour, in_a_thread]


def test_access_is_not_decided_twice() -> None:
    async def endpoint() -> None: ...

    declared = get_dependant(path="/", call=endpoint)
    declared.dependencies.append(get_parameterless_sub_dependant(depends=requires("thing.read"), path="/"))

    assert flattened(declared).dependencies == []
