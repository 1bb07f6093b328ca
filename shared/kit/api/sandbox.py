"""`/sandbox/clock`: the time of the sandbox, read and moved; these routes do not exist in production."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field

from shared.kit.access import Role, Rule
from shared.kit.api.context import plumbing_of
from shared.kit.api.dates import within_the_years
from shared.kit.api.deps import requires
from shared.kit.api.models import StrictModel, View
from shared.kit.api.problems import ProblemError
from shared.kit.api.routes import router
from shared.kit.sandbox import SandboxClock

CLOCK_RULES = {"sandbox.clock": Rule(roles=frozenset({Role.PLATFORM, Role.PROGRAMME}), scope="any")}


class ClockReading(View):
    """The time of the sandbox, and the real one."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"now": "2024-03-01T08:00:00Z", "real": "2026-11-23T08:00:00Z"}}
    )

    now: AwareDatetime
    real: AwareDatetime


class MoveClock(StrictModel):
    """The instant the sandbox must be at; time runs on from there."""

    now: Annotated[AwareDatetime, AfterValidator(within_the_years), Field(examples=["2024-03-01T08:00:00Z"])]


def sandbox_router() -> APIRouter:
    """The routes of the clock, for the programme team and the platform."""
    sandbox = router("/sandbox", tags=["Bac à sable"])

    @sandbox.get("/clock", dependencies=[requires("sandbox.clock")])
    async def read_clock(request: Request) -> ClockReading:
        """Lire l'heure du bac à sable."""
        return ClockReading(now=await plumbing_of(request).clock.now(), real=datetime.now(UTC))

    @sandbox.post("/clock", dependencies=[requires("sandbox.clock")])
    async def move_clock(body: MoveClock, request: Request) -> ClockReading:
        """Déplacer l'heure du bac à sable."""
        clock = plumbing_of(request).clock
        if not isinstance(clock, SandboxClock):
            raise ProblemError("not-found")
        return ClockReading(now=await clock.move_to(body.now), real=datetime.now(UTC))

    return sandbox
