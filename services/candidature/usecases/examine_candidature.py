"""Decide whether a dossier may be examined by the committee."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.candidature.domain.call import Call
from services.candidature.domain.candidature import Candidature
from services.candidature.domain.verdict import Verdict
from services.candidature.usecases.judge_deadline import verdict_on
from services.candidature.usecases.ports import Work
from shared.events.base import Event
from shared.kit.access import Scope


@dataclass(frozen=True, slots=True)
class ExamineCandidature:
    """The decision of the programme team, with the reasons the commune is told when it is unfavourable."""

    candidature_id: UUID
    admitted: bool
    reasons: tuple[str, ...]
    scope: Scope
    at: datetime


async def examine_candidature(command: ExamineCandidature, work: Work) -> tuple[int, Verdict]:
    """Admit the dossier or turn it away, on the record of its deadline verdict; returns its version and the verdict."""
    async with work:
        candidature = await work.candidatures.get(command.candidature_id, command.scope)
        call = await work.calls.read(candidature.call_id)
        verdict = await verdict_on(candidature, call, command.at, work)
        examined, event = _decide(command, candidature, call, verdict)
        version = await work.candidatures.save(examined)
        await work.publish(examined.id, event)
        return version, verdict


def _decide(
    command: ExamineCandidature, candidature: Candidature, call: Call, verdict: Verdict
) -> tuple[Candidature, Event]:
    if command.admitted:
        return candidature.admit(call, verdict, at=command.at)
    return candidature.refuse(call, verdict, command.reasons, at=command.at)
