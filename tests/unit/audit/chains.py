"""Chains in memory, and how one tampers with them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from shared.kit.audit_chain import Head, LoggedRow, Seal, entry_of, genesis, seal_all
from shared.kit.audit_checkpoints import Checkpoint
from shared.kit.audit_verification import Report, Verifier

SERVICE = "candidature"
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

Log = dict[int, LoggedRow]


def a_row(position: int, aggregate: int, version: int, *, data: str = '{"a":1}') -> LoggedRow:
    """A row of the log, different from every other position's."""
    return LoggedRow(
        position,
        UUID(int=1000 + position),
        UUID(int=aggregate),
        version,
        "candidature-started.v1",
        data,
        "someone",
        "93001",
        UUID(int=7),
        None,
        None,
        AT,
        AT + timedelta(microseconds=position),
    )


@st.composite
def logs(draw: st.DrawFn) -> tuple[Log, list[Seal]]:
    """A log of a few aggregates, with gaps in its positions, sealed in batches, not always in order of position."""
    aggregates = draw(st.lists(st.integers(1, 4), min_size=2, max_size=25))
    gaps = draw(st.lists(st.integers(1, 3), min_size=len(aggregates), max_size=len(aggregates)))
    versions: dict[int, int] = {}
    rows: list[LoggedRow] = []
    position = 0
    for aggregate, gap in zip(aggregates, gaps, strict=True):
        position += gap
        versions[aggregate] = versions.get(aggregate, 0) + 1
        rows.append(
            a_row(position, aggregate, versions[aggregate], data=draw(st.sampled_from(['{"a":1}', '{"a": 1}'])))
        )
    order = draw(st.permutations(sorted(versions)))
    late = order[0] if draw(st.booleans()) else None
    sealed = [row for row in rows if row.aggregate_id.int != late] + [
        row for row in rows if row.aggregate_id.int == late
    ]
    return {row.position: row for row in rows}, sealed_in_batches(sealed, draw(st.integers(1, 6)), position)


def sealed_in_batches(rows: Sequence[LoggedRow], size: int, end: int) -> list[Seal]:
    """The seals of these rows in this order; only the last batch knows that everything is settled."""
    seals: list[Seal] = []
    head = genesis(SERVICE)
    for start in range(0, len(rows), size):
        batch = [entry_of(row) for row in rows[start : start + size]]
        settled = end if start + size >= len(rows) else 0
        seals += seal_all(head, batch, settled=settled, at=AT + timedelta(seconds=start))
        head = Head(seals[-1].sequence, seals[-1].chain_hash)
    return seals


def verify(log: Log, seals: Sequence[Seal], checkpoints: Sequence[Checkpoint] = ()) -> Report:
    """What the verifier says of a log and its seals."""
    verifier = Verifier(SERVICE, checkpoints)
    for seal in seals:
        row = log.get(seal.entry.position)
        verifier.seal(seal, entry_of(row) if row else None)
    sealed = {seal.entry.position for seal in seals}
    for position, row in sorted(log.items()):
        if position not in sealed:
            verifier.unsealed(entry_of(row))
    return verifier.finish()


def checkpoint_on(seal: Seal) -> Checkpoint:
    """What is signed when the chain ends with this seal."""
    return Checkpoint.of(SERVICE, seal.sequence, seal.entry, seal.chain_hash, AT)


def changed(row: LoggedRow, name: str) -> LoggedRow:
    """The same row with another value in this column."""
    value = getattr(row, name)
    other: Any
    if isinstance(value, UUID):
        other = UUID(int=value.int ^ 1 << 100)
    elif isinstance(value, datetime):
        other = value + timedelta(microseconds=1)
    elif isinstance(value, int):
        other = value + 1000
    else:
        other = UUID(int=99) if name == "causation_id" else f"{value or ''} "
    return replace(row, **{name: other})
