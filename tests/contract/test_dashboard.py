"""The models that Grafana publishes know every key and value of the dashboard, and miss none."""

import copy
import functools
import json
from collections.abc import Iterator
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_type_hints

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.cog.runtime import UnknownDataquery, panelcfg_config
from grafana_foundation_sdk.models import units
from grafana_foundation_sdk.models.dashboard import Dashboard, FieldConfig, Panel
from pydantic import ConfigDict, TypeAdapter, ValidationError

FILE = Path(__file__).parents[2] / "deploy" / "observability" / "dashboard.json"
DASHBOARD: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
OF_THE_PANEL_TYPE = {(Panel, "options"), (FieldConfig, "custom")}
UNITS = {value for name, value in vars(units).items() if not name.startswith("_") and isinstance(value, str)}

register_default_plugins()


def is_model(thing: object) -> bool:
    return hasattr(thing, "to_json")


@functools.cache
def keys(kind: Any) -> dict[str, tuple[str, Any]]:
    """The attribute that a model writes under each of its keys, and its type."""
    found = {}
    for name, hint in get_type_hints(kind).items():
        model, mark = kind(), object()
        setattr(model, name, mark)
        [key] = [key for key, value in model.to_json().items() if value is mark]
        found[key] = (name, hint)
    return found


@functools.cache
def strict(hint: Any) -> TypeAdapter[Any]:
    return TypeAdapter(hint, config=ConfigDict(strict=True, arbitrary_types_allowed=True))


def faults(given: Any, read: Any, hint: Any, place: str) -> Iterator[str]:
    """Where something given is not what the model that read it says: by itself it takes nearly anything."""
    if is_model(read):
        yield from faults_of_a_model(given, read, place) if isinstance(given, dict) else [f"{place}: not an object"]
    elif isinstance(read, list) and isinstance(given, list) and any(map(is_model, read)):
        for number, (one, model) in enumerate(zip(given, read, strict=True)):
            yield from faults(one, model, type(model), f"{place}.{number}")
    else:
        try:
            strict(hint).validate_json(json.dumps(given))
        except ValidationError as error:
            yield f"{place}: {error.errors()[0]['msg']}"


def faults_of_a_model(given: dict[str, Any], read: Any, place: str) -> Iterator[str]:
    if isinstance(read, UnknownDataquery):
        yield f"{place}: no such data source"
        return
    if isinstance(read, Panel) and panelcfg_config(read.type_val) is None:
        yield f"{place}.type: no such panel"
    known = keys(read.__class__)
    yield from (f"{place}.{key}: no such key" for key in sorted(given.keys() - known.keys()))
    for key, (name, hint) in known.items():
        value = getattr(read, name)
        if key not in given:
            if NoneType not in get_args(hint):
                yield f"{place}.{key}: missing"
        elif (type(read), name) in OF_THE_PANEL_TYPE and not is_model(value):
            yield f"{place}.{key}: this panel has none"
        else:
            yield from faults(given[key], value, hint, f"{place}.{key}")


def without_additions(written: Any, given: Any) -> Any:
    """What was written, less the keys that were not given."""
    if isinstance(given, dict):
        return {key: without_additions(written[key], value) for key, value in given.items() if key in written}
    if isinstance(given, list):
        return [without_additions(one, other) for one, other in zip(written, given, strict=True)]
    return written


def test_grafana_knows_every_key_and_value_of_the_dashboard() -> None:
    assert not [*faults(DASHBOARD, Dashboard.from_json(DASHBOARD), Dashboard, "")]


def test_nothing_of_the_dashboard_is_lost_or_changed_when_it_is_read_and_written() -> None:
    written = json.loads(JSONEncoder().encode(Dashboard.from_json(DASHBOARD)))

    assert without_additions(written, DASHBOARD) == DASHBOARD


def test_grafana_knows_every_unit_of_the_dashboard() -> None:
    fields = [panel["fieldConfig"]["defaults"] for panel in DASHBOARD["panels"] if "fieldConfig" in panel]

    assert {field["unit"] for field in fields} <= UNITS


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (".titel", "QMI"),
        (".schemaVersion", "39"),
        (".panels", {}),
        (".panels.0.colapsed", False),
        (".panels.1.type", "stats"),
        (".panels.1.options.colourMode", "background"),
        (".panels.1.options.colorMode", "foreground"),
        (".panels.1.options.wideLayout", 1),
        (".panels.1.options.reduceOptions.calcs", "lastNotNull"),
        (".panels.1.fieldConfig.defaults.custom", {"drawStyle": "line"}),
        (".panels.6.gridPos", []),
        (".panels.6.gridPos.w", 7.5),
        (".panels.6.options.legend.placement", "left"),
        (".panels.6.fieldConfig.defaults.thresholds.steps.0.colour", "red"),
        (".panels.6.fieldConfig.defaults.custom.drawstyle", "line"),
        (".panels.6.fieldConfig.defaults.custom.fillOpacity", "10"),
        (".panels.6.targets.0.legend", "{{service}}"),
        (".panels.6.targets.0.expr", None),
        (".templating.list.1.type", "queries"),
        (".templating.list.1.refresh", 7),
        (".templating.list.1.current.text", 1),
    ],
)
def test_what_grafana_does_not_know_is_found_where_it_is(place: str, value: object) -> None:
    wrong = copy.deepcopy(DASHBOARD)
    *way, last = place.removeprefix(".").split(".")
    changed: Any = wrong
    for step in way:
        changed = changed[int(step) if step.isdigit() else step]
    changed[last] = value

    found = [*faults(wrong, Dashboard.from_json(wrong), Dashboard, "")]

    assert place in {fault.partition(":")[0] for fault in found}


def test_what_grafana_asks_for_is_missed() -> None:
    wrong = copy.deepcopy(DASHBOARD)
    del wrong["panels"][1]["options"]["textMode"], wrong["panels"][6]["targets"][0]["expr"]
    wrong["panels"][7]["datasource"]["type"] = "promotheus"

    assert [*faults(wrong, Dashboard.from_json(wrong), Dashboard, "")] == [
        ".panels.1.options.textMode: missing",
        ".panels.6.targets.0.expr: missing",
        ".panels.7.targets.0: no such data source",
    ]
