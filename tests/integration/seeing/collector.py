"""An OTLP collector: takes spans over HTTP as protobuf, and keeps them in the words of W3C."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


@dataclass(frozen=True)
class Seen:
    """A span as it was exported."""

    service: str
    name: str
    kind: int
    trace: str
    id: str
    parent: str
    links: tuple[str, ...]
    failed: bool
    attributes: dict[str, object] = field(compare=False)


class Collector:
    """Keeps what it is sent."""

    def __init__(self) -> None:
        self.spans: list[Seen] = []
        self.resources: list[dict[str, object]] = []
        self.app = Starlette(routes=[Route("/v1/traces", self._take, methods=["POST"])])

    async def _take(self, request: Request) -> Response:
        message = ExportTraceServiceRequest()
        message.ParseFromString(await request.body())
        self.spans.extend(self._read(message))
        return Response(media_type="application/x-protobuf")

    def _read(self, message: ExportTraceServiceRequest) -> Iterator[Seen]:
        for group in message.resource_spans:
            resource = {each.key: _value(each.value) for each in group.resource.attributes}
            self.resources.append(resource)
            for span in (span for scope in group.scope_spans for span in scope.spans):
                yield Seen(
                    service=str(resource["service.name"]),
                    name=span.name,
                    kind=span.kind,
                    trace=span.trace_id.hex(),
                    id=span.span_id.hex(),
                    parent=span.parent_span_id.hex(),
                    links=tuple(link.span_id.hex() for link in span.links),
                    failed=span.status.code == 2,
                    attributes={each.key: _value(each.value) for each in span.attributes},
                )

    def named(self, name: str, trace: str | None = None) -> list[Seen]:
        """The spans of this name, of one trace or of all."""
        return [span for span in self.spans if span.name == name and trace in (None, span.trace)]


def _value(value: AnyValue) -> object:
    return getattr(value, value.WhichOneof("value") or "string_value")
