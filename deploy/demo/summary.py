"""What became of an edition: figures, facts told to partners, mails; read through the APIs, whoever played it."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from deploy.demo.people import PROGRAMME
from deploy.demo.stage import Stage
from deploy.demo.waiting import until

FIGURES = {
    "candidature-submitted.v1": "dossiers déposés",
    "candidature-admitted.v1": "dossiers recevables",
    "commune-selected.v1": "communes lauréates",
    "agreement-entered-into-force.v1": "conventions en vigueur",
    "proposal-submitted.v1": "propositions déposées",
    "project-allocated.v1": "projets lauréats",
    "experiment-launched.v1": "expérimentations lancées",
    "experiment-completed.v1": "expérimentations terminées",
    "experiment-evaluated.v1": "expérimentations évaluées",
}
UNSENT = ("pending", "sending", "awaiting_contact")
MAILS_WITHIN = 120.0
A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Summary:
    """`figures` by event type (distinct subjects), `facts` all that partners heard, `mails` by delivery state."""

    edition: int
    years: int
    now: datetime
    figures: dict[str, int]
    facts: int
    mails: dict[str, int]
    told: dict[str, int]
    seconds: float
    already_played: bool


async def summarise(stage: Stage, *, seconds: float, already_played: bool) -> Summary:
    """Wait until no mail is under way, where a mail server is there to take them; then count."""
    deliveries = await _settled(stage)
    counts = {name: len({fact["subject"] for fact in stage.listener.facts if fact["type"] == name}) for name in FIGURES}
    return Summary(
        edition=stage.edition,
        years=stage.calendar.years,
        now=await stage.clocks.now(),
        figures=counts,
        facts=len(stage.listener.facts),
        mails=dict(Counter(each["status"] for each in deliveries)),
        told=dict(Counter(each["event_type"] for each in deliveries)),
        seconds=seconds,
        already_played=already_played,
    )


async def _settled(stage: Stage) -> list[dict[str, Any]]:
    async def quiet() -> bool:
        for status in UNSENT:
            page = await stage.platform.get(PROGRAMME, "notifications", "/v1/deliveries", status=status, limit=1)
            if page["items"]:
                return False
        return True

    if stage.platform.stack.mails:
        await until("tous les courriels envoyés", quiet, within=MAILS_WITHIN)
    everything = await stage.platform.items(PROGRAMME, "notifications", "/v1/deliveries")
    began, ended = stage.calendar.at("publication") - A_DAY, stage.calendar.at("end") + A_DAY
    return [each for each in everything if began <= datetime.fromisoformat(each["planned_at"]) <= ended]
