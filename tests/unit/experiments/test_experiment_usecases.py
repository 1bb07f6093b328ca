"""What happens to experiments: planned once per project, prepared, launched, reported on, ended and evaluated."""

from dataclasses import replace

import pytest

from services.experiments.domain.agreement import Status as AgreementStatus
from services.experiments.domain.errors import ExperimentConflict, ExperimentNotFound, LaureatesOnly, NotReady
from services.experiments.domain.lifecycle import Status
from services.experiments.usecases.choose_site import ChooseSite, choose_site
from services.experiments.usecases.complete_experiment import CompleteExperiment, complete_experiment
from services.experiments.usecases.evaluate_experiment import EvaluateExperiment, evaluate_experiment
from services.experiments.usecases.grant_resource import GrantResource, grant_resource
from services.experiments.usecases.launch_experiment import LaunchExperiment, launch_experiment
from services.experiments.usecases.pause_experiment import PauseExperiment, pause_experiment
from services.experiments.usecases.plan_experiment import PlanExperiment, plan_experiment
from services.experiments.usecases.read_results import ReadResults, read_results
from services.experiments.usecases.register_protocol import RegisterProtocol, register_protocol
from services.experiments.usecases.report_from_field import ReportFromField, report_from_field
from services.experiments.usecases.request_resource import RequestResource, request_resource
from services.experiments.usecases.resume_experiment import ResumeExperiment, resume_experiment
from services.experiments.usecases.start_structuring import StartStructuring, start_structuring
from services.experiments.usecases.stop_experiment import StopExperiment, stop_experiment
from services.experiments.usecases.withdraw_request import WithdrawRequest, withdraw_request
from shared.events.experiments import (
    ExperimentCompleted,
    ExperimentEvaluated,
    ExperimentLaunched,
    ExperimentPaused,
    ExperimentPlanned,
    ExperimentReadinessLost,
    ExperimentReady,
    ExperimentResumed,
    ExperimentStopped,
    FieldReported,
    ProtocolRegistered,
    ResourceGranted,
    ResourceRequested,
    ResourceRequestWithdrawn,
    SiteChosen,
    StructuringStarted,
)
from shared.kit.access import Scope
from shared.kit.refusals import Stale
from tests.builders.experiments import (
    ALLOCATED_AT,
    COMMUNE,
    ENDED_AT,
    HOLDER,
    LATER,
    LAUNCHED_AT,
    a_preparation,
    a_protocol,
    a_report,
    a_request,
    a_site,
    an_agreement,
    an_allocation,
    an_evaluation,
    an_experiment,
)
from tests.fakes.experiments import FakeWork, Store

ALL = Scope.everything()


def _said(store: Store) -> list[object]:
    return [type(event) for event in store.events]


async def test_a_project_allocated_before_its_commune_is_known_is_not_lost(store: Store, work: FakeWork) -> None:
    await plan_experiment(PlanExperiment(an_allocation(), at=ALLOCATED_AT), work)

    assert _said(store) == [ExperimentPlanned]


async def test_a_project_allocated_twice_is_planned_once(store: Store, work: FakeWork) -> None:
    command = PlanExperiment(an_allocation(), at=ALLOCATED_AT)

    await plan_experiment(command, work)
    await plan_experiment(command, work)

    assert _said(store) == [ExperimentPlanned]


async def test_a_project_is_tested_in_one_commune(work: FakeWork) -> None:
    allocation = an_allocation()
    await plan_experiment(PlanExperiment(allocation, at=ALLOCATED_AT), work)

    with pytest.raises(ExperimentConflict):
        await plan_experiment(PlanExperiment(replace(allocation, commune="94033"), at=ALLOCATED_AT), work)


async def test_everything_ready_but_the_site_waits_for_the_site(store: Store, work: FakeWork) -> None:
    await work.agreements.add(an_agreement(AgreementStatus.IN_FORCE))
    experiment = an_experiment()
    await work.experiments.add(experiment)

    await start_structuring(StartStructuring(experiment.id, ALL, at=LATER), work)
    await register_protocol(RegisterProtocol(experiment.id, a_protocol(), 2, ALL, at=LATER), work)
    version = await choose_site(ChooseSite(experiment.id, a_site(), 3, ALL, at=LATER), work)

    assert _said(store) == [StructuringStarted, ProtocolRegistered, SiteChosen, ExperimentReady]
    assert version == 4


async def test_a_new_request_takes_the_readiness_away_and_its_grant_gives_it_back(store: Store, work: FakeWork) -> None:
    await work.agreements.add(an_agreement(AgreementStatus.IN_FORCE))
    experiment, request = an_experiment(Status.READY), a_request()
    await work.experiments.add(experiment)

    await request_resource(RequestResource(experiment.id, request, ALL), work)
    await grant_resource(GrantResource(experiment.id, request.id, Scope.only(COMMUNE), at=LATER), work)

    assert _said(store) == [ResourceRequested, ExperimentReadinessLost, ResourceGranted, ExperimentReady]


async def test_withdrawing_the_last_request_makes_it_ready(store: Store, work: FakeWork) -> None:
    await work.agreements.add(an_agreement(AgreementStatus.IN_FORCE))
    request = a_request()
    waiting = an_experiment(Status.PROTOCOL_REGISTERED, preparation=a_preparation(resources=(request,)))
    await work.experiments.add(waiting)

    await withdraw_request(WithdrawRequest(waiting.id, request.id, Scope.only(HOLDER), at=LATER), work)

    expected: list[object] = [ResourceRequestWithdrawn, ExperimentReady]
    assert _said(store) == expected


async def test_the_same_protocol_again_keeps_the_version(store: Store, work: FakeWork) -> None:
    experiment = an_experiment(Status.PROTOCOL_REGISTERED)
    await work.experiments.add(experiment)

    version = await register_protocol(RegisterProtocol(experiment.id, a_protocol(), 1, ALL, at=LATER), work)

    assert (version, _said(store)) == (1, [])


async def test_every_version_of_the_protocol_is_kept(work: FakeWork) -> None:
    experiment = an_experiment(Status.STRUCTURING)
    await work.experiments.add(experiment)

    await register_protocol(RegisterProtocol(experiment.id, a_protocol(), 1, ALL, at=LATER), work)
    changed = a_protocol(method="Relevés horaires.")
    await register_protocol(RegisterProtocol(experiment.id, changed, 2, ALL, at=LATER), work)

    assert [kept.version for kept in await work.views.protocols(experiment.id, ALL)] == [2, 1]


async def test_a_protocol_sent_again_after_a_lost_answer_succeeds(store: Store, work: FakeWork) -> None:
    experiment = an_experiment(Status.PROTOCOL_REGISTERED, version=2)
    await work.experiments.add(experiment)

    version = await register_protocol(RegisterProtocol(experiment.id, a_protocol(), 1, ALL, at=LATER), work)

    assert (version, _said(store)) == (2, [])


async def test_a_site_sent_again_after_a_lost_answer_succeeds(store: Store, work: FakeWork) -> None:
    experiment = an_experiment(preparation=a_preparation(), version=2)
    await work.experiments.add(experiment)

    version = await choose_site(ChooseSite(experiment.id, a_site(), 1, ALL, at=LATER), work)

    assert (version, _said(store)) == (2, [])


async def test_a_commune_that_gave_up_its_agreement_is_no_laureate(work: FakeWork) -> None:
    await work.agreements.add(an_agreement(AgreementStatus.ABANDONED))

    with pytest.raises(LaureatesOnly):
        await read_results(ReadResults(Scope.only(COMMUNE), None, None, after=None, limit=9), work)


async def test_a_stale_reader_changes_nothing(work: FakeWork) -> None:
    experiment = an_experiment(version=7)
    await work.experiments.add(experiment)

    with pytest.raises(Stale):
        await choose_site(ChooseSite(experiment.id, a_site(), 6, ALL, at=LATER), work)


async def test_a_launch_is_judged_at_its_instant(store: Store, work: FakeWork) -> None:
    await work.agreements.add(an_agreement(AgreementStatus.IN_FORCE))
    complete = an_experiment(Status.PROTOCOL_REGISTERED, preparation=a_preparation())
    await work.experiments.add(complete)

    await launch_experiment(LaunchExperiment(complete.id, ALL, at=LAUNCHED_AT), work)

    assert _said(store) == [ExperimentReady, ExperimentLaunched]


async def test_a_refused_launch_leaves_no_trace(store: Store, work: FakeWork) -> None:
    ready = an_experiment(Status.READY)
    await work.experiments.add(ready)

    with pytest.raises(NotReady):
        await launch_experiment(LaunchExperiment(ready.id, ALL, at=LAUNCHED_AT), work)

    assert (_said(store), store.experiments[ready.id]) == ([], ready)


async def test_the_holder_reports_from_the_field(store: Store, work: FakeWork) -> None:
    running = an_experiment(Status.RUNNING)
    await work.experiments.add(running)
    report = a_report(running.id)

    await report_from_field(ReportFromField(report, Scope.only(HOLDER)), work)

    assert store.reports == {report.id: report}
    assert _said(store) == [FieldReported]


async def test_somebody_elses_experiment_is_not_found(work: FakeWork) -> None:
    running = an_experiment(Status.RUNNING)
    await work.experiments.add(running)

    with pytest.raises(ExperimentNotFound):
        await report_from_field(ReportFromField(a_report(running.id), Scope.only("94033")), work)


async def test_it_pauses_resumes_and_completes(store: Store, work: FakeWork) -> None:
    running = an_experiment(Status.RUNNING)
    await work.experiments.add(running)

    await pause_experiment(PauseExperiment(running.id, "Travaux.", ALL, at=LATER), work)
    await resume_experiment(ResumeExperiment(running.id, ALL, at=LATER), work)
    await complete_experiment(CompleteExperiment(running.id, ALL, at=ENDED_AT), work)

    assert _said(store) == [ExperimentPaused, ExperimentResumed, ExperimentCompleted]


async def test_a_stopped_experiment_is_evaluated_too(store: Store, work: FakeWork) -> None:
    running = an_experiment(Status.RUNNING)
    await work.experiments.add(running)
    report = a_report(running.id)
    await report_from_field(ReportFromField(report, ALL), work)

    version = await stop_experiment(StopExperiment(running.id, "Panne.", ALL, at=ENDED_AT), work)
    await evaluate_experiment(EvaluateExperiment(running.id, an_evaluation(report.id), version, ALL, at=LATER), work)

    assert _said(store) == [FieldReported, ExperimentStopped, ExperimentEvaluated]
