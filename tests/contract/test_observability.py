"""What Prometheus and Grafana are given names metrics that exist, and the runbook, the rules and `qmi status` agree."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy import metrics_page
from deploy.watching import thresholds
from shared.events.base import SERVICES
from shared.kit.telemetry import REGISTRY
from tests.contract import promql

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "observability"
GROUPS: list[dict[str, Any]] = yaml.safe_load((FOLDER / "rules.yml").read_text(encoding="utf-8"))["groups"]
RULES: list[dict[str, Any]] = [rule for group in GROUPS for rule in group["rules"]]
DASHBOARD: dict[str, Any] = json.loads((FOLDER / "dashboard.json").read_text(encoding="utf-8"))
PANELS: list[dict[str, Any]] = DASHBOARD["panels"]
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
TARGET = {"service", "process", "job", "instance"}
LIMITS = {
    "QmiOutboxOld": thresholds.OUTBOX_AGE,
    "QmiConsumerBehind": thresholds.LAG,
    "QmiParkedForLong": thresholds.PARKED_AGE,
    "QmiDeadLettered": thresholds.DEAD_WITHIN,
    "QmiDeadlineOverdue": thresholds.OVERDUE_AGE,
    "QmiDeadlineFails": thresholds.DEADLINE_FAILED_WITHIN,
    "QmiAuditBehind": thresholds.AUDIT_LAG,
    "QmiAnswersErrors": thresholds.ERROR_SHARE,
    "QmiAnswersSlowly": thresholds.SLOW_ANSWER,
    "QmiRelaySlow": thresholds.SLOW_RELAY,
}


def expressions() -> Iterator[tuple[str, str]]:
    """Every expression of the rules and of the dashboard, with where it is."""
    yield from ((rule["alert"], rule["expr"]) for rule in RULES)
    for panel in PANELS:
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"]


EXPRESSIONS = list(expressions())


@pytest.fixture(scope="module")
def known() -> dict[str, set[str]]:
    """The labels of every metric a process exposes, by the name of its samples."""
    found: dict[str, set[str]] = {"up": set()}
    for metric in metrics_page.metrics():
        names = [metric.name]
        if metric.kind == "histogram":
            names = [f"{metric.name}_sum", f"{metric.name}_count"]
            found[f"{metric.name}_bucket"] = {*metric.labels, "le"}
        found.update({name: set(metric.labels) for name in names})
    for family in REGISTRY.collect():
        if not family.name.startswith("qmi_"):
            found.update({sample.name: set(sample.labels) for sample in family.samples})
    return found


def test_an_expression_names_metrics_that_exist_by_labels_they_have(known: dict[str, set[str]]) -> None:
    for place, text in EXPRESSIONS:
        expression = promql.read(text)
        named = {selector.metric for selector in expression.selectors}
        assert named, place
        assert named <= known.keys(), place
        for selector in expression.selectors:
            assert selector.labels <= known[selector.metric] | TARGET, place
        assert expression.kept <= TARGET.union(*(known[name] for name in named)), place


def test_a_rate_is_that_of_a_counter_and_a_quantile_keeps_its_buckets() -> None:
    for place, text in EXPRESSIONS:
        expression = promql.read(text)
        for selector in expression.selectors:
            cumulative = selector.metric.endswith(("_total", "_bucket", "_sum", "_count"))
            assert cumulative or selector.function not in ("rate", "increase"), place
            assert not selector.metric.endswith("_bucket") or selector.function == "rate", place
        assert ("histogram_quantile" in text) == ("le" in expression.kept), place


def test_an_alert_tells_what_it_kept() -> None:
    for rule in RULES:
        said = set(re.findall(r"\$labels\.([a-z_]+)", rule["annotations"]["summary"]))
        assert said <= (promql.read(rule["expr"]).kept or TARGET)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_the_runbook_says_when_an_alert_fires_and_what_to_do(rule: dict[str, Any]) -> None:
    [row] = [line for line in RUNBOOK.splitlines() if line.startswith("|") and f"`{rule['alert']}`" in line]
    file, _, anchor = rule["annotations"]["runbook"].partition("#")
    headings = re.findall(r"^## (.+)$", RUNBOOK, re.MULTILINE)
    limit = promql.read(rule["expr"]).limit

    assert limit is not None
    assert not limit or f"{limit:g}" in re.findall(r"[0-9.]+", row)
    assert ("for" not in rule) or f"for {rule['for'].removesuffix('m')} min" in row
    assert file == "docs/runbook.md"
    assert anchor in {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_alerts_and_the_status_command_have_the_same_thresholds() -> None:
    limits = {rule["alert"]: promql.read(rule["expr"]).limit for rule in RULES}

    assert {alert: limits[alert] for alert in LIMITS} == LIMITS
    assert {alert for alert, limit in limits.items() if limit not in (0, 1)} <= LIMITS.keys()


def test_every_metric_is_on_the_dashboard() -> None:
    shown = {selector.metric for _, text in EXPRESSIONS for selector in promql.read(text).selectors}
    names = {re.sub(r"_bucket$", "", name) for name in shown}

    assert {metric.name for metric in metrics_page.metrics()} <= names


def test_the_dashboard_can_be_loaded() -> None:
    places = [panel["gridPos"] for panel in PANELS]
    cells = [(x, y) for p in places for x in range(p["x"], p["x"] + p["w"]) for y in range(p["y"], p["y"] + p["h"])]

    assert len({panel["id"] for panel in PANELS}) == len(PANELS)
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) < 24
    assert {variable["name"] for variable in DASHBOARD["templating"]["list"]} == {"datasource", "service"}


def test_every_process_is_scraped_under_its_name() -> None:
    scrape = yaml.safe_load((FOLDER / "prometheus.yml").read_text(encoding="utf-8"))
    [job] = scrape["scrape_configs"]
    containers = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
    wanted = {f"{service}-{kind}:8000": (service, kind) for service in SERVICES for kind in ("api", "worker")}

    assert job["job_name"] == "qmi"
    assert {each["targets"][0]: tuple(each["labels"].values()) for each in job["static_configs"]} == wanted
    assert {target.partition(":")[0] for target in wanted} <= containers.keys()
    assert all((FOLDER / file).exists() for file in scrape["rule_files"])


def test_the_collector_uses_what_it_declares() -> None:
    collector = yaml.safe_load((FOLDER / "otel-collector.yml").read_text(encoding="utf-8"))

    for pipeline in collector["service"]["pipelines"].values():
        for kind, used in pipeline.items():
            assert set(used) <= collector[kind].keys()
    assert set(collector["service"]["extensions"]) <= collector["extensions"].keys()


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool, of the package prometheus, is not installed")
@pytest.mark.parametrize("words", ["check config prometheus.yml", "test rules rules_test.yml"])
def test_prometheus_itself_takes_them_and_they_fire_when_they_should(words: str) -> None:
    done = subprocess.run(["promtool", *words.split()], cwd=FOLDER, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_page_of_metrics_is_what_the_code_says() -> None:
    assert metrics_page.DOCUMENT.read_text(encoding="utf-8") == metrics_page.document()


@pytest.mark.parametrize("text", ["qmi_x @", "sum by (service (qmi_x)", 'qmi_x{a="b} > 1'])
def test_what_is_not_promql_is_refused(text: str) -> None:
    with pytest.raises((promql.NotPromql, StopIteration)):
        promql.read(text)


def test_metrics_labels_functions_and_limits_are_told_apart() -> None:
    read = promql.read('sum by (le, a) (rate(qmi_x_bucket{b=~"c d",e!="f"}[5m])) / on (a) qmi_y unless qmi_z > 0.05')

    assert [(s.metric, s.labels, s.function) for s in read.selectors] == [
        ("qmi_x_bucket", {"b", "e"}, "rate"),
        ("qmi_y", set(), ""),
        ("qmi_z", set(), ""),
    ]
    assert (read.kept, read.limit) == ({"le", "a"}, 0.05)
