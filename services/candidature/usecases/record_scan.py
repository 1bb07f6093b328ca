"""Record what the scanner has found in a file."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.candidature.domain.document import ScanStatus
from services.candidature.usecases.ports import Work


@dataclass(frozen=True, slots=True)
class RecordScan:
    """`threat` names what was found, None when the file is clean."""

    document_id: UUID
    threat: str | None
    at: datetime


async def record_scan(command: RecordScan, work: Work) -> None:
    """Release the file from its quarantine, or keep it there for ever and put the threat on the record."""
    verdict = ScanStatus.INFECTED if command.threat else ScanStatus.CLEAN
    async with work:
        document = await work.documents.get(command.document_id)
        await work.documents.save(document.found(verdict, at=command.at))
        if command.threat:
            detail = {"threat": command.threat[:200], "candidature": str(document.candidature_id)}
            await work.record("document.infected", document.id, detail)
