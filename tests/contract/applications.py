"""The four HTTP applications as their processes make them, without anything behind them."""

import os
from functools import cache
from importlib import import_module
from typing import Any
from unittest import mock

from fastapi import FastAPI

from shared.kit.access import Rules
from shared.kit.api.routes import StrictRoute

SERVICES = ("candidature", "selection", "experiments", "notifications")

_EVERYWHERE = {
    "QMI_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
    "QMI_KAFKA": "127.0.0.1:1",
    "QMI_LOG_LEVEL": "ERROR",
}
_MODES = {
    "sandbox": {"QMI_MODE": "sandbox", "QMI_ISSUER": "http://127.0.0.1:1/dev-issuer", "QMI_DOCUMENTS": "file:///tmp/"},
    "production": {
        "QMI_MODE": "production",
        "QMI_ISSUER": "https://issuer.example.org/qmi",
        "QMI_DOCUMENTS": "s3://documents",
        "QMI_SCANNER": "clamd://scanner.example.org:3310",
        "QMI_CURSOR_KEY": "a key that signs cursors and that nobody else knows",
    },
}


@cache
def application(service: str, mode: str = "sandbox") -> FastAPI:
    """The application of a service in a mode, `sandbox` or `production`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("QMI_")}
    with mock.patch.dict(os.environ, {**kept, **_EVERYWHERE, **_MODES[mode]}, clear=True):
        made: FastAPI = import_module(f"services.{service}.main").create_api()
    return made


def rules_of(service: str) -> Rules:
    """The access rules of a service, those of the sandbox left out."""
    rules: Rules = import_module(f"services.{service}.api.access").RULES
    return rules


def routes_of(service: str, mode: str = "production") -> dict[str, StrictRoute]:
    """`METHOD /path` -> route, for everything a service offers besides its probes and its documentation."""
    return {
        f"{method} {route.path_format}": route
        for route in application(service, mode).routes
        if isinstance(route, StrictRoute)
        for method in route.methods or ()
    }


def operations_of(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """`METHOD /path` -> operation, of an OpenAPI document."""
    return {
        f"{method.upper()} {path}": operation
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }
