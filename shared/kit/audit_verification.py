"""The verifier of the audit chain, without I/O: it is fed seals and rows in order, and names what does not fit."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from shared.kit.audit_chain import Entry, Seal, genesis, link_hash
from shared.kit.audit_checkpoints import Checkpoint

KEPT = 1000


class Fault(StrEnum):
    """What can have happened to a log."""

    ALTERED = "altered"
    MISSING = "missing"
    INSERTED = "inserted"
    REORDERED = "reordered"
    SEAL_ALTERED = "seal-altered"
    SEAL_MISSING = "seal-missing"
    DIVERGED = "diverged"
    TRUNCATED = "truncated"
    BAD_CHECKPOINT = "bad-checkpoint"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not fit, and the row it is about, as exactly as the evidence allows."""

    fault: Fault
    detail: str
    sequence: int | None = None
    position: int | None = None
    event_id: UUID | None = None
    aggregate_id: UUID | None = None
    version: int | None = None

    @classmethod
    def on(cls, fault: Fault, entry: Entry, detail: str, sequence: int | None = None) -> "Finding":
        """A finding about this row."""
        return cls(fault, detail, sequence, entry.position, entry.event_id, entry.aggregate_id, entry.version)


@dataclass(slots=True)
class Report:
    """What was found in the log of one service; `pending` rows wait for their seal, which is no fault."""

    service: str
    sealed: int = 0
    pending: int = 0
    checkpoints: int = 0
    head: str = ""
    faults: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def intact(self) -> bool:
        """Whether nothing was found."""
        return self.faults == 0

    def add(self, finding: Finding) -> None:
        """Count a finding, and keep it if not too many were kept."""
        self.faults += 1
        if len(self.findings) < KEPT:
            self.findings.append(finding)


class Verifier:
    """Feed it every seal in order of sequence, each with the row now at its position, then the rows without a seal."""

    def __init__(self, service: str, checkpoints: Iterable[Checkpoint] = ()) -> None:
        start = genesis(service)
        self.report = Report(service)
        self._sequence = start.sequence
        # After an altered seal the chain may go on from what it said or from what it should have said: named once.
        self._anchors = {start.chain_hash}
        self._settled = 0
        self._versions: dict[int, int] = {}
        self._elsewhere: dict[UUID, Finding] = {}
        self._found: dict[UUID, int] = {}
        ours = {checkpoint for checkpoint in checkpoints if checkpoint.service == service}
        self._checkpoints = sorted(ours, key=lambda checkpoint: checkpoint.sequence)
        self._next = 0
        self._agreed = 0
        self._diverged = False

    def seal(self, seal: Seal, row: Entry | None) -> None:
        """The next seal, and the row at its position, None when there is none."""
        self._link(seal)
        self._version(seal)
        self._row(seal, row)
        self._check(seal)
        self.report.sealed += 1
        self.report.head = seal.chain_hash.hex()

    def unsealed(self, row: Entry) -> None:
        """A row that has no seal; after all the seals."""
        self._found[row.event_id] = row.position
        if row.position <= self._settled:
            self.report.add(
                Finding.on(
                    Fault.INSERTED,
                    row,
                    "aucun sceau, là où tout en avait un et où rien ne pouvait plus venir : ajoutée après coup",
                )
            )
        else:
            self.report.pending += 1

    def finish(self) -> Report:
        """What was found, once everything has been told."""
        for event_id, finding in self._elsewhere.items():
            fault, detail = finding.fault, finding.detail
            if (now := self._found.get(event_id)) is not None:
                fault, detail = Fault.REORDERED, f"cet événement est maintenant à la position {now}"
            self.report.add(
                Finding(
                    fault,
                    detail,
                    finding.sequence,
                    finding.position,
                    event_id,
                    finding.aggregate_id,
                    finding.version,
                )
            )
        if beyond := self._checkpoints[self._next :]:
            last = beyond[-1]
            detail = (
                f"un point de contrôle signé le {last.at.isoformat()} a vu {last.sequence} sceaux et la chaîne finit à"
                f" {self._sequence} : la fin a été supprimée, ou une copie plus ancienne restaurée"
            )
            self.report.add(Finding(Fault.TRUNCATED, detail, self._sequence + 1, last.position, last.event_id))
        return self.report

    def _link(self, seal: Seal) -> None:
        if seal.sequence != self._sequence + 1:
            detail = f"les sceaux {self._sequence + 1} à {seal.sequence - 1} manquent, juste avant celui-ci"
            self.report.add(Finding.on(Fault.SEAL_MISSING, seal.entry, detail, seal.sequence))
            self._anchors = {seal.chain_hash}
        else:
            due = {link_hash(a, seal.sequence, seal.entry, seal.settled, seal.sealed_at) for a in self._anchors}
            if seal.chain_hash not in due:
                detail = "le sceau ne découle pas du précédent : il a été modifié"
                self.report.add(Finding.on(Fault.SEAL_ALTERED, seal.entry, detail, seal.sequence))
                self._anchors = {seal.chain_hash, *due}
            else:
                self._anchors = {seal.chain_hash}
        self._sequence = seal.sequence
        self._settled = max(self._settled, seal.settled)

    def _version(self, seal: Seal) -> None:
        aggregate, version = seal.entry.aggregate_id, seal.entry.version
        last = self._versions.get(aggregate.int, 0)
        if version > last + 1:
            detail = f"les versions {last + 1} à {version - 1} de cet agrégat n’ont ni ligne ni sceau"
            self.report.add(Finding(Fault.MISSING, detail, seal.sequence, None, None, aggregate, last + 1))
        elif version <= last:
            self.report.add(
                Finding.on(Fault.INSERTED, seal.entry, "cette version avait déjà été scellée", seal.sequence)
            )
        self._versions[aggregate.int] = max(last, version)

    def _row(self, seal: Seal, row: Entry | None) -> None:
        due = seal.entry
        if row is not None and row.event_id == due.event_id:
            if row != due:
                detail = "la ligne n’est plus celle qui a été scellée"
                self.report.add(Finding.on(Fault.ALTERED, due, detail, seal.sequence))
            return
        if row is None:
            finding = Finding.on(Fault.MISSING, due, "la ligne a été supprimée", seal.sequence)
        else:
            self._found[row.event_id] = row.position
            finding = Finding.on(Fault.ALTERED, due, f"l’événement {row.event_id} est à sa place", seal.sequence)
        if due.event_id in self._elsewhere:
            self.report.add(finding)
        else:
            self._elsewhere[due.event_id] = finding

    def _check(self, seal: Seal) -> None:
        while self._next < len(self._checkpoints) and self._checkpoints[self._next].sequence <= seal.sequence:
            checkpoint = self._checkpoints[self._next]
            self._next += 1
            if checkpoint.sequence < seal.sequence:  # Its seal is missing, which was said.
                continue
            if checkpoint.chain_hash == seal.chain_hash:
                self._agreed = seal.sequence
                self.report.checkpoints += 1
            elif not self._diverged:
                self._diverged = True
                detail = (
                    f"différent de ce qui a été signé le {checkpoint.at.isoformat()} : réécrit,"
                    f" sceaux compris, entre les rangs {self._agreed + 1} et {seal.sequence}"
                )
                self.report.add(Finding.on(Fault.DIVERGED, seal.entry, detail, seal.sequence))
