"""The chain of a service in a file of JSON lines, which an outsider checks without any database."""

import json
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from deploy.audit.database import every_seal, snapshot
from deploy.audit.evidence import believed
from deploy.commands.output import Refused
from shared.kit import audit_store
from shared.kit.audit_chain import Entry, LoggedRow, Seal, entry_of
from shared.kit.audit_checkpoints import PublicKeys
from shared.kit.audit_verification import Fault, Finding, Report, Verifier

FORMAT = "qmi-audit-v1"


async def export(dsn: str, service: str, *, hashes: bool) -> AsyncIterator[dict[str, Any]]:
    """The lines of an export: a header, the checkpoints, the seals with their rows (or their hashes), an end."""
    async with snapshot(dsn, service) as connection:
        yield {"kind": "chain", "format": FORMAT, "service": service}
        for token in await audit_store.checkpoints(connection):
            yield {"kind": "checkpoint", "jws": token}
        seals = waiting = 0
        async for seal, row in every_seal(connection):
            seals += 1
            yield {"kind": "seal", **_seal_line(seal), **_row_line(row, hashes=hashes)}
        async for row in audit_store.unsealed(connection):
            waiting += 1
            yield {"kind": "waiting", **_row_line(row, hashes=hashes)}
        yield {"kind": "end", "service": service, "seals": seals, "waiting": waiting}


def verify_file(file: Path, keys: PublicKeys | None, elsewhere: Iterable[str] = ()) -> list[Report]:
    """What a file holds, checked as a database would be; a report for each service. Raises Refused."""
    reports: list[Report] = []
    tokens: list[str] = []
    verifier: Verifier | None = None
    service = ""
    bad: list[Finding] = []
    elsewhere = list(elsewhere)
    for number, line in _lines(file):
        try:
            kind = line["kind"]
            if kind == "chain":
                service, tokens, verifier = _header(line, file, number), [*elsewhere], None
            elif kind == "checkpoint":
                tokens.append(str(line["jws"]))
            else:
                if verifier is None:
                    checkpoints, bad = believed(dict.fromkeys(tokens), keys, service)
                    verifier = Verifier(service, checkpoints)
                _tell(verifier, kind, line)
                if kind == "end":
                    reports.append(_end(verifier, line, bad))
                    service, verifier = "", None
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise Refused(f"{file}, ligne {number} : illisible ({error}).") from error
    if service or not reports:
        raise Refused(f"{file} n’est pas un export entier : sa fin manque.")
    return reports


def _header(line: dict[str, Any], file: Path, number: int) -> str:
    if line.get("format") != FORMAT:
        raise Refused(f"{file}, ligne {number} : ce n’est pas un export « {FORMAT} ».")
    return str(line["service"])


def _tell(verifier: Verifier, kind: str, line: dict[str, Any]) -> None:
    if kind == "seal":
        verifier.seal(_seal(line), _found(line))
    elif kind == "waiting" and (row := _found(line)) is not None:
        verifier.unsealed(row)


def _end(verifier: Verifier, line: dict[str, Any], bad: list[Finding]) -> Report:
    report = verifier.finish()
    for finding in bad:
        report.add(finding)
    if report.sealed != int(line["seals"]):
        report.add(Finding(Fault.SEAL_MISSING, f"{line['seals']} sceaux annoncés, {report.sealed} dans le fichier"))
    return report


def _lines(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    with file.open(encoding="utf-8") as opened:
        for number, text in enumerate(opened, 1):
            try:
                line = json.loads(text)
            except ValueError as error:
                raise Refused(f"{file}, ligne {number} : ce n’est pas du JSON.") from error
            if not isinstance(line, dict):
                raise Refused(f"{file}, ligne {number} : illisible.")
            yield number, line


def _seal_line(seal: Seal) -> dict[str, Any]:
    return {
        "sequence": seal.sequence,
        **_entry_line(seal.entry),
        "settled": seal.settled,
        "sealed_at": seal.sealed_at.isoformat(),
        "chain_hash": seal.chain_hash.hex(),
    }


def _row_line(row: LoggedRow | None, *, hashes: bool) -> dict[str, Any]:
    if row is None:
        return {"found": None}
    if hashes:
        return {"found": _entry_line(entry_of(row))}
    columns = {name: getattr(row, name) for name in LoggedRow.__slots__}
    return {"row": {name: value if isinstance(value, int | None) else _text(value) for name, value in columns.items()}}


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _entry_line(entry: Entry) -> dict[str, Any]:
    return {
        "position": entry.position,
        "event_id": str(entry.event_id),
        "aggregate_id": str(entry.aggregate_id),
        "version": entry.version,
        "row_hash": entry.row_hash.hex(),
    }


def _seal(line: dict[str, Any]) -> Seal:
    at = datetime.fromisoformat(line["sealed_at"])
    chain_hash = bytes.fromhex(line["chain_hash"])
    return Seal(int(line["sequence"]), _entry(line), int(line["settled"]), at, chain_hash)


def _found(line: dict[str, Any]) -> Entry | None:
    if "row" in line:
        return entry_of(_row(line["row"]))
    return None if line["found"] is None else _entry(line["found"])


def _entry(line: dict[str, Any]) -> Entry:
    return Entry(
        int(line["position"]),
        UUID(line["event_id"]),
        UUID(line["aggregate_id"]),
        int(line["version"]),
        bytes.fromhex(line["row_hash"]),
    )


def _row(said: dict[str, Any]) -> LoggedRow:
    return LoggedRow(
        int(said["position"]),
        UUID(said["id"]),
        UUID(said["aggregate_id"]),
        int(said["version"]),
        said["type"],
        said["data"],
        said["actor"],
        said["organisation"],
        UUID(said["correlation_id"]),
        UUID(said["causation_id"]) if said["causation_id"] else None,
        said["traceparent"],
        datetime.fromisoformat(said["occurred_at"]),
        datetime.fromisoformat(said["recorded_at"]),
    )
