"""Around every request: its identity, its bounds, its log line, its headers, and the last word on errors."""

import re
import time
from urllib.parse import unquote_to_bytes

import structlog
from fastapi import Response
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Send
from starlette.types import Scope as AsgiScope

from shared.kit.api.context import OPERATIONAL, Call, begin_call, route_template
from shared.kit.api.errors import refusal_of
from shared.kit.api.problems import ProblemError, problem_response
from shared.kit.telemetry import HTTP_REQUESTS, HTTP_SECONDS

log = structlog.get_logger(__name__)

LONGEST_URI = 8 * 1024
LARGEST_HEADERS = 16 * 1024
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f]")
SECURITY_HEADERS = {
    b"x-content-type-options": b"nosniff",
    b"cache-control": b"no-store",
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-resource-policy": b"same-origin",
    b"strict-transport-security": b"max-age=31536000; includeSubDomains",
}


class Envelope:
    """The outermost middleware; every exception ends here as a problem, if nothing was answered yet."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        call = begin_call(scope, Headers(scope=scope).getlist("traceparent"))
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=str(call.request_id), trace_id=call.traceparent[3:35])
        await _Exchange(scope, send, call).run(self._app, receive)


class _Exchange:
    """One request and its answer."""

    def __init__(self, scope: AsgiScope, send: Send, call: Call) -> None:
        self._scope = scope
        self._send = send
        self._call = call
        self._status: int | None = None
        self._began = time.perf_counter()

    async def run(self, app: ASGIApp, receive: Receive) -> None:
        """Let the application answer, answer in its place when it fails, and keep account."""
        try:
            refuse_excess(self._scope)
            await app(self._scope, receive, self.send)
        except Exception as error:
            if self._status is not None:
                log.exception("answer_interrupted")
                raise
            await problem_of(error, self._scope, self._call)(self._scope, receive, self.send)
        finally:
            self._account()

    async def send(self, message: Message) -> None:
        """Add the headers every answer has."""
        if message["type"] == "http.response.start":
            self._status = message["status"]
            given = message["headers"]
            missing = SECURITY_HEADERS.keys() - {name for name, _ in given}
            own = (b"x-request-id", str(self._call.request_id).encode())
            message["headers"] = [*given, *((name, SECURITY_HEADERS[name]) for name in missing), own]
        await self._send(message)

    def _account(self) -> None:
        seconds = time.perf_counter() - self._began
        route, method = route_template(self._scope), self._scope["method"]
        known = method if method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} else "other"
        HTTP_REQUESTS.labels(route, known, str(self._status)).inc()
        HTTP_SECONDS.labels(route, known).observe(seconds)
        if self._call.span is not None:
            self._call.span.answered(known, route, self._status)
        if self._scope["path"] not in OPERATIONAL:
            who = self._call.principal.subject if self._call.principal else None
            log.info("request", route=route, method=known, status=self._status, ms=round(seconds * 1000, 1), actor=who)


def problem_of(error: Exception, scope: AsgiScope, call: Call) -> Response:
    """The problem response that tells the caller about `error`."""
    refusal = refusal_of(error, scope["method"])
    instance = _UNPRINTABLE.sub("", scope["path"])[:500].encode("utf-8", "replace").decode()
    return problem_response(refusal, instance=instance, request_id=str(call.request_id))


def refuse_excess(scope: AsgiScope) -> None:
    """414, 431, or 400 for a target that cannot be read as text (bad-input 11, and 9 in an address)."""
    target = scope.get("raw_path") or scope["path"].encode("utf-8", "surrogatepass")
    if len(target) + 1 + len(scope["query_string"]) > LONGEST_URI:
        raise ProblemError("uri-too-long", headers={"Connection": "close"})
    if sum([len(name) + len(value) + 4 for name, value in scope["headers"]]) > LARGEST_HEADERS:
        raise ProblemError("headers-too-large", headers={"Connection": "close"})
    for part in filter(None, (target, scope["query_string"])):
        try:
            text = unquote_to_bytes(part).decode("utf-8")
        except UnicodeDecodeError:
            raise ProblemError("malformed-request", "L'adresse n'est pas de l'UTF-8.") from None
        if _UNPRINTABLE.search(text):
            raise ProblemError("malformed-request", "L'adresse contient un caractère interdit.")
