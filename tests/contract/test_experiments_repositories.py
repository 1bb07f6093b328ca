"""The store of experiments keeps the same promises in memory and in PostgreSQL."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from services.experiments.domain.agreement import Status as AgreementStatus
from services.experiments.domain.errors import AgreementNotFound, ExperimentNotFound
from services.experiments.domain.lifecycle import Status
from services.experiments.domain.month import Month
from services.experiments.domain.resource import RequestStatus
from services.experiments.domain.signature import Delegation
from services.experiments.domain.terms import METROPOLE as METROPOLE_PARTY
from services.experiments.domain.terms import PARIS_AND_CO, EditionTerms
from services.experiments.store.unit_of_work import SqlWork
from services.experiments.usecases.decide_terms import DecideTerms, decide_terms
from services.experiments.usecases.ports import Work
from services.experiments.usecases.read_models import AgreementSummary, ExperimentStanding, ExperimentSummary, Result
from shared.kit.access import Scope
from shared.kit.identity import new_id
from shared.kit.refusals import Stale
from tests.builders.experiments import (
    ALLOCATED_AT,
    COMMUNE,
    HOLDER,
    LATER,
    a_preparation,
    a_protocol,
    a_report,
    a_request,
    a_signature,
    an_agreement,
    an_allocation,
    an_experiment,
)
from tests.contract.stores import Stores
from tests.fakes.experiments import FakeWork, Store

SERVICES = ("experiments",)
STORES = Stores("experiments", Store, FakeWork, SqlWork)
ALL = Scope.everything()

Begin = Callable[[], Work]


@pytest.mark.parametrize("status", AgreementStatus)
async def test_an_agreement_is_read_as_it_was_written(begin: Begin, status: AgreementStatus) -> None:
    agreement = an_agreement(status)
    async with begin() as work:
        await work.agreements.add(agreement)
        await work.agreements.save(agreement)

    async with begin() as work:
        read = await work.agreements.get(agreement.id, ALL)

    assert read == replace(agreement, version=2)


async def test_a_signature_by_delegation_is_read_as_it_was_written(begin: Begin) -> None:
    sent = an_agreement(AgreementStatus.SENT)
    async with begin() as work:
        await work.agreements.add(sent)
        signed, _ = sent.sign(a_signature(authority=Delegation("le Maire", "ARR-1", date(2024, 1, 10))))
        await work.agreements.save(signed)

    async with begin() as work:
        assert await work.views.agreement(sent.id, ALL) == replace(signed, version=2)


async def test_an_agreement_is_saved_over_the_version_it_was_read_in(begin: Begin) -> None:
    agreement = an_agreement()
    async with begin() as work:
        await work.agreements.add(agreement)
        assert await work.agreements.save(agreement) == 2

    with pytest.raises(Stale):
        async with begin() as work:
            await work.agreements.save(agreement)


async def test_a_failed_block_leaves_nothing(begin: Begin) -> None:
    agreement = an_agreement()
    with pytest.raises(RuntimeError):
        async with begin() as work:
            await work.agreements.add(agreement)
            raise RuntimeError

    async with begin() as work:
        assert await work.agreements.find(agreement.id) is None


async def test_the_agreement_of_another_commune_is_not_found(begin: Begin) -> None:
    agreement = an_agreement()
    async with begin() as work:
        await work.agreements.add(agreement)

    async with begin() as work:
        assert (await work.agreements.get(agreement.id, Scope.only(COMMUNE))).id == agreement.id
        with pytest.raises(AgreementNotFound):
            await work.agreements.get(agreement.id, Scope.only("94033"))
        with pytest.raises(AgreementNotFound):
            await work.views.agreement(agreement.id, Scope.only("94033"))


async def test_where_an_agreement_stands_is_known_without_holding_it(begin: Begin) -> None:
    agreement = an_agreement(AgreementStatus.SENT)
    async with begin() as work:
        await work.agreements.add(agreement)

    async with begin() as work:
        assert await work.agreements.standing(agreement.id) is AgreementStatus.SENT
        assert await work.agreements.standing(new_id()) is None


async def test_drafts_are_those_of_the_edition_nobody_has_received(begin: Begin) -> None:
    async with begin() as work:
        for commune in ("94033", "91027"):
            await work.agreements.add(an_agreement(AgreementStatus.DRAFT, commune=commune))
        await work.agreements.add(an_agreement(AgreementStatus.SENT, commune="93001"))
        await work.agreements.add(an_agreement(AgreementStatus.DRAFT, edition=1))

    async with begin() as work:
        assert [draft.commune for draft in await work.agreements.drafts_of(2)] == ["91027", "94033"]


async def test_agreements_are_listed_by_edition_and_commune_page_by_page(begin: Begin) -> None:
    async with begin() as work:
        for commune, edition in (("94033", 2), ("91027", 2), ("94033", 1)):
            await work.agreements.add(an_agreement(commune=commune, edition=edition))

    async with begin() as work:
        first = await work.views.agreements(ALL, edition=None, commune=None, status=None, after=None, limit=2)
        rest = await work.views.agreements(ALL, edition=None, commune=None, status=None, after=(2, "91027"), limit=2)

    assert [(row.edition, row.commune) for row in first + rest] == [(1, "94033"), (2, "91027"), (2, "94033")]


@pytest.mark.parametrize(
    ("scope", "filters", "communes"),
    [
        (ALL, {}, ["91027", "94033"]),
        (Scope.only("94033"), {}, ["94033"]),
        (ALL, {"commune": "91027"}, ["91027"]),
        (ALL, {"status": AgreementStatus.SENT}, ["91027"]),
        (ALL, {"edition": 1}, []),
    ],
)
async def test_agreements_are_filtered(
    begin: Begin, scope: Scope, filters: dict[str, object], communes: list[str]
) -> None:
    async with begin() as work:
        await work.agreements.add(an_agreement(AgreementStatus.IN_FORCE, commune="94033"))
        await work.agreements.add(an_agreement(AgreementStatus.SENT, commune="91027"))
        wanted: dict[str, object] = {"edition": None, "commune": None, "status": None, **filters}
        rows = await work.views.agreements(scope, after=None, limit=10, **wanted)  # type: ignore[arg-type]

    assert [row.commune for row in rows] == communes


async def test_a_summary_of_an_agreement_says_where_it_stands(begin: Begin) -> None:
    agreement = an_agreement()
    async with begin() as work:
        await work.agreements.add(agreement)
        (row,) = await work.views.agreements(ALL, edition=2, commune=COMMUNE, status=None, after=None, limit=10)

    assert row == AgreementSummary(
        id=agreement.id,
        edition=2,
        commune=COMMUNE,
        status=AgreementStatus.IN_FORCE,
        due_on=date(2024, 3, 6),
        overdue=False,
        ends_in="2026-02",
        in_force_from=date(2024, 2, 27),
    )


async def test_the_terms_of_an_edition_are_the_usual_ones_until_they_are_decided(begin: Begin) -> None:
    decided = EditionTerms(2, (METROPOLE_PARTY, PARIS_AND_CO), Month(2024, 6))
    async with begin() as work:
        assert await work.editions.get(2) == EditionTerms(2)
        assert await work.editions.save(decided) == 1

    async with begin() as work:
        assert await work.editions.get(2) == await work.editions.hold(2) == replace(decided, version=1)
        assert await work.views.terms(2) == replace(decided, version=1)
        assert await work.editions.save(replace(decided, version=1, ends_in=None)) == 2

    with pytest.raises(Stale):
        async with begin() as work:
            await work.editions.save(decided)


async def test_terms_decided_while_the_first_draft_is_made_reach_it(in_postgresql: Begin) -> None:
    decided = EditionTerms(2, (METROPOLE_PARTY, PARIS_AND_CO), Month(2024, 6))
    async with in_postgresql() as drafting:
        relied_on = await drafting.editions.hold(2)
        deciding = asyncio.create_task(decide_terms(DecideTerms(decided, expected=0), in_postgresql()))
        await asyncio.sleep(0.3)
        draft = an_agreement(AgreementStatus.DRAFT, terms=relied_on.for_award(date(2024, 2, 6)))
        await drafting.agreements.add(draft)
    await deciding

    async with in_postgresql() as work:
        assert (await work.agreements.get(draft.id, ALL)).terms == decided.for_award(date(2024, 2, 6))


@pytest.mark.parametrize("status", Status)
async def test_an_experiment_is_read_as_it_was_written(begin: Begin, status: Status) -> None:
    experiment = an_experiment(status, reason="Un motif.")
    async with begin() as work:
        await work.experiments.add(experiment)
        await work.experiments.save(experiment)

    async with begin() as work:
        assert await work.experiments.get(experiment.id, ALL) == replace(experiment, version=2)


async def test_what_an_experiment_gathers_is_read_as_it_was_written(begin: Begin) -> None:
    first, second = a_request(), a_request(requested_at=ALLOCATED_AT + timedelta(days=1))
    experiment = an_experiment(preparation=a_preparation(resources=(first, second)))
    granted, _ = experiment.grant_resource(second.id, at=LATER)
    async with begin() as work:
        await work.experiments.add(experiment)
        await work.experiments.save(granted)

    async with begin() as work:
        assert await work.experiments.find(experiment.id) == replace(granted, version=2)
    assert granted.preparation.resources[1].status is RequestStatus.GRANTED


async def test_an_experiment_is_saved_over_the_version_it_was_read_in(begin: Begin) -> None:
    experiment = an_experiment()
    async with begin() as work:
        await work.experiments.add(experiment)
        assert await work.experiments.save(experiment) == 2

    with pytest.raises(Stale):
        async with begin() as work:
            await work.experiments.save(experiment)


@pytest.mark.parametrize(("organisation", "visible"), [(COMMUNE, True), (HOLDER, True), ("94033", False)])
async def test_an_experiment_is_for_its_commune_and_its_holder(begin: Begin, organisation: str, visible: bool) -> None:
    experiment, scope = an_experiment(), Scope.only(organisation)
    async with begin() as work:
        await work.experiments.add(experiment)
        listed = await work.views.experiments(scope, edition=None, commune=None, status=None, after=None, limit=10)
        found = True
        try:
            await work.experiments.get(experiment.id, scope)
            await work.views.experiment(experiment.id, scope)
            await work.views.protocols(experiment.id, scope)
            await work.views.reports(experiment.id, scope, after=None, limit=10)
        except ExperimentNotFound:
            found = False

    assert (found, bool(listed)) == (visible, visible)


async def test_the_experiments_of_a_commune_are_all_those_of_the_edition(begin: Begin) -> None:
    ours = sorted((an_experiment(), an_experiment(Status.RUNNING)), key=lambda experiment: experiment.id)
    async with begin() as work:
        for experiment in ours:
            await work.experiments.add(experiment)
        for allocation in (an_allocation(commune="94033"), an_allocation(edition=1)):
            await work.experiments.add(an_experiment(id=new_id(), allocation=allocation))

        assert await work.experiments.of_commune(2, COMMUNE) == ours


async def test_an_experiment_is_shown_with_where_its_agreement_stands(begin: Begin) -> None:
    experiment = an_experiment()
    async with begin() as work:
        await work.experiments.add(experiment)
        alone = await work.views.experiment(experiment.id, ALL)
        await work.agreements.add(an_agreement(AgreementStatus.SENT))
        bound = await work.views.experiment(experiment.id, ALL)

    assert alone == ExperimentStanding(experiment, None)
    assert bound == ExperimentStanding(experiment, AgreementStatus.SENT)


async def test_experiments_are_listed_page_by_page(begin: Begin) -> None:
    experiments = sorted((an_experiment() for _ in range(3)), key=lambda experiment: experiment.id)
    async with begin() as work:
        for experiment in experiments:
            await work.experiments.add(experiment)
        last = (2, COMMUNE, experiments[1].id)
        page = await work.views.experiments(ALL, edition=2, commune=COMMUNE, status=None, after=None, limit=2)
        rest = await work.views.experiments(ALL, edition=2, commune=COMMUNE, status=None, after=last, limit=2)

    assert [row.id for row in page + rest] == [experiment.id for experiment in experiments]


async def test_a_summary_of_an_experiment_says_where_it_stands(begin: Begin) -> None:
    running = an_experiment(Status.RUNNING)
    async with begin() as work:
        await work.experiments.add(running)
        await work.experiments.add(an_experiment())
        rows = await work.views.experiments(
            ALL, edition=None, commune=None, status=Status.RUNNING, after=None, limit=10
        )

    expected = ExperimentSummary(running.id, running.allocation, Status.RUNNING, "Place inventée", running.launched_at)
    assert rows == [expected]


async def test_every_version_of_a_protocol_is_kept(begin: Begin) -> None:
    first = an_experiment(Status.PROTOCOL_REGISTERED)
    second, _ = first.register_protocol(a_protocol(method="Relevés horaires."), at=LATER)
    async with begin() as work:
        await work.experiments.add(first)
        await work.experiments.save(second)

    async with begin() as work:
        versions = await work.views.protocols(first.id, ALL)

    assert versions == [second.preparation.protocol, first.preparation.protocol]


async def test_reports_are_listed_latest_first_page_by_page(begin: Begin) -> None:
    experiment = an_experiment(Status.RUNNING)
    reports = [a_report(experiment.id, reported_on=date(2024, 10, day)) for day in (2, 9, 16)]
    async with begin() as work:
        await work.experiments.add(experiment)
        for report in reports:
            await work.reports.add(report)
        page = await work.views.reports(experiment.id, ALL, after=None, limit=2)
        after = (page[-1].reported_on, page[-1].id)
        rest = await work.views.reports(experiment.id, ALL, after=after, limit=2)

    assert page + rest == reports[::-1]


async def test_the_reports_of_an_experiment_are_known(begin: Begin) -> None:
    experiment, other = an_experiment(Status.RUNNING), an_experiment(Status.RUNNING)
    report = a_report(experiment.id)
    async with begin() as work:
        for kept in (experiment, other):
            await work.experiments.add(kept)
        await work.reports.add(report)
        await work.reports.add(a_report(other.id))

        assert await work.reports.known(experiment.id) == frozenset({report.id})


async def test_where_the_agreements_of_a_commune_stand_is_known_in_all_editions(begin: Begin) -> None:
    async with begin() as work:
        await work.agreements.add(an_agreement(AgreementStatus.DRAFT))
        await work.agreements.add(an_agreement(AgreementStatus.ABANDONED, edition=1))
        await work.agreements.add(an_agreement(AgreementStatus.SENT, commune="94033"))

        standings = [await work.views.standings(commune) for commune in (COMMUNE, "91027")]

    assert standings == [frozenset({AgreementStatus.DRAFT, AgreementStatus.ABANDONED}), frozenset()]


async def test_results_are_those_of_evaluated_experiments_latest_first(begin: Begin) -> None:
    early = an_experiment(Status.EVALUATED)
    late = an_experiment(Status.EVALUATED, evaluated_at=LATER + timedelta(days=1))
    async with begin() as work:
        for experiment in (early, late, an_experiment(Status.COMPLETED)):
            await work.experiments.add(experiment)
        page = await work.views.results(edition=2, commune=COMMUNE, after=None, limit=1)
        after = (page[-1].evaluated_at, page[-1].experiment_id)
        rest = await work.views.results(edition=None, commune=None, after=after, limit=1)

    assert early.launched_at
    assert early.ended_at
    assert early.evaluation
    assert [result.experiment_id for result in page] == [late.id]
    assert rest == [
        Result(
            experiment_id=early.id,
            allocation=early.allocation,
            site="Place inventée",
            launched_at=early.launched_at,
            ended_at=early.ended_at,
            evaluation=early.evaluation,
            evaluated_at=LATER,
        )
    ]
