"""The spans of this platform, by OpenTelemetry and its conventions; loaded only where tracing is on.

No attribute names a person: no path, query, key, address or text of an error, only what has few values or is opaque.
"""

import asyncio
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace

from aiokafka.structs import RecordMetadata
from opentelemetry.context import Context
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import Link, NonRecordingSpan, Span, SpanKind, Status, StatusCode, set_span_in_context

from shared.events.envelope import BadEnvelope, WireRecord
from shared.kit.record import Record
from shared.kit.span_attributes import Attributes, of_message, of_position
from shared.kit.span_contexts import context_of, end, traceparent_of


@dataclass(frozen=True)
class Request:
    """The span of one request."""

    span: Span

    @property
    def traceparent(self) -> str:
        """What this request causes is a child of this."""
        return traceparent_of(self.span)

    def answered(self, method: str, route: str, status: int | None) -> None:
        """End it; a status of ours (5xx), or none at all, is an error."""
        code = status or 500
        self.span.update_name(f"{method} {route}")
        self.span.set_attributes(
            {"http.request.method": method, "http.route": route, "http.response.status_code": code}
        )
        if code >= 500:
            self.span.set_attribute("error.type", str(code))
            self.span.set_status(Status(StatusCode.ERROR))
        self.span.end()


@dataclass(frozen=True)
class Sending:
    """The span of a record on its way to Kafka."""

    span: Span

    def acknowledged(self, place: int, done: "asyncio.Future[RecordMetadata]") -> None:
        """End it with what Kafka said of its batch, in which it has this place."""
        failure = asyncio.CancelledError() if done.cancelled() else done.exception()
        if failure is None:
            batch = done.result()
            self.span.set_attribute("messaging.destination.partition.id", str(batch.partition))
            self.span.set_attribute("messaging.kafka.offset", batch.offset + place)
        end(self.span, failure)


@dataclass
class _Transaction:
    """What was handled in one transaction: how it ended is known at its end."""

    batch: Span | None
    spans: list[Span] = field(default_factory=list)


_transaction: ContextVar[_Transaction | None] = ContextVar("transaction", default=None)


class Spans:
    """Begins and ends the spans of one process."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("qmi")

    def stop(self) -> None:
        """Send what is left; blocks."""
        self._provider.shutdown()

    def request(self, given: str | None) -> Request:
        """The span of a request: a child of the caller's, or the beginning of a trace."""
        return Request(self._begin("request", SpanKind.SERVER, given, {}))

    def sending(self, topic: str, record: WireRecord) -> "tuple[WireRecord, Sending | None]":
        """Begin the span of a record that carries a trace; it ends with the acknowledgement."""
        headers = {name: value.decode() for name, value in record.headers}
        if "traceparent" not in headers:
            return record, None
        about = of_message("send", topic, headers["ce_id"], headers["ce_type"])
        span = self._begin(f"send {topic}", SpanKind.PRODUCER, headers["traceparent"], about)
        return _carrying(record, traceparent_of(span)), Sending(span)

    @contextmanager
    def batch(self, group: str, records: Collection[Record]) -> Iterator[None]:
        """The span of a transaction of several records, linked to each; the spans in it end with it."""
        transaction = _Transaction(self._batch_span(group, records) if len(records) > 1 else None)
        token = _transaction.set(transaction)
        failure: BaseException | None = None
        try:
            yield
        except BaseException as error:
            failure = error
            raise
        finally:
            _transaction.reset(token)
            for span in transaction.spans:
                if failure is not None:
                    span.set_attribute("qmi.rolled_back", True)
                end(span, failure)
            end(transaction.batch, failure)

    @contextmanager
    def processing(self, group: str, record: Record) -> Iterator[str]:
        """The span of a message, a child of the one that sent it."""
        message, transaction = record.envelope, _transaction.get()
        about = {**of_message("process", record.topic, str(message.id), message.type), **of_position(group, record)}
        links = [Link(transaction.batch.get_span_context())] if transaction and transaction.batch else []
        span = self._begin(f"process {record.topic}", SpanKind.CONSUMER, message.traceparent, about, links)
        try:
            yield traceparent_of(span)
        except BaseException as error:
            end(span, error)
            raise
        if transaction is None:
            span.end()
        else:
            transaction.spans.append(span)

    @contextmanager
    def firing(self, kind: str) -> Iterator[str]:
        """The span of a deadline: nothing outside caused it."""
        with self._while(self._begin(f"fire {kind}", SpanKind.INTERNAL, None, {"qmi.deadline.kind": kind})) as own:
            yield own

    @contextmanager
    def mailing(self, traceparent: str | None, host: str, port: int) -> Iterator[str]:
        """The span of a mail on its way to the server."""
        about: Attributes = {"server.address": host, "server.port": port, "network.protocol.name": "smtp"}
        with self._while(self._begin("send mail", SpanKind.CLIENT, traceparent, about)) as own:
            yield own

    @contextmanager
    def _while(self, span: Span) -> Iterator[str]:
        try:
            yield traceparent_of(span)
        except BaseException as error:
            end(span, error)
            raise
        span.end()

    def _begin(
        self, name: str, kind: SpanKind, parent: str | None, attributes: Attributes, links: Collection[Link] = ()
    ) -> Span:
        # An explicit context, even if empty: nothing is ever taken from where the code happens to run.
        context, above = Context(), context_of(parent)
        if above is not None:
            context = set_span_in_context(NonRecordingSpan(above), context)
        return self._tracer.start_span(name, context, kind, attributes, list(links))

    def _batch_span(self, group: str, records: Collection[Record]) -> Span:
        contents = (record.content for record in records)
        contexts = (context_of(each.traceparent) for each in contents if not isinstance(each, BadEnvelope))
        about: Attributes = {
            "messaging.system": "kafka",
            "messaging.operation.name": "process",
            "messaging.operation.type": "process",
            "messaging.consumer.group.name": group,
            "messaging.batch.message_count": len(records),
        }
        links = [Link(context) for context in contexts if context is not None]
        return self._begin("process batch", SpanKind.CONSUMER, None, about, links)


def _carrying(record: WireRecord, traceparent: str) -> WireRecord:
    headers = tuple((n, traceparent.encode() if n == "traceparent" else value) for n, value in record.headers)
    return replace(record, headers=headers)
