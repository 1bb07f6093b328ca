"""RFC 9457 problems: their catalogue, their shape, and how a route documents them."""

from collections.abc import Mapping
from typing import Annotated, Any

import orjson
from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field

from shared.kit.refusals import Conflict, FieldError, Forbidden, Invalid, NotFound, Refusal, Stale

PROBLEM_JSON = "application/problem+json"

# slug -> (status, French title). Domain errors add their own slugs through the class they derive from.
CATALOGUE: Mapping[str, tuple[int, str]] = {
    "malformed-json": (400, "JSON mal formé"),
    "json-too-complex": (400, "JSON trop complexe"),
    "malformed-request": (400, "Requête mal formée"),
    "invalid-cursor": (400, "Curseur de pagination non valide"),
    "idempotency-key-required": (400, "En-tête Idempotency-Key obligatoire"),
    "digest-mismatch": (400, "Empreinte différente de celle annoncée"),
    "invalid-token": (401, "Jeton d'accès absent ou non valide"),
    "forbidden": (403, "Action non autorisée"),
    "insufficient-scope": (403, "Portée du jeton insuffisante"),
    "not-found": (404, "Ressource introuvable"),
    "method-not-allowed": (405, "Méthode non autorisée"),
    "not-acceptable": (406, "Aucun format acceptable"),
    "request-timeout": (408, "Requête trop lente"),
    "conflict": (409, "Action impossible dans l'état actuel"),
    "invalid-state": (409, "Transition impossible dans l'état actuel"),
    "request-in-progress": (409, "Même requête déjà en cours"),
    "document-not-available": (409, "Document non disponible"),
    "precondition-failed": (412, "La ressource a changé depuis votre lecture"),
    "content-too-large": (413, "Contenu trop volumineux"),
    "uri-too-long": (414, "Adresse trop longue"),
    "unsupported-media-type": (415, "Type de contenu non pris en charge"),
    "file-type-not-allowed": (415, "Type de fichier non autorisé"),
    "validation-error": (422, "Données non valides"),
    "idempotency-key-reused": (422, "Idempotency-Key déjà utilisée pour une autre requête"),
    "empty-file": (422, "Fichier vide"),
    "precondition-required": (428, "En-tête If-Match obligatoire"),
    "rate-limited": (429, "Trop de requêtes"),
    "headers-too-large": (431, "En-têtes trop volumineux"),
    "internal-error": (500, "Erreur interne"),
    "service-unavailable": (503, "Service momentanément indisponible"),
    "auth-unavailable": (503, "Vérification des jetons momentanément indisponible"),
    "storage-unavailable": (503, "Stockage des documents momentanément indisponible"),
}

_BY_CLASS: tuple[tuple[type[Refusal], int], ...] = (
    (NotFound, 404),
    (Forbidden, 403),
    (Stale, 412),
    (Conflict, 409),
    (Invalid, 422),
)


class ProblemError(Refusal):
    """A refusal of the HTTP layer itself, named in the catalogue; `headers` and `extra` go out with it."""

    def __init__(
        self,
        slug: str,
        detail: str = "",
        *,
        errors: tuple[FieldError, ...] = (),
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, str] | None = None,
    ) -> None:
        self.status, self.heading = CATALOGUE[slug]
        self.named = slug
        super().__init__(detail or f"{self.heading}.", errors=errors)
        self.headers = dict(headers or {})
        self.members = dict(extra or {})


class ProblemField(BaseModel):
    """One field at fault."""

    pointer: Annotated[str, Field(description="Pointeur JSON (RFC 6901) dans la requête.")]
    code: str
    message: str


class Problem(BaseModel):
    """What went wrong, for people and for programs (RFC 9457)."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "urn:qmi:problem:not-found",
                "title": "Ressource introuvable",
                "status": 404,
                "detail": "Ressource introuvable.",
                "instance": "/v1/calls/0198a8a0-5b1c-7c3e-9f0a-2f6c1d2e3f40",
                "errors": [],
                "request_id": "0198a8a0-5b1c-7c3e-9f0a-2f6c1d2e3f41",
            }
        }
    )

    type: Annotated[str, Field(description="`urn:qmi:problem:<slug>`, stable.")]
    title: str
    status: int
    detail: str
    instance: str
    errors: list[ProblemField]
    request_id: str
    state: Annotated[str | None, Field(description="`invalid-state` : l'état actuel.")] = None
    allowed: Annotated[list[str] | None, Field(description="`invalid-state` : les états possibles ensuite.")] = None


def status_of(refusal: Refusal) -> int:
    """The HTTP status of a refusal: by its slug when the catalogue names it, else by its class; 409 at worst."""
    if isinstance(refusal, ProblemError):
        return refusal.status
    if refusal.slug in CATALOGUE:
        return CATALOGUE[refusal.slug][0]
    return next((status for kind, status in _BY_CLASS if isinstance(refusal, kind)), 409)


def problem_response(refusal: Refusal, *, instance: str, request_id: str) -> Response:
    """The problem+json response of a refusal."""
    slug = refusal.named if isinstance(refusal, ProblemError) else refusal.slug
    body = {
        "type": f"urn:qmi:problem:{slug}",
        "title": refusal.heading if isinstance(refusal, ProblemError) else refusal.title,
        "status": status_of(refusal),
        "detail": str(refusal),
        "instance": instance,
        "errors": [{"pointer": e.pointer, "code": e.code, "message": e.message} for e in refusal.errors],
        "request_id": request_id,
        **refusal.members,
    }
    headers = refusal.headers if isinstance(refusal, ProblemError) else {}
    return Response(orjson.dumps(body), status_of(refusal), headers, media_type=PROBLEM_JSON)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For `responses=`: these statuses answer with a problem; the kit adds what it answers itself."""
    return {status: {"model": Problem, "content": {PROBLEM_JSON: {}}} for status in statuses}
