"""Publish a call."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.candidature.domain.call import CLOSE, OPEN
from services.candidature.usecases.ports import Work


@dataclass(frozen=True, slots=True)
class PublishCall:
    """Make a draft public at this instant."""

    call_id: UUID
    at: datetime


async def publish_call(command: PublishCall, work: Work) -> int:
    """Announce the call and set the clocks that open and close it (R002, R003); returns the new version."""
    async with work:
        call = await work.calls.get(command.call_id)
        call, event = call.publish(at=command.at)
        version = await work.calls.save(call)
        await work.publish(call.id, event)
        await work.deadlines.set(call.id, OPEN, call.terms.opens_at)
        await work.deadlines.set(call.id, CLOSE, call.closed_from)
        return version
