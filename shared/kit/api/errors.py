"""Every way of failing, turned into a problem in one place; what is inside stays inside."""

from collections.abc import Iterable, Mapping
from typing import Any, get_args

import asyncpg
import structlog
from fastapi.exceptions import RequestValidationError
from pydantic_core.core_schema import ErrorType
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from shared.kit.api.problems import ProblemError
from shared.kit.api.strict_json import pointer
from shared.kit.auth import AuthUnavailable, InvalidToken
from shared.kit.database import COLLISIONS, UNREACHABLE
from shared.kit.outbox import VersionTaken
from shared.kit.refusals import FieldError, Refusal

log = structlog.get_logger(__name__)

_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="qmi", error="invalid_token"'}
_RETRY_SOON = {"Retry-After": "5"}
_BY_STATUS = {400: "malformed-request", 404: "not-found", 405: "method-not-allowed", 413: "content-too-large"}
_BUILT_IN = frozenset(get_args(ErrorType))
# The connection went away under a statement, perhaps under the COMMIT: done or not, nobody knows (bad-input 74).
_OUTCOME_UNKNOWN = (asyncpg.ConnectionDoesNotExistError, asyncpg.ConnectionFailureError, ConnectionResetError)

_FRENCH: Mapping[str, str] = {
    "missing": "Ce champ est obligatoire.",
    "extra_forbidden": "Ce champ n'est pas attendu.",
    "string_type": "Un texte est attendu.",
    "string_too_short": "{min_length} caractère(s) au moins.",
    "string_too_long": "{max_length} caractères au plus.",
    "string_pattern_mismatch": "Le format n'est pas celui attendu.",
    "forbidden_character": "Ce texte contient un caractère interdit.",
    "int_type": "Un nombre entier est attendu.",
    "int_parsing": "Un nombre entier est attendu.",
    "int_from_float": "Un nombre entier est attendu.",
    "float_type": "Un nombre est attendu.",
    "finite_number": "Un nombre fini est attendu.",
    "bool_type": "Vrai ou faux est attendu.",
    "greater_than": "La valeur doit être supérieure à {gt}.",
    "greater_than_equal": "La valeur doit être au moins {ge}.",
    "less_than": "La valeur doit être inférieure à {lt}.",
    "less_than_equal": "La valeur doit être au plus {le}.",
    "enum": "Valeurs possibles : {expected}.",
    "literal_error": "Valeurs possibles : {expected}.",
    "uuid_type": "Un identifiant UUID est attendu.",
    "uuid_parsing": "Un identifiant UUID est attendu.",
    "datetime_type": "Une date et une heure avec décalage sont attendues (RFC 3339).",
    "datetime_parsing": "Une date et une heure avec décalage sont attendues (RFC 3339).",
    "datetime_from_date_parsing": "Une date et une heure avec décalage sont attendues (RFC 3339).",
    "timezone_aware": "Le décalage horaire est obligatoire.",
    "date_type": "Une date est attendue (AAAA-MM-JJ).",
    "date_parsing": "Une date est attendue (AAAA-MM-JJ).",
    "date_from_datetime_parsing": "Une date est attendue (AAAA-MM-JJ).",
    "too_short": "{min_length} élément(s) au moins.",
    "too_long": "{max_length} élément(s) au plus.",
    "list_type": "Une liste est attendue.",
    "tuple_type": "Une liste est attendue.",
    "model_type": "Un objet est attendu.",
    "model_attributes_type": "Un objet est attendu.",
    "dict_type": "Un objet est attendu.",
}


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
    code = str(error["type"])
    if code not in _BUILT_IN and code not in _FRENCH:
        return FieldError(pointer(*where), code, str(error["msg"]))
    template = _FRENCH.get(code, "Cette valeur n'est pas valide.")
    bounds = {name: value for name, value in error.get("ctx", {}).items() if isinstance(value, int | float | str)}
    try:
        return FieldError(pointer(*where), code, template.format(**bounds))
    except (KeyError, IndexError):
        return FieldError(pointer(*where), code, "Cette valeur n'est pas valide.")
