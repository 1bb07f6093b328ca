"""The factory of every HTTP process: the same rules everywhere, and no start when a route escapes them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import count

import asyncpg
import structlog
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match, Route

from shared.kit import garbage, tracing
from shared.kit.access import Rules
from shared.kit.api.context import Plumbing, WorkFactory, call_of
from shared.kit.api.cursors import Cursors
from shared.kit.api.documentation import documentation_route
from shared.kit.api.envelope import Envelope, problem_of
from shared.kit.api.models import StrictModel
from shared.kit.api.openapi import complete_openapi
from shared.kit.api.routes import StrictRoute
from shared.kit.api.sandbox import CLOCK_RULES, sandbox_router
from shared.kit.auth import TokenVerifier
from shared.kit.backlog import Backlog
from shared.kit.clock import SystemClock
from shared.kit.database import UNREACHABLE, Database
from shared.kit.documents import DocumentStore
from shared.kit.health import Readiness, database_answers, migrations_applied, operational_routes, outbox_drains
from shared.kit.logging import configure_logging
from shared.kit.sandbox import SandboxClock
from shared.kit.settings import Settings

log = structlog.get_logger(__name__)


# Less than the two seconds in which a caller must know that the database is down (bad-input 73).
_PATIENCE = 1.5


class UnruledRoute(Exception):
    """A route without access rule, or outside the kit: the application refuses to start."""


def create_api_app(
    *,
    settings: Settings,
    routers: Sequence[APIRouter],
    access: Rules,
    work_factory: WorkFactory,
    title: str,
    description: str,
    version: str = "1.0.0",
    service: str | None = None,
) -> FastAPI:
    """The HTTP application of a service; its routers are made by `shared.kit.api.router` and given flat.

    `service`, by default that of the settings, names the schema and the migrations.

    Raises UnruledRoute when a route declares no rule, an unknown one, or a body that is not a StrictModel.
    """
    configure_logging(settings)
    tracing.configure_tracing(settings, "api")
    plumbing = _plumbing(service or settings.service, settings, access, work_factory)
    app = FastAPI(
        title=title,
        description=description,
        version=version,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_lifespan,
    )
    app.state.plumbing = plumbing
    app.add_middleware(Envelope)
    for kind in (HTTPException, RequestValidationError):
        app.add_exception_handler(kind, _answer)
    for router in (*routers, *([sandbox_router()] if settings.sandbox else [])):
        app.router.routes.extend(router.routes)
    _refuse_unruled(app)
    app.router.routes.extend([*operational_routes(_readiness(plumbing)), documentation_route(app)])
    app.openapi = lambda: complete_openapi(app)  # type: ignore[method-assign]
    return app


def routes_without_rule(app: FastAPI) -> list[str]:
    """`METHOD /path` of each route that no access rule governs; empty in an application that starts."""
    rules = app.state.plumbing.access
    return [_named(route) for route in app.routes if not _operational(route) and not _ruled(route, rules)]


def _plumbing(service: str, settings: Settings, access: Rules, work_factory: WorkFactory) -> Plumbing:
    database = Database(settings.database_url, service, patience=_PATIENCE)
    verifier = TokenVerifier(
        settings.issuer,
        settings.audience,
        settings.keys_url,
        guard_against_development=not settings.sandbox,
    )
    return Plumbing(
        service=service,
        settings=settings,
        database=database,
        clock=SandboxClock(database) if settings.sandbox else SystemClock(),
        verifier=verifier,
        access={**access, **CLOCK_RULES} if settings.sandbox else access,
        work_factory=work_factory,
        cursors=Cursors(settings.cursor_key),
        documents=DocumentStore(settings.documents) if settings.documents else None,
    )


def _readiness(plumbing: Plumbing) -> Readiness:
    return Readiness(
        {
            "database": database_answers(plumbing.database),
            "migrations": migrations_applied(plumbing.database, plumbing.service),
            "outbox": outbox_drains(plumbing.database),
        }
    )


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    plumbing: Plumbing = app.state.plumbing
    opening = asyncio.create_task(_open(plumbing.database))
    await asyncio.wait({opening}, timeout=3)
    if opening.done():
        opening.result()
    measuring = asyncio.create_task(Backlog(plumbing.database, plumbing.clock).run())
    await plumbing.verifier.start()
    garbage.settle()
    try:
        yield
    finally:
        for task in (opening, measuring):
            task.cancel()
        await asyncio.gather(opening, measuring, return_exceptions=True)
        await plumbing.verifier.stop()
        await plumbing.database.stop()
        await tracing.stop_tracing()


async def _open(database: Database) -> None:
    for attempt in count():
        try:
            await database.start()
            return
        except UNREACHABLE as error:
            log.warning("database_unreachable", error=repr(error))
        except asyncpg.PostgresError as error:
            # It answers and refuses: a wrong password or database stops the start, a restart of the server does not.
            log.error("database_refuses", error=repr(error))
            if attempt == 0:
                raise
        await asyncio.sleep(1)


async def _answer(request: Request, error: Exception) -> Response:
    response = problem_of(error, request.scope, call_of(request))
    if response.status_code == 405:
        response.headers["Allow"] = ", ".join(sorted(_methods_at(request)))
    return response


def _methods_at(request: Request) -> set[str]:
    matching = [route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE]
    return {method for route in matching for method in (getattr(route, "methods", None) or ())}


def _refuse_unruled(app: FastAPI) -> None:
    unruled = routes_without_rule(app)
    if unruled:
        raise UnruledRoute(f"no access rule, or not a route of the kit: {', '.join(unruled)}")
    for route in app.routes:
        if isinstance(route, APIRoute) and route.body_field and not _strict(route.body_field.field_info.annotation):
            raise UnruledRoute(f"{_named(route)}: its body is not one StrictModel")


def _ruled(route: BaseRoute, rules: Rules) -> bool:
    return isinstance(route, StrictRoute) and route.requirement is not None and route.requirement.action in rules


def _operational(route: BaseRoute) -> bool:
    # Plain Starlette routes are the kit's and FastAPI's own: probes, metrics, /docs and /openapi.json.
    return isinstance(route, Route) and not isinstance(route, APIRoute)


def _strict(annotation: object) -> bool:
    choices = getattr(annotation, "__args__", None) or (annotation,)
    return all(isinstance(choice, type) and issubclass(choice, StrictModel) for choice in choices)


def _named(route: BaseRoute) -> str:
    methods = ",".join(sorted(getattr(route, "methods", None) or ()))
    return f"{methods} {getattr(route, 'path', type(route).__name__)}"
