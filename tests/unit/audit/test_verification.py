"""Whatever is done to a log behind the platform's back is found, and the row is named."""

from dataclasses import fields, replace
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from shared.kit.audit_chain import Head, LoggedRow, Seal, entry_of, genesis, seal_all
from shared.kit.audit_verification import Fault, Finding, Report
from tests.unit.audit.chains import AT, SERVICE, Log, a_row, changed, checkpoint_on, logs, sealed_in_batches, verify

COLUMNS = [field.name for field in fields(LoggedRow) if field.name != "position"]
picks = st.integers(0, 10_000)


def names(report: Report, fault: Fault, row: LoggedRow) -> bool:
    """Whether a finding of this kind is about this very row."""
    return any(
        finding.fault is fault
        and (finding.position, finding.event_id, finding.aggregate_id, finding.version)
        == (row.position, row.id, row.aggregate_id, row.version)
        for finding in report.findings
    )


@given(logs())
def test_an_untouched_log_is_intact(made: tuple[Log, list[Seal]]) -> None:
    log, seals = made

    report = verify(log, seals, [checkpoint_on(seal) for seal in seals[::3]])

    assert report.findings == []
    assert report.sealed == len(log)


@given(logs(), picks, st.sampled_from(COLUMNS))
def test_an_altered_column_is_found_and_its_row_named(made: tuple[Log, list[Seal]], pick: int, column: str) -> None:
    log, seals = made
    row = log[sorted(log)[pick % len(log)]]

    report = verify({**log, row.position: changed(row, column)}, seals)

    assert report.faults == 1
    assert names(report, Fault.ALTERED, row)


@given(logs(), picks)
def test_a_deleted_row_is_found_and_named(made: tuple[Log, list[Seal]], pick: int) -> None:
    log, seals = made
    row = log.pop(sorted(log)[pick % len(log)])

    report = verify(log, seals)

    assert report.faults == 1
    assert names(report, Fault.MISSING, row)


@given(logs(), picks)
def test_a_row_deleted_with_its_seal_is_found_next_to_where_it_was(made: tuple[Log, list[Seal]], pick: int) -> None:
    log, seals = made
    gone = seals.pop(pick % (len(seals) - 1))
    del log[gone.entry.position]

    report = verify(log, seals)

    assert not report.intact
    assert report.findings[0].fault is Fault.SEAL_MISSING
    assert report.findings[0].sequence == gone.sequence + 1


@given(logs(), picks)
def test_two_rows_that_changed_places_are_both_named(made: tuple[Log, list[Seal]], pick: int) -> None:
    log, seals = made
    places = sorted(log)
    first, second = log[places[pick % len(log)]], log[places[(pick + 1) % len(log)]]
    log[first.position] = replace(second, position=first.position)
    log[second.position] = replace(first, position=second.position)

    report = verify(log, seals)

    assert report.faults == 2
    assert names(report, Fault.REORDERED, first)
    assert names(report, Fault.REORDERED, second)


@given(logs(), picks)
def test_a_row_slipped_into_a_gap_is_found_and_named(made: tuple[Log, list[Seal]], pick: int) -> None:
    log, seals = made
    free = [position for position in range(1, max(log)) if position not in log]
    if not free:
        return
    position = free[pick % len(free)]
    forged = replace(log[min(log)], position=position, id=UUID(int=5), version=77)

    report = verify({**log, position: forged}, seals)

    assert report.faults == 1
    assert names(report, Fault.INSERTED, forged)


@given(logs(), picks, st.sampled_from(["row_hash", "chain_hash", "sealed_at", "settled", "version"]))
def test_an_altered_seal_is_found_and_named(made: tuple[Log, list[Seal]], pick: int, what: str) -> None:
    log, seals = made
    index = pick % len(seals)
    seal = seals[index]
    forged = {
        "row_hash": replace(seal, entry=replace(seal.entry, row_hash=bytes(32))),
        "version": replace(seal, entry=replace(seal.entry, version=seal.entry.version + 1)),
        "chain_hash": replace(seal, chain_hash=bytes(32)),
        "sealed_at": replace(seal, sealed_at=AT.replace(year=1999)),
        "settled": replace(seal, settled=seal.settled + 1),
    }

    report = verify(log, [*seals[:index], forged[what], *seals[index + 1 :]])

    altered = [finding for finding in report.findings if finding.fault is Fault.SEAL_ALTERED]
    assert [finding.sequence for finding in altered] == [seal.sequence]


@given(logs(), picks)
def test_swapped_seals_are_found(made: tuple[Log, list[Seal]], pick: int) -> None:
    log, seals = made
    index = pick % (len(seals) - 1)
    first, second = seals[index], seals[index + 1]
    seals[index] = replace(second, sequence=first.sequence)
    seals[index + 1] = replace(first, sequence=second.sequence)

    report = verify(log, seals)

    assert (Fault.SEAL_ALTERED, first.sequence) in {(f.fault, f.sequence) for f in report.findings}


@given(logs(), picks)
def test_a_tail_cut_with_its_seals_is_found_by_a_checkpoint_kept_elsewhere(
    made: tuple[Log, list[Seal]], pick: int
) -> None:
    log, seals = made
    kept = seals[: pick % len(seals)]
    for seal in seals[len(kept) :]:
        del log[seal.entry.position]

    report = verify(log, kept, [checkpoint_on(seals[-1])])

    assert [(f.fault, f.sequence, f.event_id) for f in report.findings] == [
        (Fault.TRUNCATED, len(kept) + 1, seals[-1].entry.event_id)
    ]


@given(logs(), picks)
def test_a_history_rewritten_with_all_its_seals_is_found_by_a_checkpoint(
    made: tuple[Log, list[Seal]], pick: int
) -> None:
    log, seals = made
    index = pick % len(seals)
    position = seals[index].entry.position
    log[position] = replace(log[position], actor="somebody else")
    rewritten = sealed_in_batches([log[seal.entry.position] for seal in seals], 3, max(log))

    before, after = [checkpoint_on(seal) for seal in seals[:index]], checkpoint_on(seals[-1])
    same = [seal.chain_hash for seal in rewritten[:index]] == [seal.chain_hash for seal in seals[:index]]
    report = verify(log, rewritten, [*before, after] if same else [after])

    assert report.faults == 1
    assert report.findings[0].fault is Fault.DIVERGED
    if same:
        assert f"entre les rangs {index + 1} et" in report.findings[0].detail


def test_a_deleted_row_whose_chain_was_made_again_is_betrayed_by_its_version() -> None:
    rows = [row for row in _three_versions() if row.version != 2]

    report = verify({row.position: row for row in rows}, sealed_in_batches(rows, 10, 3))

    [finding] = report.findings
    assert finding == Finding(
        Fault.MISSING,
        "les versions 2 à 2 de cet agrégat n’ont ni ligne ni sceau",
        2,
        aggregate_id=UUID(int=1),
        version=2,
    )


def test_a_row_that_came_after_the_last_seal_is_only_waiting() -> None:
    rows = _three_versions()
    seals = list(seal_all(genesis(SERVICE), [entry_of(rows[0]), entry_of(rows[1])], settled=2, at=AT))

    report = verify({row.position: row for row in rows}, seals)

    assert (report.intact, report.sealed, report.pending) == (True, 2, 1)


def test_the_chains_of_two_services_have_nothing_in_common() -> None:
    assert genesis("candidature") != genesis("selection")
    assert genesis("candidature") == Head(0, genesis("candidature").chain_hash)


def _three_versions() -> list[LoggedRow]:
    return [a_row(number, 1, number) for number in (1, 2, 3)]
