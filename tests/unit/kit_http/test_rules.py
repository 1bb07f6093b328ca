"""An application does not start when one of its routes escapes the rules."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from pydantic import BaseModel

from shared.kit.access import Role, Rule
from shared.kit.api import StrictModel, create_api_app, requires, router, routes_without_rule
from shared.kit.api.app import UnruledRoute
from shared.kit.settings import Mode, Settings
from shared.kit.unit_of_work import SqlUnitOfWork

RULES = {"thing.read": Rule({Role.PROGRAMME}, "any")}


class Strict(StrictModel):
    """A strict body."""

    name: str


class Loose(BaseModel):
    """A body that lets anything through."""

    name: str


async def nothing() -> None:
    """Do nothing."""


async def take_strict(body: Strict) -> None:
    """Take a strict body."""


async def take_loose(body: Loose) -> None:
    """Take a loose body."""


def app_of(*routers: APIRouter, mode: Mode = Mode.SANDBOX) -> FastAPI:
    settings = Settings(
        mode=mode,
        service="things",
        database_url="postgresql://db.example.org/qmi",
        kafka="127.0.0.1:9092",
        issuer="https://login.example.org/realms/qmi",
        cursor_key="k" * 32,
    )
    return create_api_app(
        settings=settings, routers=routers, access=RULES, work_factory=SqlUnitOfWork, title="T", description="D"
    )


def a_router(call: Callable[..., Any], *actions: str, made: APIRouter | None = None) -> APIRouter:
    made = made or router("/v1/things")
    made.add_api_route("", call, methods=["POST"], status_code=204, dependencies=[requires(one) for one in actions])
    return made


def test_every_route_of_an_application_that_starts_has_a_rule() -> None:
    assert routes_without_rule(app_of(a_router(take_strict, "thing.read"))) == []


@pytest.mark.parametrize(
    "escaped",
    [
        a_router(nothing),
        a_router(nothing, "thing.write"),
        a_router(nothing, "thing.read", made=APIRouter(prefix="/v1/things")),
    ],
    ids=["no rule", "an unknown action", "a router that is not the kit's"],
)
def test_a_route_that_escapes_stops_the_start(escaped: APIRouter) -> None:
    with pytest.raises(UnruledRoute, match="POST /v1/things"):
        app_of(escaped)


def test_a_nested_router_stops_the_start() -> None:
    outer = router("/v1")
    outer.include_router(a_router(nothing, "thing.read"))

    with pytest.raises(UnruledRoute):
        app_of(outer)


def test_a_body_that_is_not_strict_stops_the_start() -> None:
    with pytest.raises(UnruledRoute, match="StrictModel"):
        app_of(a_router(take_loose, "thing.read"))


def test_the_sandbox_clock_does_not_exist_in_production() -> None:
    assert [getattr(route, "path", "") for route in app_of(mode=Mode.PRODUCTION).routes] == [
        "/openapi.json",
        "/livez",
        "/readyz",
        "/metrics",
        "/docs",
    ]
