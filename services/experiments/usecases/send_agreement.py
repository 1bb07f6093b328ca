"""Send the agreement to its parties."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.experiments.usecases.ports import Work
from shared.kit.access import Scope


@dataclass(frozen=True, slots=True)
class SendAgreement:
    """Send it at this instant."""

    agreement_id: UUID
    scope: Scope
    at: datetime


async def send_agreement(command: SendAgreement, work: Work) -> int:
    """Write the text, fix it by its hash and open it to signatures; returns the new version."""
    async with work:
        agreement = await work.agreements.get(command.agreement_id, command.scope)
        agreement, event = agreement.send(work.texts.write(agreement), at=command.at)
        version = await work.agreements.save(agreement)
        await work.publish(agreement.id, event)
        return version
