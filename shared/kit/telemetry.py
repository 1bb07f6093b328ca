"""The metrics of the platform, defined once for both sides, and their exposition."""

import math
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

disable_created_metrics()  # type: ignore[no-untyped-call]
REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)

# What was built, as the image says.
VERSION = os.environ.get("QMI_VERSION") or "development"
REVISION = os.environ.get("QMI_REVISION") or "unknown"

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_LATENESS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 3_600, 86_400)


@dataclass(frozen=True)
class Metric:
    """A metric as the documents and the alert rules know it: `name` is that of its samples, without `_bucket`."""

    name: str
    kind: str
    description: str
    labels: tuple[str, ...]


# Every metric of this process, in the order of definition.
METRICS: list[Metric] = []


def counter(name: str, description: str, *labels: str) -> Counter:
    """A counter of this platform, `qmi_<name>_total`; labels must have few values, never an identifier."""
    METRICS.append(Metric(f"qmi_{name}_total", "counter", description, labels))
    return Counter(f"qmi_{name}", description, labels, registry=REGISTRY)


def gauge(name: str, description: str, *labels: str) -> Gauge:
    """A gauge of this platform, `qmi_<name>`; without labels it is NaN until it is known."""
    METRICS.append(Metric(f"qmi_{name}", "gauge", description, labels))
    made = Gauge(f"qmi_{name}", description, labels, registry=REGISTRY)
    if not labels:
        made.set(math.nan)
    return made


def histogram(name: str, description: str, *labels: str, buckets: Sequence[float] = _SECONDS) -> Histogram:
    """A histogram of seconds of this platform, `qmi_<name>_seconds`."""
    METRICS.append(Metric(f"qmi_{name}_seconds", "histogram", description, labels))
    return Histogram(f"qmi_{name}", description, labels, unit="seconds", buckets=buckets, registry=REGISTRY)


HTTP_REQUESTS = counter("http_requests", "Requests answered.", "route", "method", "status")
HTTP_SECONDS = histogram("http_request", "Time to answer.", "route", "method")
HTTP_RETRIES = counter("http_request_retries", "Requests run again after a collision of transactions.", "route")

OUTBOX_PENDING = gauge("outbox_pending", "Messages committed and not yet acknowledged by the broker.")
OUTBOX_AGE = gauge("outbox_oldest_seconds", "Age of the oldest message not yet acknowledged.")
RELAYED = counter("relayed", "Outbox rows acknowledged by the broker.")
RELAY_REFUSED = counter("relay_refused", "Outbox rows the broker will not take as they are: their key is stopped.")
RELAY_INTERRUPTIONS = counter("relay_interruptions", "Times the relay lost the database or the broker.")
RELAY_LATENCY = histogram("relay_latency", "From insert to acknowledgement, of the oldest of what was sent together.")

MESSAGES = counter("messages", "Messages by what became of them.", "group", "topic", "outcome")
DEAD_LETTERED = counter("dead_lettered_messages", "Messages that can never be handled.", "group", "topic", "reason")
HANDLING_SECONDS = histogram("message_handling", "Time to handle a message.", "group", "topic")
PARKED = gauge("parked_messages", "Messages set aside, waiting for a retry or behind one that does.", "group")
PARKED_AGE = gauge("parked_oldest_seconds", "Age of the oldest of these.", "group")
CONSUMER_PAUSES = counter("consumer_pauses", "Pauses because something we depend on was down.", "group")
CONSUMER_LAG = gauge("consumer_lag", "Records not yet taken.", "group", "topic", "partition")
DEADLINES = counter("deadlines", "Deadlines that came due, by what became of them.", "kind", "outcome")
DEADLINE_LATENESS = histogram("deadline_lateness", "How late deadlines fired.", "kind", buckets=_LATENESS)
DEADLINES_OVERDUE = gauge("deadlines_overdue", "Deadlines past their time and not fired.", "kind")
DEADLINES_OVERDUE_AGE = gauge("deadlines_overdue_oldest_seconds", "Lateness of the latest of these.", "kind")

POOL_CONNECTIONS = gauge("pool_connections", "Connections to the database, by what they do: busy or idle.", "state")
POOL_LIMIT = gauge("pool_connections_limit", "The most connections this process may hold.")
POOL_WAIT = histogram("pool_wait", "Time to get a connection to the database.")
POOL_EXHAUSTED = counter("pool_exhausted", "Times no connection was free within the patience.")

ERRORS = counter("logged_errors", "Errors in the log, by event; those of a library by its name.", "event")
LAST_ERROR = gauge("last_error_timestamp_seconds", "When the last of these errors was logged.", "event")
BUILD = gauge("build_info", "What runs: always 1.", "version", "revision", "python")
BUILD.labels(VERSION, REVISION, platform.python_version()).set(1)

AUDIT_UNSEALED = gauge("audit_unsealed", "Events committed and not yet in the audit chain.")
AUDIT_LAG = gauge("audit_lag_seconds", "Age of the oldest event not yet in the audit chain.")
AUDIT_SEALED = counter("audit_sealed", "Events put into the audit chain.")
AUDIT_BROKEN = gauge("audit_broken", "1 when the log or its audit chain is not what it was: run `qmi audit verify`.")


def exposition() -> tuple[bytes, str]:
    """The metrics as Prometheus reads them, and their content type."""
    return generate_latest(REGISTRY), CONTENT_TYPE_LATEST
