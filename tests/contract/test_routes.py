"""Every route of the four services: ruled, repeatable where it creates, guarded where it overwrites, honest."""

import re

import pytest

from shared.kit.api import routes_without_rule
from shared.kit.api.deps import expected_version
from shared.kit.api.idempotency import only_once
from shared.kit.api.routes import StrictRoute, calls_of
from tests.contract.applications import SERVICES, application, operations_of, routes_of, rules_of

# What may be written without saying which version was read, and why nothing is lost by it.
WRITTEN_WHOLE = {
    "candidature": {
        "PUT /v1/contacts/{contact_id}": "If-Match is asked for once the contact exists; a new one has no version",
    },
    "selection": {
        "PUT /v1/commune-rounds/{round_id}/panel/{member_id}": "a seat, whole; the last word of the programme stands",
        "PUT /v1/commune-rounds/{round_id}/candidatures/{candidature_id}/declaration": "one's own word, whole",
        "PUT /v1/commune-rounds/{round_id}/candidatures/{candidature_id}/review": "one's own; every version is kept",
        "PUT /v1/project-rounds/{round_id}/panel/{member_id}": "a seat, whole; the last word of the programme stands",
        "PUT /v1/project-rounds/{round_id}/proposals/{proposal_id}/declaration": "one's own word, whole",
        "PUT /v1/project-rounds/{round_id}/proposals/{proposal_id}/score": "one's own; every version is kept",
        "PUT /v1/project-rounds/{round_id}/proposals/{proposal_id}/interest": "one's own word, whole",
    },
}
ALWAYS_POSSIBLE = {"400", "401", "403", "406", "414", "422", "431", "500", "503"}
SEGMENT = re.compile(r"[a-z]+(-[a-z]+)*|\{[a-z]+(_[a-z]+)*\}")


def depends_on(route: StrictRoute, dependency: object) -> bool:
    """Whether a route asks for this, however deep."""
    return dependency in set(calls_of(route.dependant))


@pytest.mark.parametrize("service", SERVICES)
def test_every_route_has_a_rule_that_exists(service: str) -> None:
    assert routes_without_rule(application(service, "production")) == []
    actions = {name: route.requirement and route.requirement.action for name, route in routes_of(service).items()}
    assert {name: action for name, action in actions.items() if action not in rules_of(service)} == {}


@pytest.mark.parametrize("service", SERVICES)
def test_no_rule_is_without_a_route(service: str) -> None:
    used = {route.requirement.action for route in routes_of(service).values() if route.requirement}

    assert set(rules_of(service)) - used == set()


@pytest.mark.parametrize("service", SERVICES)
def test_every_rule_grants_something_to_somebody(service: str) -> None:
    rules = {action: rule if isinstance(rule, tuple) else (rule,) for action, rule in rules_of(service).items()}

    assert [action for action, granted in rules.items() if not granted or not all(rule.roles for rule in granted)] == []


@pytest.mark.parametrize("service", SERVICES)
def test_what_creates_takes_an_idempotency_key(service: str) -> None:
    creating = {name for name, route in routes_of(service).items() if route.status_code == 201}
    once = {name for name, route in routes_of(service).items() if depends_on(route, only_once)}

    assert creating == once
    assert all(name.startswith("POST ") for name in creating)


@pytest.mark.parametrize("service", SERVICES)
def test_what_overwrites_says_which_version_was_read(service: str) -> None:
    writing = {name: route for name, route in routes_of(service).items() if name.startswith(("PUT ", "PATCH "))}
    unguarded = {name for name, route in writing.items() if not depends_on(route, expected_version)}

    assert unguarded == set(WRITTEN_WHOLE.get(service, {}))
    assert not any(name.startswith("PATCH ") for name in unguarded)


@pytest.mark.parametrize("service", SERVICES)
def test_every_route_documents_how_it_refuses(service: str) -> None:
    routes, operations = routes_of(service), operations_of(application(service, "production").openapi())
    missing = {name: expected_of(route) - set(operations[name]["responses"]) for name, route in routes.items()}

    assert {name: statuses for name, statuses in missing.items() if statuses} == {}


def expected_of(route: StrictRoute) -> set[str]:
    """The problems that follow from what a route asks for."""
    expected = set(ALWAYS_POSSIBLE)
    if any(parameter.field_info.annotation is not int for parameter in route.dependant.path_params):
        expected.add("404")
    if route.body_field or route.uploads:
        expected |= {"408", "413", "415"}
    if depends_on(route, only_once):
        expected.add("409")
    if depends_on(route, expected_version):
        expected |= {"412", "428"}
    return expected


@pytest.mark.parametrize("service", SERVICES)
def test_every_error_is_a_problem(service: str) -> None:
    operations = operations_of(application(service).openapi())
    answers = {
        f"{name} {status}": list(response.get("content", {}))
        for name, operation in operations.items()
        for status, response in operation["responses"].items()
        if status.startswith(("4", "5"))
    }

    assert {name: types for name, types in answers.items() if types != ["application/problem+json"]} == {}


@pytest.mark.parametrize("service", SERVICES)
def test_everything_is_under_a_version_and_named_alike(service: str) -> None:
    paths = {route.path_format for route in routes_of(service).values()}

    assert [path for path in paths if not path.startswith("/v1/")] == []
    assert [path for path in paths if not all(map(SEGMENT.fullmatch, path.removeprefix("/v1/").split("/")))] == []


@pytest.mark.parametrize("service", SERVICES)
def test_the_clock_moves_in_the_sandbox_only(service: str) -> None:
    assert set(routes_of(service, "sandbox")) - set(routes_of(service)) == {"GET /sandbox/clock", "POST /sandbox/clock"}


@pytest.mark.parametrize("service", SERVICES)
def test_besides_its_routes_a_service_offers_its_probes_and_its_documentation(service: str) -> None:
    ruled = {route.path_format for route in routes_of(service).values()}
    others = {getattr(route, "path", str(route)) for route in application(service, "production").routes} - ruled

    assert others == {"/livez", "/readyz", "/metrics", "/docs", "/openapi.json"}


@pytest.mark.parametrize("service", SERVICES)
def test_a_header_is_documented_as_required_when_a_request_without_it_is_refused(service: str) -> None:
    operations = operations_of(application(service, "production").openapi())
    needed = {"If-Match": expected_version, "Idempotency-Key": only_once}

    for header, dependency in needed.items():
        documented = {
            name
            for name, operation in operations.items()
            for parameter in operation.get("parameters", [])
            if parameter["name"] == header and parameter.get("required")
        }
        assert documented == {name for name, route in routes_of(service).items() if depends_on(route, dependency)}
