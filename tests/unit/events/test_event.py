"""What every event promises."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import pytest
from pydantic import TypeAdapter, ValidationError

from shared.events.base import Event, NotEmittable, public_data, public_model
from shared.events.candidature import CallClosed, CallOpened, CandidatureConcluded, CandidatureStarted, Challenge
from shared.events.contacts import ContactErased
from shared.events.types import CallKind, Outcome, Personal

AN_ID = UUID("018b5d3a-6c00-7000-8001-000000000002")
NOW = datetime(2024, 2, 7, 9, tzinfo=UTC)


def a_call_closed() -> CallClosed:
    """The first call of edition 2, closed."""
    return CallClosed(
        call_id=AN_ID,
        edition=2,
        kind=CallKind.EXPRESSION_OF_INTEREST,
        wave=None,
        closed_at=NOW,
        submitted=8,
        quota=4,
        criteria=(),
        scale_max=5,
        projects_min=None,
        projects_max=None,
        communes=(),
    )


def a_conclusion(outcome: Outcome) -> CandidatureConcluded:
    """The conclusion of a candidature."""
    return CandidatureConcluded(
        candidature_id=AN_ID, call_id=AN_ID, edition=2, commune="93001", outcome=outcome, concluded_at=NOW
    )


def test_an_event_never_changes() -> None:
    with pytest.raises(ValidationError):
        a_call_closed().edition = 3  # type: ignore[misc]


def test_a_reader_ignores_the_fields_it_does_not_know() -> None:
    text = a_call_closed().model_dump_json()[:-1] + ',"of_tomorrow":{"deep":[1]}}'

    assert CallClosed.model_validate_json(text) == a_call_closed()


def test_the_subject_of_an_event_is_its_aggregate() -> None:
    assert a_conclusion(Outcome.SELECTED).subject_id == AN_ID


def test_partners_get_the_allow_listed_fields_alone() -> None:
    assert public_data(a_call_closed()) == {
        "call_id": str(AN_ID),
        "edition": 2,
        "kind": "EXPRESSION_OF_INTEREST",
        "wave": None,
        "closed_at": "2024-02-07T09:00:00Z",
        "submitted": 8,
    }


def test_the_public_text_says_the_public_data() -> None:
    text = a_call_closed().to_public_json()

    assert text is not None
    assert TypeAdapter(dict).validate_json(text) == public_data(a_call_closed())


def test_an_event_without_allow_list_is_not_told_to_partners() -> None:
    assert public_data(a_conclusion(Outcome.SELECTED)) is None
    assert a_conclusion(Outcome.SELECTED).to_public_json() is None


def test_the_public_face_has_the_same_fields_under_the_same_rules() -> None:
    whole, public = CallClosed.model_json_schema(), public_model(CallClosed).model_json_schema()

    assert public["properties"] == {name: whole["properties"][name] for name in CallClosed.public_fields}
    assert public["required"] == list(CallClosed.public_fields)
    assert (public_model(CallClosed).__name__, public_model(CallClosed).__doc__) == ("CallClosed", CallClosed.__doc__)


def test_an_event_that_is_not_public_has_no_public_face() -> None:
    with pytest.raises(ValueError, match="CandidatureStarted is not public"):
        public_model(CandidatureStarted)


def test_an_emitter_may_not_send_an_unknown_value() -> None:
    with pytest.raises(NotEmittable, match=r"CandidatureConcluded\.outcome"):
        a_conclusion(Outcome.UNKNOWN).to_json()


def test_an_emitter_may_not_tell_partners_an_unknown_value() -> None:
    with pytest.raises(NotEmittable, match=r"CallOpened\.kind"):
        CallOpened(call_id=AN_ID, edition=2, kind=CallKind.UNKNOWN, wave=None, opened_at=NOW).to_public_json()


def test_an_unknown_value_is_found_at_any_depth() -> None:
    class Deep(Event):
        parts: tuple[tuple[CallKind, ...], ...]

    with pytest.raises(NotEmittable, match=r"Deep\.parts\[1\]\[0\]"):
        Deep(parts=((CallKind.PROJECT,), (CallKind.UNKNOWN,))).check_emittable()


def test_a_known_event_may_be_sent() -> None:
    a_call_closed().check_emittable()


def test_a_tombstone_has_no_text() -> None:
    assert ContactErased(contact_id=AN_ID).to_json() is None


def test_a_part_of_an_event_obeys_the_same_rules() -> None:
    with pytest.raises(ValidationError):
        Challenge(commune="Aubervilliers", title="Rafraîchir la place de la Mairie")


def test_a_personal_field_is_marked_in_the_schema() -> None:
    assert TypeAdapter(Annotated[str, Personal()]).json_schema() == {"type": "string", "x-personal": True}


@pytest.mark.parametrize(
    ("declaration", "reason"),
    [
        ({"event_type": "CallBroken.v1"}, "names its type"),
        ({"event_type": "call-broken"}, "names its type"),
        ({"event_type": "call-broken.v0"}, "names its type"),
        ({"emitter": "somebody"}, "the service that emits it"),
        ({"subject_field": "round_id"}, "no field called round_id"),
        ({"public_fields": ("call_id", "secret")}, "no field called secret"),
        ({"public_fields": ("edition",)}, "must tell its subject"),
    ],
)
def test_a_badly_declared_event_is_refused_at_once(declaration: dict[str, object], reason: str) -> None:
    with pytest.raises(TypeError, match=reason):
        type("CallBroken", (CallOpened,), {"event_type": "call-broken.v1", "__module__": __name__, **declaration})
