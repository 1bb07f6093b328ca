"""An experiment is structured, prepared, launched when nothing is missing, followed, ended and evaluated."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from services.experiments.domain.agreement import Status as AgreementStatus
from services.experiments.domain.agreement import agreement_id_of
from services.experiments.domain.errors import (
    InvalidField,
    NotReady,
    ProtocolFrozen,
    RequestClosed,
    ResourceRequestNotFound,
    SiteFrozen,
)
from services.experiments.domain.experiment import Experiment, experiment_id_of
from services.experiments.domain.lifecycle import BEFORE_LAUNCH, TRANSITIONS, Status
from services.experiments.domain.preparation import Preparation
from services.experiments.domain.protocol import Indicator, Step
from services.experiments.domain.resource import RequestStatus
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
from shared.events.types import Conclusion, ResourceKind
from shared.kit.identity import new_id
from shared.kit.refusals import InvalidState
from tests.builders.experiments import (
    ALLOCATED_AT,
    COMMUNE,
    ENDED_AT,
    HOLDER,
    LATER,
    LAUNCHED_AT,
    TITLE,
    a_preparation,
    a_protocol,
    a_report,
    a_request,
    a_site,
    an_allocation,
    an_assessment,
    an_evaluation,
    an_experiment,
)

IN_FORCE = AgreementStatus.IN_FORCE
AFTER_LAUNCH = [status for status in Status if status not in BEFORE_LAUNCH]
MOVES: dict[Status, Callable[[Experiment], Any]] = {
    Status.STRUCTURING: lambda experiment: experiment.start_structuring(at=LATER),
    Status.PAUSED: lambda experiment: experiment.pause("Travaux.", at=LATER),
    Status.COMPLETED: lambda experiment: experiment.complete(at=LATER),
    Status.STOPPED: lambda experiment: experiment.stop("Panne.", at=LATER),
    Status.EVALUATED: lambda experiment: experiment.evaluate(an_evaluation(), frozenset(), at=LATER),
}


def _who(experiment: Experiment) -> dict[str, Any]:
    return {"experiment_id": experiment.id, "edition": 2, "commune": COMMUNE}


def test_an_allocated_project_is_planned_under_the_agreement_of_its_commune() -> None:
    allocation = an_allocation()

    experiment, event = Experiment.plan(allocation, at=ALLOCATED_AT)

    assert experiment.status is Status.PLANNED
    assert event == ExperimentPlanned(
        experiment_id=experiment_id_of(allocation.proposal_id),
        edition=2,
        commune=COMMUNE,
        proposal_id=allocation.proposal_id,
        agreement_id=agreement_id_of(2, COMMUNE),
        wave=1,
        title="Ombrières démontables",
        holder_id=HOLDER,
        planned_at=ALLOCATED_AT,
    )


def test_structuring_begins_once_planned() -> None:
    experiment, event = an_experiment().start_structuring(at=LATER)

    assert experiment.status is Status.STRUCTURING
    assert event == StructuringStarted(**_who(experiment), started_at=LATER)


def test_registering_the_protocol_fixes_it_by_its_hash() -> None:
    experiment, event = an_experiment(Status.STRUCTURING).register_protocol(a_protocol(), at=LATER)

    assert experiment.status is Status.PROTOCOL_REGISTERED
    assert event == ProtocolRegistered(
        **_who(experiment), version=1, indicators=1, digest=a_protocol().digest, registered_at=LATER, title=TITLE
    )


def test_a_protocol_waits_for_the_structuring() -> None:
    with pytest.raises(InvalidState):
        an_experiment(Status.PLANNED).register_protocol(a_protocol(), at=LATER)


@pytest.mark.parametrize("status", [Status.PROTOCOL_REGISTERED, Status.READY])
def test_a_protocol_changed_before_the_launch_is_a_new_version(status: Status) -> None:
    changed = a_protocol(method="Relevés horaires.")

    experiment, event = an_experiment(status).register_protocol(changed, at=LATER)

    assert experiment.status is status
    assert event == ProtocolRegistered(
        **_who(experiment), version=2, indicators=1, digest=changed.digest, registered_at=LATER, title=TITLE
    )


def test_the_same_protocol_again_changes_nothing() -> None:
    experiment = an_experiment(Status.PROTOCOL_REGISTERED)

    assert experiment.register_protocol(a_protocol(), at=LATER) == (experiment, None)


@pytest.mark.parametrize("status", AFTER_LAUNCH)
def test_the_protocol_is_frozen_by_the_launch(status: Status) -> None:
    with pytest.raises(ProtocolFrozen):
        an_experiment(status).register_protocol(a_protocol(method="Autre."), at=LATER)


def test_the_digest_does_not_depend_on_how_a_number_is_written() -> None:
    rewritten = Indicator("temperature", "Température à 15 h", "°C", Decimal("38.500"), Decimal("35.0"))

    assert a_protocol(indicators=(rewritten,)).digest == a_protocol().digest


def test_two_indicators_have_two_codes() -> None:
    twice = a_protocol(indicators=a_protocol().indicators * 2)

    with pytest.raises(InvalidField) as refusal:
        an_experiment(Status.STRUCTURING).register_protocol(twice, at=LATER)

    assert [(e.pointer, e.code) for e in refusal.value.errors] == [("/indicators/1/code", "duplicate")]


def test_a_step_does_not_end_before_it_starts() -> None:
    backwards = a_protocol(calendar=(Step("Relevés", date(2024, 10, 2), date(2024, 10, 1)),))

    with pytest.raises(InvalidField) as refusal:
        an_experiment(Status.STRUCTURING).register_protocol(backwards, at=LATER)

    assert [(e.pointer, e.code) for e in refusal.value.errors] == [("/calendar/0/ends_on", "before-start")]


def test_a_partner_may_host_the_site() -> None:
    experiment, event = an_experiment().choose_site(a_site(), at=LATER)

    assert experiment.preparation.site == a_site()
    assert event == SiteChosen(
        **_who(experiment),
        site="Place inventée",
        host="Bailleur inventé",
        host_agreed_on=date(2024, 9, 15),
        chosen_at=LATER,
    )


def test_a_host_does_not_agree_in_the_future() -> None:
    with pytest.raises(InvalidField) as refusal:
        an_experiment().choose_site(a_site(host_agreed_on=date(2024, 9, 11)), at=ALLOCATED_AT)

    assert [(e.pointer, e.code) for e in refusal.value.errors] == [("/host_agreed_on", "in-the-future")]


@pytest.mark.parametrize("status", AFTER_LAUNCH)
def test_the_site_is_frozen_by_the_launch(status: Status) -> None:
    with pytest.raises(SiteFrozen):
        an_experiment(status).choose_site(a_site(), at=LATER)


def test_a_resource_is_requested_of_the_commune() -> None:
    request = a_request()

    experiment, event = an_experiment().request_resource(request)

    assert experiment.preparation.resources == (request,)
    assert event == ResourceRequested(
        **_who(experiment), request_id=request.id, kind=ResourceKind.PUBLIC_SPACE, requested_at=ALLOCATED_AT
    )


def test_nothing_is_requested_once_it_has_ended() -> None:
    with pytest.raises(InvalidState):
        an_experiment(Status.COMPLETED).request_resource(a_request())


def test_the_commune_grants_a_resource() -> None:
    request = a_request()

    experiment, event = an_experiment(preparation=Preparation().add(request)).grant_resource(request.id, at=LATER)

    assert experiment.preparation.resources == (replace(request, status=RequestStatus.GRANTED, answered_at=LATER),)
    assert event == ResourceGranted(**_who(experiment), request_id=request.id, granted_at=LATER)


def test_a_request_is_withdrawn_when_it_is_not_needed() -> None:
    request = a_request()

    experiment, event = an_experiment(preparation=Preparation().add(request)).withdraw_request(request.id, at=LATER)

    assert experiment.preparation.resources == (replace(request, status=RequestStatus.WITHDRAWN, answered_at=LATER),)
    assert event == ResourceRequestWithdrawn(**_who(experiment), request_id=request.id, withdrawn_at=LATER)


def test_a_request_is_answered_once() -> None:
    request = a_request(status=RequestStatus.WITHDRAWN, answered_at=LATER)

    with pytest.raises(RequestClosed):
        an_experiment(preparation=Preparation().add(request)).grant_resource(request.id, at=LATER)


def test_an_unknown_request_is_not_found() -> None:
    with pytest.raises(ResourceRequestNotFound):
        an_experiment().grant_resource(new_id(), at=LATER)


def test_it_becomes_ready_when_nothing_is_missing() -> None:
    registered = an_experiment(Status.PROTOCOL_REGISTERED, preparation=a_preparation())

    experiment, event = registered.assess(IN_FORCE, at=LATER)

    assert experiment.status is Status.READY
    assert event == ExperimentReady(**_who(experiment), site="Place inventée", ready_at=LATER)


def test_it_is_not_ready_any_more_when_something_is_missing_again() -> None:
    experiment, event = an_experiment(Status.READY).assess(AgreementStatus.EXPIRED, at=LATER)

    assert experiment.status is Status.PROTOCOL_REGISTERED
    assert event == ExperimentReadinessLost(**_who(experiment), missing=("agreement-not-in-force",), lost_at=LATER)


@pytest.mark.parametrize("status", [Status.PLANNED, Status.STRUCTURING, *AFTER_LAUNCH])
def test_readiness_is_assessed_between_the_protocol_and_the_launch_only(status: Status) -> None:
    experiment = an_experiment(status)

    assert experiment.assess(None, at=LATER) == (experiment, None)


def test_a_ready_experiment_is_launched() -> None:
    experiment, event = an_experiment(Status.READY).launch(IN_FORCE, at=LAUNCHED_AT)

    assert (experiment.status, experiment.launched_at) == (Status.RUNNING, LAUNCHED_AT)
    assert event == ExperimentLaunched(
        **_who(experiment),
        proposal_id=experiment.allocation.proposal_id,
        wave=1,
        title="Ombrières démontables",
        holder_id=HOLDER,
        site="Place inventée",
        launched_at=LAUNCHED_AT,
    )


def test_a_refused_launch_names_everything_that_is_missing() -> None:
    request = a_request()

    with pytest.raises(NotReady) as refusal:
        an_experiment(preparation=Preparation().add(request)).launch(None, at=LAUNCHED_AT)

    assert [(e.pointer, e.code) for e in refusal.value.errors] == [
        ("/agreement", "agreement-missing"),
        ("/protocol", "protocol-missing"),
        ("/site", "site-missing"),
        (f"/resources/{request.id}", "resource-not-granted"),
    ]


@pytest.mark.parametrize(
    ("agreement", "preparation", "message"),
    [
        (
            AgreementStatus.PARTLY_SIGNED,
            a_preparation(),
            "La convention de la commune n'est pas en vigueur : elle est signée en partie.",
        ),
        (
            IN_FORCE,
            replace(a_preparation(), site=a_site(host_agreed_on=None)),
            "L'hôte du site, Bailleur inventé, n'a pas encore donné son accord.",
        ),
        (
            IN_FORCE,
            a_preparation(resources=(a_request(),)),
            "La ressource « Six places de stationnement » n'est pas accordée par la commune.",
        ),
    ],
)
def test_a_refused_launch_says_what_is_missing_in_french(
    agreement: AgreementStatus, preparation: Preparation, message: str
) -> None:
    with pytest.raises(NotReady) as refusal:
        an_experiment(Status.PROTOCOL_REGISTERED, preparation=preparation).launch(agreement, at=LAUNCHED_AT)

    assert str(refusal.value) == f"Avant le lancement : {message}"


@pytest.mark.parametrize("answer", [RequestStatus.GRANTED, RequestStatus.WITHDRAWN])
def test_an_answered_request_does_not_delay_the_launch(answer: RequestStatus) -> None:
    answered = a_request(status=answer, answered_at=LATER)
    ready = an_experiment(Status.READY, preparation=a_preparation(resources=(answered,)))

    assert ready.launch(IN_FORCE, at=LAUNCHED_AT)[0].status is Status.RUNNING


@pytest.mark.parametrize("status", AFTER_LAUNCH)
def test_it_is_launched_once(status: Status) -> None:
    with pytest.raises(InvalidState):
        an_experiment(status).launch(IN_FORCE, at=LATER)


@pytest.mark.parametrize("status", [Status.RUNNING, Status.PAUSED, Status.COMPLETED, Status.STOPPED])
def test_the_field_is_reported_from_the_launch_to_the_evaluation(status: Status) -> None:
    experiment = an_experiment(status)
    report = a_report(experiment.id)

    assert experiment.report(report) == FieldReported(
        **_who(experiment), report_id=report.id, reported_on=date(2024, 10, 15), title=TITLE
    )


@pytest.mark.parametrize("status", [*sorted(BEFORE_LAUNCH), Status.EVALUATED])
def test_there_is_no_report_before_the_launch_nor_after_the_evaluation(status: Status) -> None:
    experiment = an_experiment(status)

    with pytest.raises(InvalidState):
        experiment.report(a_report(experiment.id))


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (LAUNCHED_AT.date() - timedelta(days=1), "before-launch"),
        (LAUNCHED_AT.date() + timedelta(days=15), "in-the-future"),
    ],
)
def test_a_report_is_about_a_day_between_the_launch_and_today(day: date, code: str) -> None:
    experiment = an_experiment(Status.RUNNING)

    with pytest.raises(InvalidField) as refusal:
        experiment.report(a_report(experiment.id, reported_on=day))

    assert [(e.pointer, e.code) for e in refusal.value.errors] == [("/reported_on", code)]


def test_a_pause_has_a_reason() -> None:
    experiment, event = an_experiment(Status.RUNNING).pause("Travaux.", at=LATER)

    assert (experiment.status, experiment.reason) == (Status.PAUSED, "Travaux.")
    assert event == ExperimentPaused(**_who(experiment), reason="Travaux.", paused_at=LATER)


def test_a_paused_experiment_runs_again() -> None:
    experiment, event = an_experiment(Status.PAUSED, reason="Travaux.").resume(at=LATER)

    assert (experiment.status, experiment.reason) == (Status.RUNNING, None)
    assert event == ExperimentResumed(**_who(experiment), resumed_at=LATER)


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.PAUSED])
def test_only_a_paused_experiment_resumes(status: Status) -> None:
    with pytest.raises(InvalidState):
        an_experiment(status).resume(at=LATER)


def test_stopping_before_the_term_has_a_reason() -> None:
    experiment, event = an_experiment(Status.PAUSED).stop("Panne.", at=ENDED_AT)

    assert (experiment.status, experiment.reason, experiment.ended_at) == (Status.STOPPED, "Panne.", ENDED_AT)
    assert event == ExperimentStopped(**_who(experiment), reason="Panne.", stopped_at=ENDED_AT)


def test_completing_ends_it_as_planned() -> None:
    experiment, event = an_experiment(Status.RUNNING).complete(at=ENDED_AT)

    assert (experiment.status, experiment.ended_at) == (Status.COMPLETED, ENDED_AT)
    assert event == ExperimentCompleted(
        **_who(experiment), title="Ombrières démontables", holder_id=HOLDER, completed_at=ENDED_AT
    )


@pytest.mark.parametrize("status", [Status.COMPLETED, Status.STOPPED])
def test_an_ended_experiment_is_evaluated_from_its_reports(status: Status) -> None:
    report = new_id()

    experiment, event = an_experiment(status).evaluate(an_evaluation(report), frozenset({report}), at=LATER)

    assert (experiment.status, experiment.evaluation) == (Status.EVALUATED, an_evaluation(report))
    assert event == ExperimentEvaluated(
        **_who(experiment),
        title="Ombrières démontables",
        holder_id=HOLDER,
        conclusion=Conclusion.CONCLUSIVE,
        evaluated_at=LATER,
    )


def test_a_claim_points_to_reports_of_this_experiment() -> None:
    known, foreign = new_id(), new_id()
    evaluation = an_evaluation(known, feasibility=an_assessment(known, foreign))

    with pytest.raises(InvalidField) as refusal:
        an_experiment(Status.COMPLETED).evaluate(evaluation, frozenset({known}), at=LATER)

    assert [(e.pointer, e.code) for e in refusal.value.errors] == [("/feasibility/reports/1", "unknown-report")]


def test_a_claim_points_to_something() -> None:
    known = new_id()
    evaluation = an_evaluation(known, sustainability=an_assessment())

    with pytest.raises(InvalidField) as refusal:
        an_experiment(Status.COMPLETED).evaluate(evaluation, frozenset({known}), at=LATER)

    assert [(e.pointer, e.code) for e in refusal.value.errors] == [("/sustainability/reports", "no-evidence")]


@pytest.mark.parametrize(
    ("status", "target"), [(s, t) for s, t in product(Status, MOVES) if t not in TRANSITIONS[s]], ids=str
)
def test_any_other_transition_is_refused_with_the_ones_allowed(status: Status, target: Status) -> None:
    with pytest.raises(InvalidState) as refusal:
        MOVES[target](an_experiment(status))

    assert refusal.value.allowed == tuple(sorted(TRANSITIONS[status]))
