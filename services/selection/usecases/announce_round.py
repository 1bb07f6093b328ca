"""Announce a round when its time has come."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.selection.domain.announcement import announce
from services.selection.usecases.ports import Work


@dataclass(frozen=True, slots=True)
class AnnounceRound:
    """The clock says so."""

    round_id: UUID
    at: datetime


async def announce_round(command: AnnounceRound, work: Work) -> None:
    """Tell every commune what was decided, all at once (R088, R144)."""
    async with work:
        round_ = await work.commune_rounds.get(command.round_id)
        candidatures = await work.candidatures.of_call(round_.call_id)
        announcement = announce(round_, candidatures, at=command.at)
        await work.commune_rounds.save(announcement.round)
        await work.decisions.add(announcement.decisions)
        await work.publish(round_.id, announcement.fact)
        for decision in announcement.decisions:
            await work.publish(decision.candidature_id, decision.event)
