"""The task of the worker that takes files out of their quarantine."""

import asyncio
from typing import Any

import structlog

from services.candidature.domain.document import Document
from services.candidature.usecases.ports import Work
from services.candidature.usecases.record_scan import RecordScan, record_scan
from shared.kit.documents import DocumentStore, StorageUnavailable
from shared.kit.provenance import Provenance
from shared.kit.refusals import InvalidState, NotFound
from shared.kit.scanning import Scanner, ScannerUnavailable, scanner_at
from shared.kit.worker import Plant

log = structlog.get_logger(__name__)

_POLL = 0.25


async def scan_documents(plant: Plant[Any]) -> None:
    """Scan every new file, until cancelled."""
    if plant.settings.documents is None:
        raise RuntimeError("QMI_DOCUMENTS is not set")
    store, scanner = DocumentStore(plant.settings.documents), scanner_at(plant.settings.scanner)
    while True:
        if not await scan_next(plant, store, scanner):
            await asyncio.sleep(_POLL)


async def scan_next(plant: Plant[Any], store: DocumentStore, scanner: Scanner) -> bool:
    """Scan the file that has waited longest; whether there was one. No verdict: it is offered again later."""
    async with _work(plant, await _provenance(plant)) as work:
        document = await work.documents.next_to_scan()
    if document is None:
        return False
    try:
        verdict = await scanner.scan(await store.open(document.object_key))
    except (ScannerUnavailable, StorageUnavailable, NotFound) as error:
        log.warning("scan_postponed", document=str(document.id), error=repr(error))
        return True
    await _record(document, verdict.threat, plant)
    return True


async def _record(document: Document, threat: str | None, plant: Plant[Any]) -> None:
    provenance = await _provenance(plant)
    try:
        await record_scan(RecordScan(document.id, threat, at=provenance.at), _work(plant, provenance))
    except (InvalidState, NotFound) as gone:
        log.info("scan_moot", document=str(document.id), reason=type(gone).__name__)


async def _provenance(plant: Plant[Any]) -> Provenance:
    return Provenance.of_system("candidature:scanner", at=await plant.clock.now())


def _work(plant: Plant[Any], provenance: Provenance) -> Work:
    work: Work = plant.work_factory(plant.database, provenance)
    return work
