"""Spans in memory: who is whose child, what a rollback does, and what is loaded where tracing is off."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from aiokafka.structs import RecordMetadata, TopicPartition
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import TraceFlags

from shared.events.envelope import Envelope
from shared.kit import tracing
from shared.kit.identity import new_id
from shared.kit.logging import name_trace
from shared.kit.record import Record, read
from shared.kit.span_contexts import context_of
from shared.kit.spans import Spans
from tests.builders.messages import a_start

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
GIVEN = f"00-{TRACE}-{SPAN}-01"


@pytest.fixture
def exported() -> Iterator[InMemorySpanExporter]:
    """Tracing is on, and ends here."""
    exporter, provider = InMemorySpanExporter(), TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracing.use(Spans(provider))
    yield exporter
    tracing.use(None)


def an_envelope(traceparent: str | None = GIVEN) -> Envelope:
    """A message that carries a trace."""
    now = datetime.now(UTC)
    return Envelope.of(
        a_start(new_id()), id=new_id(), time=now, sequence=1, correlation_id=new_id(), traceparent=traceparent
    )


def a_record(traceparent: str | None = GIVEN) -> Record:
    """The same, as it is received."""
    wire = an_envelope(traceparent).to_kafka()
    return read(
        topic="t", partition=0, offset=7, timestamp=datetime.now(UTC), key=wire.key, value=wire.value,
        headers=wire.headers,
    )  # fmt: skip


def ended(exporter: InMemorySpanExporter) -> dict[str, list[ReadableSpan]]:
    """The spans that have ended, by name."""
    found: dict[str, list[ReadableSpan]] = {}
    for span in exporter.get_finished_spans():
        found.setdefault(span.name, []).append(span)
    return found


def parent_of(span: ReadableSpan) -> str | None:
    return None if span.parent is None else f"{span.parent.span_id:016x}"


def acknowledged(partition: int, offset: int) -> "asyncio.Future[RecordMetadata]":
    """What Kafka answers for a batch that begins at this offset."""
    done: asyncio.Future[RecordMetadata] = asyncio.get_running_loop().create_future()
    done.set_result(RecordMetadata("t", partition, TopicPartition("t", partition), offset, None, 0, 0))
    return done


def test_a_request_is_a_child_of_its_caller_and_names_no_path(exported: InMemorySpanExporter) -> None:
    request = tracing.request(GIVEN)
    assert request is not None
    request.answered("GET", "/v1/contacts/{contact_id}", 503)

    [span] = ended(exported)["GET /v1/contacts/{contact_id}"]
    assert (parent_of(span), f"{span.context.trace_id:032x}") == (SPAN, TRACE)
    assert request.traceparent == f"00-{TRACE}-{span.context.span_id:016x}-01"
    assert not span.status.is_ok
    assert dict(span.attributes or {}) == {
        "http.request.method": "GET",
        "http.route": "/v1/contacts/{contact_id}",
        "http.response.status_code": 503,
        "error.type": "503",
    }


async def test_what_is_sent_carries_the_span_of_its_sending_which_ends_with_the_acknowledgement(
    exported: InMemorySpanExporter,
) -> None:
    record, sending = tracing.sending("t", an_envelope().to_kafka())
    assert sending is not None
    assert not exported.get_finished_spans()
    tracing.sent([(5, sending)], acknowledged(3, 12))

    [span] = ended(exported)["send t"]
    assert parent_of(span) == SPAN
    assert dict(record.headers)["traceparent"] == f"00-{TRACE}-{span.context.span_id:016x}-01".encode()
    assert (span.attributes or {})["messaging.kafka.offset"] == 17
    assert (span.attributes or {})["messaging.destination.partition.id"] == "3"


async def test_the_span_of_what_kafka_did_not_take_says_so(exported: InMemorySpanExporter) -> None:
    _, sending = tracing.sending("t", an_envelope().to_kafka())
    assert sending is not None
    failed: asyncio.Future[RecordMetadata] = asyncio.get_running_loop().create_future()
    failed.set_exception(ConnectionError("Camille Exemple"))
    tracing.sent([(0, sending)], failed)

    [span] = ended(exported)["send t"]
    assert not span.status.is_ok
    assert (span.attributes or {})["error.type"] == "ConnectionError"


def test_a_record_without_a_trace_such_as_a_public_one_is_sent_as_it_is(exported: InMemorySpanExporter) -> None:
    wire = an_envelope(None).to_kafka()

    assert tracing.sending("t", wire) == (wire, None)
    assert not exported.get_finished_spans()


def test_a_batch_is_linked_to_its_messages_and_each_is_in_the_trace_of_its_cause(
    exported: InMemorySpanExporter,
) -> None:
    records = [a_record(), a_record(f"00-{'1' * 32}-{'2' * 16}-01"), a_record(None)]
    with tracing.batch("g", records):
        for record in records:
            with tracing.processing("g", record) as own:
                assert own is not None

    spans = ended(exported)
    [batch] = spans["process batch"]
    assert batch.parent is None
    assert [f"{link.context.span_id:016x}" for link in batch.links] == [SPAN, "2" * 16]
    assert [parent_of(span) for span in spans["process t"]] == [SPAN, "2" * 16, None]
    assert {link.context.span_id for span in spans["process t"] for link in span.links} == {batch.context.span_id}


def test_a_rolled_back_transaction_says_so_on_all_its_spans_and_quotes_no_error(
    exported: InMemorySpanExporter,
) -> None:
    def spoil() -> None:
        with tracing.batch("g", [a_record(), a_record()]):
            with tracing.processing("g", a_record()):
                pass
            with tracing.processing("g", a_record()):
                raise ValueError("Camille Exemple")

    with pytest.raises(ValueError, match="Camille"):
        spoil()

    spans = exported.get_finished_spans()
    assert len(spans) == 3
    assert not any(span.status.is_ok or span.events or span.status.description for span in spans)
    assert {(span.attributes or {})["error.type"] for span in spans} == {"ValueError"}
    rolled_back = [span for span in spans if (span.attributes or {}).get("qmi.rolled_back")]
    assert [span.name for span in rolled_back] == ["process t"]


def test_a_trace_that_is_not_sampled_goes_on_unrecorded_under_its_name() -> None:
    tracing.use(Spans(TracerProvider(sampler=ALWAYS_OFF, shutdown_on_exit=False)))
    try:
        request = tracing.request(None)
        with tracing.firing("call.open") as own:
            pass
    finally:
        tracing.use(None)

    assert request is not None
    assert context_of(request.traceparent) is not None
    assert not any(int(each[-2:], 16) & TraceFlags.SAMPLED for each in (request.traceparent, own or "00-01"))


@pytest.mark.parametrize("on", [False, True])
def test_the_log_lines_of_a_handler_name_the_trace(on: bool, request: pytest.FixtureRequest) -> None:
    if on:
        request.getfixturevalue("exported")

    with tracing.processing("g", a_record()):
        inside = name_trace(None, "info", {"event": "said"})
    outside = name_trace(None, "info", {"event": "said"})

    assert inside == {"event": "said", "trace_id": TRACE}
    assert outside == {"event": "said"}


@pytest.mark.parametrize("text", ["", None, "00-zz", f"00-{'0' * 32}-{SPAN}-01", f"01-{TRACE}-{SPAN}-01"])
def test_what_is_no_context_is_none(text: str | None) -> None:
    assert context_of(text) is None


def test_where_tracing_is_off_everything_passes_unchanged() -> None:
    wire = an_envelope().to_kafka()

    sending = tracing.sending("t", wire)
    with tracing.batch("g", []), tracing.firing("k") as fired, tracing.processing("g", a_record()) as processed:
        pass

    assert sending == (wire, None)
    assert (tracing.request(GIVEN), fired, processed) == (None, None, GIVEN)
