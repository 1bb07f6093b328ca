"""The OpenAPI document, completed with what every route of the kit answers: a client can be generated from it."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from shared.kit.api.deps import expected_version
from shared.kit.api.idempotency import only_once
from shared.kit.api.problems import CATALOGUE, PROBLEM_JSON, Problem
from shared.kit.api.routes import StrictRoute, calls_of
from shared.kit.file_types import ALLOWED

_REF = {"$ref": "#/components/schemas/Problem"}
# What requires the header, and what it must look like; a route may also read it without requiring it.
_HEADERS: dict[str, tuple[Any, dict[str, Any]]] = {
    "If-Match": (expected_version, {"type": "string", "pattern": '^"[0-9]{1,9}"$', "examples": ['"3"']}),
    "Idempotency-Key": (
        only_once,
        {"type": "string", "pattern": "^[!-~]{1,255}$", "examples": ["0198a8a0-5b1c-7c3e-9f0a-2f6c1d2e3f40"]},
    ),
}
_DONE = {"200": "Réponse.", "201": "Créé.", "202": "Accepté.", "204": "Fait."}


def complete_openapi(app: FastAPI) -> dict[str, Any]:
    """The document of this application, made once."""
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes, tags=app.openapi_tags
        )
        components = schema.setdefault("components", {})
        _declare_problem(components.setdefault("schemas", {}))
        components["securitySchemes"] = {
            "jeton": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "Jeton d'accès OIDC."}
        }
        for route in app.routes:
            if isinstance(route, StrictRoute) and route.include_in_schema:
                for method in route.methods or ():
                    _complete(schema["paths"][route.path_format][method.lower()], route)
        app.openapi_schema = schema
    return app.openapi_schema


def _declare_problem(schemas: dict[str, Any]) -> None:
    model = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(model.pop("$defs", {}))
    schemas["Problem"] = model
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)


def _complete(operation: dict[str, Any], route: StrictRoute) -> None:
    calls = set(calls_of(route.dependant))
    operation["security"] = [{"jeton": []}]
    _tell_in_french(operation)
    for parameter in operation.get("parameters", []):
        if parameter["name"] in _HEADERS:
            asked_by, schema = _HEADERS[parameter["name"]]
            parameter.update(required=asked_by in calls, schema=schema)
    if route.uploads:
        binary = {"schema": {"type": "string", "format": "binary"}}
        operation["requestBody"] = {"required": True, "content": dict.fromkeys(ALLOWED, binary)}
    responses = operation["responses"]
    for status in sorted(_statuses(route)):
        responses[str(status)] = _problem(status, responses.get(str(status), {}))
    for status, response in responses.items():
        if status.startswith(("4", "5")):
            responses[status] = _problem(int(status), response)
        if status == "201" and only_once in calls:
            response.setdefault("headers", {}).update(_CREATION_HEADERS)


def _tell_in_french(operation: dict[str, Any]) -> None:
    """The first line of the docstring is the summary; what follows it, if anything, the description."""
    summary, _, rest = operation.get("description", "").partition("\n")
    if summary:
        operation["summary"] = summary.rstrip(".")
    operation.pop("description", None)
    if rest.strip():
        operation["description"] = rest.strip()
    for status, response in operation["responses"].items():
        if response.get("description") == "Successful Response":
            response["description"] = _DONE.get(status, "Fait.")


def _statuses(route: StrictRoute) -> set[int]:
    calls = set(calls_of(route.dependant))
    statuses = {400, 401, 403, 406, 414, 422, 431, 500, 503}
    if route.path_format.count("{"):
        statuses.add(404)
    if route.body_field or route.uploads:
        statuses |= {408, 413, 415}
    if only_once in calls:
        statuses.add(409)
    if expected_version in calls:
        statuses |= {412, 428}
    return statuses


def _problem(status: int, response: dict[str, Any]) -> dict[str, Any]:
    titles = [title for known, title in CATALOGUE.values() if known == status]
    slugs = [slug for slug, (known, _) in CATALOGUE.items() if known == status]
    example = {
        "type": f"urn:qmi:problem:{slugs[0] if slugs else 'conflict'}",
        "title": titles[0] if titles else "Demande refusée",
        "status": status,
        "detail": f"{titles[0] if titles else 'Demande refusée'}.",
        "instance": "/v1/…",
        "errors": [],
        "request_id": "0198a8a0-5b1c-7c3e-9f0a-2f6c1d2e3f41",
    }
    return {
        **{name: value for name, value in response.items() if name == "headers"},
        "description": " · ".join(titles) or "Demande refusée",
        "content": {PROBLEM_JSON: {"schema": _REF, "example": example}},
    }


_CREATION_HEADERS = {
    "Location": {"description": "Adresse de ce qui a été créé.", "schema": {"type": "string"}},
    "Idempotency-Replayed": {
        "description": "`true` quand la réponse est celle d'une requête antérieure identique.",
        "schema": {"type": "string"},
    },
}
