"""A file of a dossier: in quarantine until scanned, downloadable only when clean."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.candidature.domain.errors import DocumentNotAvailable
from shared.kit.refusals import InvalidState


class DocumentKind(StrEnum):
    """What a file is in the dossier (R125, R128, R130)."""

    MAYOR_COMMITMENT = "mayor_commitment"
    SECTOR_SHEET = "sector_sheet"
    PARTNER_SUPPORT = "partner_support"
    OTHER = "other"


class ScanStatus(StrEnum):
    """Where a file stands in its quarantine."""

    PENDING_SCAN = "pending_scan"
    CLEAN = "clean"
    INFECTED = "infected"


TRANSITIONS: Mapping[ScanStatus, frozenset[ScanStatus]] = {
    ScanStatus.PENDING_SCAN: frozenset({ScanStatus.CLEAN, ScanStatus.INFECTED}),
    ScanStatus.CLEAN: frozenset(),
    ScanStatus.INFECTED: frozenset(),
}

MOST_DOCUMENTS = 50


@dataclass(frozen=True, slots=True)
class Document:
    """One stored file; `object_key` is generated, `name` is only for display."""

    id: UUID
    candidature_id: UUID
    kind: DocumentKind
    name: str
    media_type: str
    size: int
    sha256: str
    object_key: str
    uploaded_by: str
    uploaded_at: datetime
    status: ScanStatus = ScanStatus.PENDING_SCAN
    scanned_at: datetime | None = None

    def found(self, verdict: ScanStatus, *, at: datetime) -> "Document":
        """The scanner has decided; it decides once."""
        allowed = TRANSITIONS[self.status]
        if verdict not in allowed:
            raise InvalidState(self.status, sorted(allowed))
        return replace(self, status=verdict, scanned_at=at)

    def require_clean(self) -> None:
        """Refuse to give out a file that is not known to be clean (bad-inputs 49 and 50)."""
        if self.status is ScanStatus.PENDING_SCAN:
            raise DocumentNotAvailable("Ce fichier est encore en cours de vérification.")
        if self.status is ScanStatus.INFECTED:
            raise DocumentNotAvailable("Ce fichier est infecté : il ne peut pas être téléchargé.")

    @property
    def usable(self) -> bool:
        """Whether it can count in a dossier, now or once scanned."""
        return self.status is not ScanStatus.INFECTED
