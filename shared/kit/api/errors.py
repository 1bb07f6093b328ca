"""Every way of failing, turned into a problem in one place; what is inside stays inside."""

from collections.abc import Iterable, Mapping
from typing import Any

import asyncpg
import structlog
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from shared.kit.api.problems import ProblemError
from shared.kit.api.strict_json import pointer
from shared.kit.auth import AuthUnavailable, InvalidToken
from shared.kit.database import COLLISIONS, UNREACHABLE
from shared.kit.french import french_message
from shared.kit.outbox import VersionTaken
from shared.kit.refusals import FieldError, Refusal

log = structlog.get_logger(__name__)

_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="qmi", error="invalid_token"'}
_RETRY_SOON = {"Retry-After": "5"}
_BY_STATUS = {400: "malformed-request", 404: "not-found", 405: "method-not-allowed", 413: "content-too-large"}
# The connection went away under a statement, perhaps under the COMMIT: done or not, nobody knows (bad-input 74).
_OUTCOME_UNKNOWN = (asyncpg.ConnectionDoesNotExistError, asyncpg.ConnectionFailureError, ConnectionResetError)


def refusal_of(error: Exception, method: str) -> Refusal:
    """What the caller is told of `error`; faults of ours are logged here and told as `internal-error`."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, RequestValidationError):
        return ProblemError("validation-error", errors=field_errors(error.errors()))
    if isinstance(error, InvalidToken):
        log.info("token_refused", reason=str(error))
        return ProblemError("invalid-token", headers=_CHALLENGE)
    if isinstance(error, AuthUnavailable):
        return ProblemError("auth-unavailable", headers=_RETRY_SOON)
    if isinstance(error, (*UNREACHABLE, *COLLISIONS, VersionTaken)):
        return _unavailable(error, method)
    if isinstance(error, HTTPException):
        return ProblemError(_BY_STATUS.get(error.status_code, "malformed-request"), headers=error.headers)
    if isinstance(error, ClientDisconnect):
        return ProblemError("malformed-request", "La requête a été interrompue.")
    log.exception("request_failed", exc_info=error)
    return ProblemError("internal-error", "Erreur interne. Communiquez le numéro de requête à l'assistance.")


def _unavailable(error: Exception, method: str) -> ProblemError:
    log.warning("service_unavailable", error=type(error).__name__, reason=str(error)[:200])
    unknown = isinstance(error, _OUTCOME_UNKNOWN) and method not in {"GET", "HEAD", "OPTIONS"}
    return ProblemError("service-unavailable", headers=_RETRY_SOON, extra={"outcome": "unknown"} if unknown else None)


def field_errors(errors: Iterable[Any]) -> tuple[FieldError, ...]:
    """Pydantic's errors as pointers, codes and French messages; never the value itself."""
    return tuple(_field_error(error) for error in list(errors)[:50])


def _field_error(error: Mapping[str, Any]) -> FieldError:
    location = tuple(error.get("loc", ()))
    where = location[1:] if location[:1] == ("body",) else location
    return FieldError(pointer(*where), str(error["type"]), french_message(error))
