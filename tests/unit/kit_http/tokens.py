"""Keys, tokens right and wrong, and an issuer whose every answer is counted."""

import base64
import json
import time
from typing import Any

import httpx
from joserfc import jws, jwt
from joserfc.jwk import ECKey, Key, RSAKey

from shared.kit.auth import TokenVerifier

ISSUER = "https://login.example.org/realms/qmi"
KEY = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, private=True, auto_kid=True)
OTHER = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, private=True, auto_kid=True)
RSA = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, private=True, auto_kid=True)


class Endpoint(httpx.AsyncBaseTransport):
    """The keys of the issuer, as the network would give them; counts who asks, and where."""

    def __init__(self, *keys: Key) -> None:
        self.keys = keys
        self.up = True
        self.asked: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer with the key set, or not at all."""
        self.asked.append(str(request.url))
        if not self.up:
            raise httpx.ConnectError("down")
        return httpx.Response(200, json={"keys": [key.as_dict(private=False) for key in self.keys]})


def verifier_of(endpoint: Endpoint) -> TokenVerifier:
    """A verifier, as in production, that gets its keys there."""
    return TokenVerifier(ISSUER, "qmi", f"{ISSUER}/keys", transport=endpoint, guard_against_development=True)


def claims(**changed: Any) -> dict[str, Any]:
    now = int(time.time())
    right = {"iss": ISSUER, "aud": "qmi", "sub": "s-1", "iat": now, "nbf": now, "exp": now + 300}
    everything = {**right, "roles": ["commune_agent", "emperor"], "organisation": "93001", **changed}
    return {name: value for name, value in everything.items() if value is not None}


def token(changed: dict[str, Any] | None = None, *, key: Key = KEY, alg: str = "ES256", **header: Any) -> str:
    head = {"typ": "at+jwt", "alg": alg, "kid": key.kid, **header}
    given = {name: value for name, value in head.items() if value is not None}
    registry = jws.JWSRegistry(algorithms=[alg], strict_check_header=False)
    return jwt.encode(given, claims(**(changed or {})), key, registry=registry, default_type=None)


def bearer(value: str) -> list[str]:
    return [f"Bearer {value}"]


def forged(header: dict[str, Any], signature: bytes = b"") -> str:
    parts = [json.dumps(header).encode(), json.dumps(claims()).encode(), signature]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
