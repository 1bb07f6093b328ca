"""docs/metrics.md, from the metrics the processes define; `python -m deploy.metrics_page [--check]`."""

import importlib
import sys
from pathlib import Path

from deploy.stack.layout import SERVICES
from shared.kit.telemetry import METRICS, Metric

DOCUMENT = Path(__file__).parents[1] / "docs" / "metrics.md"

_HEAD = """# Metrics

Every process answers `GET /metrics` in Prometheus' format. Names, kinds and labels are those the code defines; written
by `make docs`, do not edit. Counters begin at 0 with the process. A gauge without value (`NaN`, or no sample) is not
known: the database does not answer, or the process does not measure it. What waits in the database is measured every
five seconds by both processes of a service: take `max by (service)`. A histogram has `_bucket` (with `le`), `_sum` and
`_count`.

Labels have few values and never name a person, an organisation or an identifier. Prometheus adds `service` and
`process` (`deploy/observability/prometheus.yml`). Alerts: `deploy/observability/rules.yml`; what to do about them: the
runbook.

| metric | kind | labels | means |
|---|---|---|---|
"""
_TAIL = """
Beside these: `process_*` and `python_info`, those of the Prometheus client.
"""


def metrics() -> list[Metric]:
    """Every metric of the four services."""
    for service in SERVICES:
        importlib.import_module(f"services.{service}.main")
    return sorted(METRICS, key=lambda metric: metric.name)


def document() -> str:
    """The whole page."""
    return _HEAD + "\n".join(_row(metric) for metric in metrics()) + "\n" + _TAIL


def _row(metric: Metric) -> str:
    labels = ", ".join(f"`{label}`" for label in metric.labels)
    return f"| `{metric.name}` | {metric.kind} | {labels} | {metric.description} |"


def main(arguments: list[str]) -> int:
    """Write the page, or with `--check` say whether it is up to date (exit code 1 when not)."""
    text = document()
    if "--check" not in arguments:
        DOCUMENT.write_text(text, encoding="utf-8")
        return 0
    if DOCUMENT.exists() and DOCUMENT.read_text(encoding="utf-8") == text:
        return 0
    sys.stderr.write("docs/metrics.md is not what the code says: run `make docs`\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
