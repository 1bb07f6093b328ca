"""Where spans go: an OTLP collector over HTTP, in batches, sampled where the trace begins."""

import platform

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

from shared.kit.settings import Settings
from shared.kit.telemetry import REVISION, VERSION

# A batch of records is one transaction: its span has a link to each.
_MOST_LINKS = 512
_WAITING = 16_384


def exporting(settings: Settings, process: str) -> TracerProvider:
    """A provider that sends to QMI_OTLP_ENDPOINT, in batches and from a thread of its own."""
    provider = TracerProvider(
        sampler=ParentBased(TraceIdRatioBased(settings.trace_ratio)),
        resource=resource(settings, process),
        span_limits=SpanLimits(max_links=_MOST_LINKS),
        shutdown_on_exit=False,
    )
    endpoint = f"{(settings.otlp_endpoint or '').rstrip('/')}/v1/traces"
    provider.add_span_processor(
        BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint, timeout=5), max_queue_size=_WAITING)
    )
    return provider


def resource(settings: Settings, process: str) -> Resource:
    """Who speaks: the same names as in the metrics."""
    return Resource.create(
        {
            "service.name": f"qmi-{settings.service}",
            "service.namespace": "qmi",
            "service.version": VERSION,
            "service.instance.id": f"{platform.node()}-{process}",
            "deployment.environment.name": settings.mode.value,
            "vcs.ref.head.revision": REVISION,
            "qmi.process": process,
        }
    )
