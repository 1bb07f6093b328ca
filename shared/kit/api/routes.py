"""The route of the kit: admit, read strictly, run, and run again when two transactions collided."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from typing import Any

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, get_request_handler
from pydantic import TypeAdapter

from shared.kit.api.body import JSON_LIMIT, UPLOAD_LIMIT, StrictRequest
from shared.kit.api.context import route_template
from shared.kit.api.deps import Requirement
from shared.kit.api.flattening import flattened
from shared.kit.api.idempotency import Replay
from shared.kit.api.negotiation import require_acceptable, require_json
from shared.kit.api.problems import ProblemError
from shared.kit.api.strict_json import parse
from shared.kit.api.strictness import validated
from shared.kit.api.uploads import uploaded_file
from shared.kit.database import COLLISIONS
from shared.kit.outbox import VersionTaken
from shared.kit.refusals import Stale
from shared.kit.telemetry import HTTP_RETRIES

log = structlog.get_logger(__name__)

ATTEMPTS = 4
_COLLIDED: tuple[type[BaseException], ...] = (*COLLISIONS, VersionTaken, Stale)
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class StrictRoute(APIRoute):
    """A route that decides who may pass before it reads the body, and reads it strictly."""

    @property
    def requirement(self) -> Requirement | None:
        """The access rule this route declares."""
        return next((call for call in calls_of(self.dependant) if isinstance(call, Requirement)), None)

    @property
    def uploads(self) -> bool:
        """Whether the body is a file, streamed to the route."""
        return uploaded_file in calls_of(self.dependant)

    def get_route_handler(self) -> Handler:
        """The handler of FastAPI, inside admission, strict reading and retries."""
        run = get_request_handler(
            dependant=flattened(self.dependant),
            status_code=self.status_code,
            response_class=self.response_class,
            response_field=self.response_field,
        )
        limit = UPLOAD_LIMIT if self.uploads else JSON_LIMIT
        annotation: Any = self.body_field.field_info.annotation if self.body_field else None
        body: TypeAdapter[Any] | None = TypeAdapter(annotation) if self.body_field else None
        requirement = self.requirement
        media_type = getattr(self.response_class, "media_type", "application/json")

        async def handle(plain: Request) -> Response:
            request = StrictRequest(plain.scope, plain.receive, limit=limit)
            if requirement is not None:
                await requirement(request)
            require_acceptable(request, media_type)
            request.refuse_declared_excess()
            if body is not None:
                require_json(request)
                await _read(request, body)
            return await _answer(request, run)

        return handle


def router(prefix: str, *, tags: list[str] | None = None) -> APIRouter:
    """The router of a resource: `router("/v1/calls", tags=["Appels"])`; its routes are those of the kit."""
    return APIRouter(
        prefix=prefix,
        tags=list(tags or ()),
        route_class=StrictRoute,
        generate_unique_id_function=operation_id,
    )


def operation_id(route: APIRoute) -> str:
    """The name of an operation in generated clients: `calls_publication_publish`."""
    steps = [step for step in route.path_format.split("/") if step and not step.startswith("{")]
    return "_".join([*steps[1:], route.name]).replace("-", "_")


def calls_of(dependant: Dependant) -> Iterator[Callable[..., Any]]:
    """Everything a route depends on, however deep."""
    for dependency in dependant.dependencies:
        if dependency.call is not None:
            yield dependency.call
        yield from calls_of(dependency)


async def _read(request: StrictRequest, body: TypeAdapter[Any]) -> None:
    raw = await request.body()
    if not raw:
        raise ProblemError("malformed-json", "Un corps JSON est attendu.")
    parsed = parse(raw)
    request.keep(parsed, validated(body, raw))


async def _answer(request: StrictRequest, run: Handler) -> Response:
    try:
        return await _collision_proof(request, lambda: run(request))
    except Replay as replay:
        return replay.answer.response(replayed=True)


async def _collision_proof(request: StrictRequest, attempt: Callable[[], Awaitable[Response]]) -> Response:
    for number in range(1, ATTEMPTS + 1):
        try:
            return await attempt()
        except _COLLIDED as error:
            if isinstance(error, Stale) and "if-match" in request.headers:
                raise
            if number == ATTEMPTS or not request.repeatable:
                raise ProblemError("service-unavailable", headers={"Retry-After": "1"}) from error
            HTTP_RETRIES.labels(route_template(request.scope)).inc()
            log.info("request_retried", attempt=number, reason=type(error).__name__)
        await asyncio.sleep(random.uniform(0.5, 1.5) * 0.02 * 2**number)
    raise AssertionError("unreachable")
