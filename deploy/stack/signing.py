"""The key of the development issuer, and the tokens it signs."""

import json
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from joserfc import jwt
from joserfc.jwk import ECKey

from deploy.stack.trouble import Trouble
from shared.kit.access import Role

ALGORITHM = "ES256"
AUDIENCE = "qmi"
LIFETIME = 8 * 3600
LONGEST = 24 * 3600
KEY_FILE = "issuer.json"


class UnknownRole(Trouble):
    """A role that the programme does not have."""

    def __init__(self, role: str) -> None:
        super().__init__(f"Rôle inconnu : « {role} ». Rôles possibles : {', '.join(Role)}.")


@dataclass(frozen=True)
class Wanted:
    """What a development token must say; `subject` defaults to an identifier made from roles and organisation."""

    roles: tuple[Role, ...]
    organisation: str | None = None
    subject: str | None = None
    lifetime: int = LIFETIME

    @classmethod
    def of(cls, roles: Iterable[str], organisation: str | None, subject: str | None, lifetime: int) -> "Wanted":
        """Check what a person typed; raises UnknownRole."""
        known = {role.value: role for role in Role}
        for role in roles:
            if role not in known:
                raise UnknownRole(role)
        return cls(tuple(known[role] for role in roles), organisation or None, subject or None, lifetime)


def key_in(folder: Path) -> ECKey:
    """The private key kept in `folder`/issuer.json (mode 0600), made at the first call."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / KEY_FILE
    if not file.exists():
        made = ECKey.generate_key("P-256", {"use": "sig", "alg": ALGORITHM}, private=True, auto_kid=True)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as output:
            json.dump(made.as_dict(private=True), output)
    return ECKey.import_key(json.loads(file.read_text()))


def public_keys(key: ECKey) -> dict[str, object]:
    """The JSON Web Key Set (RFC 7517) that verifies what `key` signs."""
    return {"keys": [key.as_dict(private=False)]}


def mint(key: ECKey, issuer: str, wanted: Wanted, *, now: int | None = None) -> str:
    """A signed token (RFC 9068 style claims) valid from `now` (seconds, UTC) for `wanted.lifetime` seconds."""
    issued = int(time.time()) if now is None else now
    claims: dict[str, object] = {
        "iss": issuer,
        "aud": AUDIENCE,
        "sub": wanted.subject or _subject(wanted),
        "iat": issued,
        "nbf": issued,
        "exp": issued + min(wanted.lifetime, LONGEST),
        "roles": [role.value for role in wanted.roles],
    }
    if wanted.organisation:
        claims["organisation"] = wanted.organisation
    return jwt.encode({"typ": "at+jwt", "alg": ALGORITHM, "kid": key.kid or ""}, claims, key)


def _subject(wanted: Wanted) -> str:
    return str(uuid5(NAMESPACE_URL, f"qmi-dev:{','.join(sorted(wanted.roles))}@{wanted.organisation or ''}"))
