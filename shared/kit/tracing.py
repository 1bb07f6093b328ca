"""One trace from the request through outbox, topic and inbox to the effect; where it is off, none of it is loaded."""

import asyncio
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING

from aiokafka.structs import RecordMetadata

from shared.events.envelope import WireRecord
from shared.kit.logging import working_under
from shared.kit.record import Record
from shared.kit.settings import Settings

if TYPE_CHECKING:
    from shared.kit.spans import Request, Sending, Spans

_spans: "Spans | None" = None


def configure_tracing(settings: Settings, process: str) -> None:
    """Trace this process (`api` or `worker`) if QMI_OTLP_ENDPOINT is set; like the logs, once and for the process."""
    if settings.otlp_endpoint is None:
        use(None)
    else:
        from shared.kit.otlp import exporting
        from shared.kit.spans import Spans

        use(Spans(exporting(settings, process)))


def use(spans: "Spans | None") -> None:
    """Record spans with these, or none at all."""
    global _spans
    _spans = spans


async def stop_tracing() -> None:
    """Send what is left to the collector, five seconds at most; a collector that is away holds nobody up."""
    spans, patience = _spans, 5.0
    use(None)
    if spans is not None:
        await asyncio.wait({asyncio.create_task(asyncio.to_thread(spans.stop))}, timeout=patience)


def request(given: str | None) -> "Request | None":
    """Begin the span of a request, as a child of the caller's valid `traceparent`; None when tracing is off."""
    return None if _spans is None else _spans.request(given)


def sending(topic: str, record: WireRecord) -> "tuple[WireRecord, Sending | None]":
    """Before a record is sent: one that carries a trace gets a span, and carries that on."""
    return (record, None) if _spans is None else _spans.sending(topic, record)


def sent(sendings: "Sequence[tuple[int, Sending]]", done: "asyncio.Future[RecordMetadata]") -> None:
    """Once Kafka has answered for a batch: end the spans of its records, each given with its place in the batch."""
    for place, one in sendings:
        one.acknowledged(place, done)


def batch(group: str, records: Collection[Record]) -> AbstractContextManager[None]:
    """Around the one transaction of these records: its spans end with it, and say so if it is rolled back."""
    return nullcontext() if _spans is None else _spans.batch(group, records)


@contextmanager
def processing(group: str, record: Record) -> Iterator[str | None]:
    """Around the handler of a record: gives the `traceparent` of what it does, and the trace to its log lines."""
    traceparent = record.envelope.traceparent
    if _spans is None:
        token = working_under.set(traceparent)
        try:
            yield traceparent
        finally:
            working_under.reset(token)
    else:
        with _spans.processing(group, record) as own, _logged(own):
            yield own


@contextmanager
def firing(kind: str) -> Iterator[str | None]:
    """Around a deadline, which begins a trace of its own: gives its `traceparent`."""
    if _spans is None:
        yield None
    else:
        with _spans.firing(kind) as own, _logged(own):
            yield own


@contextmanager
def mailing(traceparent: str | None, host: str, port: int) -> Iterator[str | None]:
    """Around the handing over of a mail: gives the `traceparent` of what comes of it."""
    if _spans is None:
        with _logged(traceparent):
            yield traceparent
    else:
        with _spans.mailing(traceparent, host, port) as own, _logged(own):
            yield own


@contextmanager
def _logged(traceparent: str | None) -> Iterator[None]:
    token = working_under.set(traceparent)
    try:
        yield
    finally:
        working_under.reset(token)
