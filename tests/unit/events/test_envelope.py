"""The envelope: CloudEvents in Kafka's binary mode, there and back."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.events.base import public_model
from shared.events.candidature import CallOpened, CandidatureConcluded
from shared.events.contacts import ContactChanged, ContactErased
from shared.events.envelope import Attributes, BadEnvelope, Envelope, WireRecord, internal_record, public_record
from shared.events.types import CallKind, ContactFunction, Locale, Outcome

CALL = UUID("018b5d3a-6c00-7000-8001-000000000002")
EVENT = UUID("018b5d3a-6c00-7000-8009-000000000001")
CAUSE = UUID("018b5d3a-6c00-7000-8009-000000000002")
CHAIN = UUID("018b5d3a-6c00-7000-8009-000000000003")
NOW = datetime(2024, 2, 7, 9, 0, 0, 250, tzinfo=UTC)
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

OPENED = CallOpened(call_id=CALL, edition=2, kind=CallKind.PROJECT, wave=1, opened_at=NOW)
CHANGED = ContactChanged(
    contact_id=CALL,
    organisation="93001",
    function=ContactFunction.REFERENT_AGENT,
    name="Référente exemple",
    email="referente@example.org",
    locale=Locale.FRENCH,
)


def an_envelope(event: Any = OPENED) -> Envelope:
    """A full envelope, of everything an emitter may know."""
    return Envelope.of(
        event,
        id=EVENT,
        time=NOW,
        sequence=3,
        correlation_id=CHAIN,
        causation_id=CAUSE,
        actor="6f1d",
        traceparent=TRACE,
    )


def read(record: WireRecord, **changes: bytes | None) -> Envelope:
    """Read a record once some of its headers were changed; `…=None` takes one away."""
    names = {name.replace("-", "_"): name for name, _ in record.headers}
    headers = dict(record.headers)
    for keyword, value in changes.items():
        name = names.get(keyword, keyword)
        headers.pop(name, None)
        if value is not None:
            headers[name] = value
    return Envelope.from_kafka(record.key, record.value, tuple(headers.items()))


def refusal(record: WireRecord, **changes: bytes | None) -> str:
    """Why a changed record is refused."""
    with pytest.raises(BadEnvelope) as refused:
        read(record, **changes)
    return refused.value.reason


def test_an_event_becomes_a_cloudevent() -> None:
    assert an_envelope().to_kafka() == WireRecord(
        key=str(CALL).encode(),
        value=(
            b'{"call_id":"018b5d3a-6c00-7000-8001-000000000002","edition":2,"kind":"PROJECT","wave":1,'
            b'"opened_at":"2024-02-07T09:00:00.000250Z","closes_at":null}'
        ),
        headers=(
            ("ce_specversion", b"1.0"),
            ("ce_id", str(EVENT).encode()),
            ("ce_source", b"urn:qmi:service:candidature"),
            ("ce_type", b"fr.metropolegrandparis.qmi.call-opened.v1"),
            ("ce_subject", str(CALL).encode()),
            ("ce_time", b"2024-02-07T09:00:00.000250Z"),
            ("ce_dataschema", b"urn:qmi:schema:call-opened.v1"),
            ("ce_sequence", b"00000000000000000003"),
            ("ce_correlationid", str(CHAIN).encode()),
            ("ce_causationid", str(CAUSE).encode()),
            ("ce_actorid", b"6f1d"),
            ("traceparent", TRACE.encode()),
            ("content-type", b"application/json"),
        ),
    )


def test_what_is_not_known_has_no_header() -> None:
    bare = Envelope.of(OPENED, id=EVENT, time=NOW, sequence=3, correlation_id=CHAIN)

    assert {"ce_causationid", "ce_actorid", "traceparent"}.isdisjoint(dict(bare.to_kafka().headers))
    assert read(bare.to_kafka()) == bare


def test_an_event_comes_back_as_it_was() -> None:
    assert read(an_envelope().to_kafka()) == an_envelope()


def test_the_public_record_tells_neither_who_acted_nor_our_traces() -> None:
    record = an_envelope().to_public_kafka()

    assert record is not None
    assert [name for name, _ in record.headers] == [
        *("ce_specversion", "ce_id", "ce_source", "ce_type", "ce_subject", "ce_time", "ce_dataschema", "ce_sequence"),
        *("ce_correlationid", "content-type"),
    ]
    assert dict(record.headers)["ce_dataschema"] == b"urn:qmi:schema:public:call-opened.v1"


def test_the_public_record_comes_back_as_the_public_face() -> None:
    record = an_envelope().to_public_kafka()

    assert record is not None
    assert read(record).data == public_model(CallOpened)(**OPENED.model_dump())


def test_what_is_not_public_has_no_public_record() -> None:
    assert an_envelope(CHANGED).to_public_kafka() is None


def test_a_stored_text_is_sent_byte_for_byte() -> None:
    stored = '{ "call_id" : "…" }'
    attributes: Attributes = an_envelope()

    assert internal_record(attributes, stored).value == stored.encode()
    assert public_record(attributes, stored).value == stored.encode()


def test_an_erased_contact_is_a_tombstone_rebuilt_from_its_subject() -> None:
    record = an_envelope(ContactErased(contact_id=CALL)).to_kafka()

    assert record.value is None
    assert "content-type" not in dict(record.headers)
    assert read(record).data == ContactErased(contact_id=CALL)


def test_an_envelope_without_correlation_begins_one() -> None:
    assert read(an_envelope().to_kafka(), ce_correlationid=None).correlation_id == EVENT


def test_headers_of_others_are_ignored_whatever_they_hold() -> None:
    record = an_envelope().to_kafka()
    others = (("x-null", None), ("x-binary", b"\xff\xfe"), ("x-twice", b"1"), ("x-twice", b"2"))

    assert Envelope.from_kafka(record.key, record.value, (*others, *record.headers)) == an_envelope()


def test_a_wrong_trace_is_worth_nothing() -> None:
    assert read(an_envelope().to_kafka(), traceparent=b"00-zz").traceparent is None
    assert read(an_envelope().to_kafka(), traceparent=b"\xff\xfe").traceparent is None


def test_a_header_given_twice_with_the_same_value_is_read_once() -> None:
    record = an_envelope().to_kafka()

    assert Envelope.from_kafka(record.key, record.value, record.headers * 2) == an_envelope()


def test_a_header_given_twice_with_two_values_is_refused() -> None:
    record = an_envelope().to_kafka()

    with pytest.raises(BadEnvelope, match="bad-header: ce_id is there twice"):
        Envelope.from_kafka(record.key, record.value, (*record.headers, ("ce_id", str(CAUSE).encode())))


@pytest.mark.parametrize(
    "name", ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_subject", "ce_time", "ce_sequence"]
)
def test_a_record_needs_its_headers(name: str) -> None:
    record = an_envelope().to_kafka()

    assert refusal(record, **{name: None}) == "missing-headers"
    with pytest.raises(BadEnvelope, match=f"missing-headers: {name}"):
        Envelope.from_kafka(record.key, record.value, [(n, None if n == name else v) for n, v in record.headers])


@pytest.mark.parametrize("headers", [None, ()])
def test_a_record_without_any_header_is_refused(headers: tuple[()] | None) -> None:
    with pytest.raises(BadEnvelope) as refused:
        Envelope.from_kafka(b"key", b"{}", headers)

    assert refused.value.reason == "missing-headers"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ce_specversion", b"0.3"),
        ("ce_id", b"42"),
        ("ce_id", str(EVENT).upper().encode()),
        ("ce_id", b"\xff"),
        ("ce_source", b"urn:qmi:service:selection"),
        ("ce_subject", b"93001"),
        ("ce_time", b"2024-02-07T09:00:00"),
        ("ce_time", b"1707296400"),
        ("ce_sequence", b"0"),
        ("ce_sequence", b"-1"),
        ("ce_sequence", "٣".encode()),
        ("ce_sequence", b"99999999999999999999"),
        ("ce_correlationid", b"nothing"),
        ("ce_causationid", b""),
        ("ce_dataschema", b"urn:qmi:schema:call-closed.v1"),
        ("content-type", b"application/cloudevents+json"),
        ("content-type", b"text/plain"),
    ],
)
def test_a_header_that_cannot_be_true_is_refused(name: str, value: bytes) -> None:
    assert refusal(an_envelope().to_kafka(), **{name.replace("-", "_"): value}) == "bad-header"


def test_the_type_of_content_may_name_its_charset() -> None:
    assert read(an_envelope().to_kafka(), content_type=b"application/json; charset=utf-8") == an_envelope()


def test_an_event_of_tomorrow_is_of_unknown_type() -> None:
    record = an_envelope().to_kafka()

    assert refusal(record, ce_type=b"fr.metropolegrandparis.qmi.call-opened.v2") == "unknown-type"


@pytest.mark.parametrize("key", [None, b"", b"93001"])
def test_the_key_must_be_the_subject(key: bytes | None) -> None:
    record = an_envelope().to_kafka()

    with pytest.raises(BadEnvelope) as refused:
        Envelope.from_kafka(key, record.value, record.headers)

    assert refused.value.reason == "bad-key"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "missing-value"),
        (b"", "not-json"),
        (b"{", "not-json"),
        (b"\xff\xfe{}", "not-utf8"),
        ("{}".encode("utf-16"), "not-utf8"),
        (b"[" * 100_000, "not-json"),
        (b'{"call_id":"\\ud800"}', "not-json"),
        (b"null", "invalid-data"),
        (b"{}", "invalid-data"),
        (b"[]", "invalid-data"),
        (b'{"call_id":1}', "invalid-data"),
    ],
)
def test_a_value_that_cannot_be_read_is_refused_with_its_reason(value: bytes | None, reason: str) -> None:
    record = an_envelope().to_kafka()

    with pytest.raises(BadEnvelope) as refused:
        Envelope.from_kafka(record.key, value, record.headers)

    assert refused.value.reason == reason


def test_the_data_must_be_about_the_subject() -> None:
    record = an_envelope().to_kafka()
    about_another = record.value.replace(str(CALL).encode(), str(CAUSE).encode()) if record.value else b""

    with pytest.raises(BadEnvelope, match="invalid-data: call_id is not the ce_subject"):
        Envelope.from_kafka(record.key, about_another, record.headers)


def test_a_tombstone_has_no_value() -> None:
    record = an_envelope(ContactErased(contact_id=CALL)).to_kafka()

    with pytest.raises(BadEnvelope) as refused:
        Envelope.from_kafka(record.key, b"{}", record.headers)

    assert refused.value.reason == "invalid-data"


def test_a_refusal_repeats_nothing_of_the_data() -> None:
    record = an_envelope(CHANGED).to_kafka()
    broken = (record.value or b"").replace(b"referente@example.org", b"referente at example.org")

    with pytest.raises(BadEnvelope) as refused:
        Envelope.from_kafka(record.key, broken, record.headers)

    assert refused.value.detail == "email: string_pattern_mismatch"


def test_a_reader_gets_an_unknown_value_and_the_rest_of_the_event() -> None:
    concluded = CandidatureConcluded(
        candidature_id=CALL, call_id=CAUSE, edition=2, commune="93001", outcome=Outcome.SELECTED, concluded_at=NOW
    )
    record = an_envelope(concluded).to_kafka()
    of_tomorrow = (record.value or b"").replace(b'"selected"', b'"deferred"')

    received = Envelope.from_kafka(record.key, of_tomorrow, record.headers).data

    assert received == concluded.model_copy(update={"outcome": Outcome.UNKNOWN})


@given(
    changes=st.dictionaries(
        st.sampled_from([name for name, _ in an_envelope().to_kafka().headers]),
        st.none() | st.binary() | st.just(b"1.0"),
    ),
    key=st.none() | st.binary() | st.just(an_envelope().to_kafka().key),
    value=st.none() | st.binary() | st.just(an_envelope().to_kafka().value),
)
def test_whatever_a_record_holds_it_is_read_or_refused(
    changes: dict[str, bytes | None], key: bytes | None, value: bytes | None
) -> None:
    record = an_envelope().to_kafka()
    headers = [(name, changes.get(name, text)) for name, text in record.headers]
    try:
        envelope = Envelope.from_kafka(key, value, headers)
    except BadEnvelope:
        return
    assert envelope.data == OPENED
