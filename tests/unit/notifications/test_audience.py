"""Who gets what."""

import pytest

from services.notifications.domain.audience import AUDIENCES, METROPOLE, Addressee, audience_of
from shared.events.base import Event
from shared.events.candidature import CallOpened, CandidatureStarted, CandidatureSubmitted
from shared.events.experiments import AgreementOverdue, ExperimentLaunched
from shared.events.selection import CommuneSelected, ProjectAllocated, ReviewSubmitted
from shared.events.types import CallKind, ContactFunction
from tests.builders.notifications import COMMUNE, a_contact, an_event

F = ContactFunction
TEAM = Addressee(None, F.PROGRAMME)


def test_a_submitted_candidature_is_told_to_the_referents_of_the_commune_and_to_the_team() -> None:
    event = an_event(CandidatureSubmitted, commune=COMMUNE)

    assert audience_of(event) == (Addressee(COMMUNE, F.ELECTED_REFERENT), Addressee(COMMUNE, F.REFERENT_AGENT), TEAM)


def test_a_decision_is_told_to_the_commune_alone() -> None:
    event = an_event(CommuneSelected, commune=COMMUNE)

    assert audience_of(event) == (Addressee(COMMUNE, F.ELECTED_REFERENT), Addressee(COMMUNE, F.REFERENT_AGENT))


def test_an_allocated_project_is_told_to_the_commune_and_to_its_holder() -> None:
    event = an_event(ProjectAllocated, commune=COMMUNE, holder_id="siret:12345678900007")

    assert audience_of(event) == (
        Addressee(COMMUNE, F.ELECTED_REFERENT),
        Addressee(COMMUNE, F.REFERENT_AGENT),
        Addressee("siret:12345678900007", F.PROJECT_HOLDER),
    )


def test_an_overdue_agreement_is_told_to_referents_and_signatories_of_both_parties_and_to_the_team() -> None:
    event = an_event(AgreementOverdue, commune=COMMUNE)

    assert audience_of(event) == (
        Addressee(COMMUNE, F.ELECTED_REFERENT),
        Addressee(COMMUNE, F.REFERENT_AGENT),
        Addressee(COMMUNE, F.SIGNATORY),
        Addressee(METROPOLE, F.SIGNATORY),
        TEAM,
    )


def test_a_launch_reaches_those_who_speak_for_the_commune() -> None:
    event = an_event(ExperimentLaunched, commune=COMMUNE)

    assert Addressee(COMMUNE, F.COMMUNICATION_REFERENT) in audience_of(event)


def test_the_opening_of_a_commune_call_reaches_the_referents_of_every_commune_known() -> None:
    event = an_event(CallOpened, kind=CallKind.EXPRESSION_OF_INTEREST)

    assert audience_of(event) == (Addressee(None, F.ELECTED_REFERENT), Addressee(None, F.REFERENT_AGENT), TEAM)


def test_the_opening_of_a_project_call_reaches_the_team_alone() -> None:
    assert audience_of(an_event(CallOpened, kind=CallKind.PROJECT, wave=1)) == (TEAM,)


@pytest.mark.parametrize("kind", [CandidatureStarted, ReviewSubmitted])
def test_what_is_not_in_the_table_is_told_to_nobody(kind: type[Event]) -> None:
    assert audience_of(an_event(kind)) == ()


NAMED_FIELDS = [(kind, aim.field) for kind, aims in AUDIENCES.items() for aim in aims if aim.field]


@pytest.mark.parametrize(("kind", "field"), NAMED_FIELDS)
def test_every_field_the_table_names_is_in_the_event(kind: type[Event], field: str) -> None:
    assert field in kind.model_fields


def test_an_addressee_without_organisation_is_met_by_whoever_holds_the_function() -> None:
    assert Addressee(None, F.REFERENT_AGENT).is_met_by(a_contact(organisation="93001"))


def test_an_addressee_is_not_met_by_the_same_function_elsewhere() -> None:
    assert not Addressee(COMMUNE, F.REFERENT_AGENT).is_met_by(a_contact(organisation="93001"))


def test_a_function_newer_than_us_meets_nobody() -> None:
    assert not any(
        addressee.is_met_by(a_contact(function=F.UNKNOWN))
        for kind in AUDIENCES
        for addressee in audience_of(an_event(kind))
    )
