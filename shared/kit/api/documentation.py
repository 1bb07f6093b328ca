"""A page of documentation that loads nothing from elsewhere; `/openapi.json` says it whole."""

from base64 import b64encode
from hashlib import sha256
from html import escape
from typing import Any

from fastapi import FastAPI, Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:#161616}"
    "table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.4rem .8rem;border-bottom:1px solid #ddd}"
    "code{background:#f3f3f3;padding:.1rem .3rem}"
)
_DIGEST = b64encode(sha256(_STYLE.encode()).digest()).decode()
_POLICY = f"default-src 'none'; style-src 'sha256-{_DIGEST}'; frame-ancestors 'none'"


def documentation_route(app: FastAPI) -> Route:
    """`/docs`: what the service offers, for people."""

    async def docs(request: Request) -> Response:
        return HTMLResponse(documentation_page(app.openapi()), headers={"Content-Security-Policy": _POLICY})

    return Route("/docs", docs, include_in_schema=False)


def documentation_page(schema: dict[str, Any]) -> str:
    """The operations of an OpenAPI document as an HTML page."""
    title, description = escape(schema["info"]["title"]), escape(schema["info"].get("description", ""))
    rows = "".join(
        _row(method, path, operation)
        for path, operations in schema["paths"].items()
        for method, operation in operations.items()
    )
    return (
        f'<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{title}</h1><p>{description}</p>"
        '<p>Description complète : <a href="/openapi.json">/openapi.json</a> (OpenAPI 3.1).</p>'
        f"<table><thead><tr><th>Méthode</th><th>Adresse</th><th>Effet</th></tr></thead><tbody>{rows}</tbody></table>"
        "</body></html>"
    )


def _row(method: str, path: str, operation: dict[str, Any]) -> str:
    effect = escape(operation.get("summary", ""))
    return f"<tr><td><code>{method.upper()}</code></td><td><code>{escape(path)}</code></td><td>{effect}</td></tr>"
