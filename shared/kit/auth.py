"""The resource server: verifies access tokens (RFC 9068) against the issuer's published keys, believes nothing else.

Claims read: `sub`, `roles` (list of roles of the programme), `organisation` (INSEE code, slug or identifier).
"""

import asyncio
import re
import time
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import httpx
import structlog
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key, KeySet

from shared.kit.access import Principal, Role
from shared.kit.settings import DEVELOPMENT_ISSUER

log = structlog.get_logger(__name__)

ALGORITHMS = ("ES256", "RS256", "PS256", "EdDSA", "Ed25519")
LONGEST_TOKEN = 8 * 1024
LEEWAY = 30
REFETCH_EVERY = 30.0
KEYS_STALE_AFTER = 600.0
BELIEVED_FOR = 60.0
MOST_BELIEVED = 1_024
_LONGEST_KEY_SET = 256 * 1024
_BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] +([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*)")
_TYPES = frozenset({"at+jwt", "application/at+jwt"})
# A key named by the token itself is the attacker's key; a critical extension is one we do not know.
_FORBIDDEN_HEADERS = frozenset({"jku", "jwk", "x5u", "x5c", "crit", "zip", "b64"})
_ID_TOKEN_CLAIMS = frozenset({"nonce", "at_hash", "c_hash"})


class InvalidToken(Exception):
    """No token, or one that proves nothing; the text is for the log, the caller learns no detail."""


class AuthUnavailable(Exception):
    """No key was ever fetched: nobody can be recognised, so nobody passes (bad-input 37)."""


class TokenVerifier:
    """Recognises the bearer of a token; keys are cached and fetched again at most every thirty seconds.

    A token is believed for a minute without another look at its signature: never beyond its `exp`, nor beyond the next
    arrival of keys, which may lack its own.
    """

    def __init__(
        self,
        issuer: str,
        audience: str,
        keys_url: str,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        guard_against_development: bool = False,
    ) -> None:
        self._issuer = issuer
        self._audience = audience
        self._keys_url = keys_url
        self._guard = guard_against_development
        self._client = httpx.AsyncClient(timeout=2.0, follow_redirects=False, transport=transport)
        self._keys: dict[str, Key] = {}
        # By digest, so that no token stays in memory: the bearer, and until when.
        self._believed: dict[bytes, tuple[Principal, float]] = {}
        self._tried_at = float("-inf")
        self._fetched_at = float("-inf")
        self._fetching = asyncio.Lock()
        self._background: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Fetch the keys ahead of the first request; an issuer that does not answer yet is no reason to stop."""
        await self._refresh()

    async def stop(self) -> None:
        """Close the connections to the issuer."""
        if self._background is not None:
            self._background.cancel()
        await self._client.aclose()

    async def verify(self, authorization: Sequence[str]) -> Principal:
        """The bearer named by the Authorization headers of a request, at the real time.

        Raises InvalidToken (401), or AuthUnavailable (503) when the issuer's keys were never obtained.
        """
        token = _token_in(authorization)
        digest = sha256(token.encode()).digest()
        principal, until = self._believed.get(digest, (None, 0.0))
        if principal is not None and time.time() < until:
            self._refresh_if_stale()
            return principal
        header = _header_of(token)
        key = await self._key(header["kid"])
        try:
            decoded = jwt.decode(token, key, algorithms=list(ALGORITHMS))
            self._claims().validate(decoded.claims)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            self._alert_if_development(token)
            raise InvalidToken(type(error).__name__) from None
        principal = _principal(decoded.claims)
        self._believe(digest, principal, decoded.claims["exp"])
        return principal

    def _believe(self, digest: bytes, principal: Principal, expires: float) -> None:
        self._believed.pop(digest, None)
        if len(self._believed) >= MOST_BELIEVED:
            del self._believed[next(iter(self._believed))]
        self._believed[digest] = principal, min(expires, time.time() + BELIEVED_FOR)

    def _claims(self) -> jwt.JWTClaimsRegistry:
        return jwt.JWTClaimsRegistry(
            leeway=LEEWAY,
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": self._audience},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
        )

    async def _key(self, kid: str) -> Key:
        if kid not in self._keys:
            await self._refresh()
        else:
            self._refresh_if_stale()
        if not self._keys:
            raise AuthUnavailable
        if kid not in self._keys:
            raise InvalidToken("unknown kid")
        return self._keys[kid]

    def _refresh_if_stale(self) -> None:
        # A known key is good while a slow issuer is asked again: nobody waits for that.
        if time.monotonic() - self._fetched_at > KEYS_STALE_AFTER and not self._fetching.locked():
            self._background = asyncio.create_task(self._refresh())

    async def _refresh(self) -> None:
        async with self._fetching:
            if time.monotonic() - self._tried_at < REFETCH_EVERY and self._keys:
                return
            if not self._keys and time.monotonic() - self._tried_at < 1.0:
                return
            self._tried_at = time.monotonic()
            try:
                self._keys = await self._fetch()
                self._believed.clear()
                self._fetched_at = time.monotonic()
            except (httpx.HTTPError, httpx.InvalidURL, JoseError, ValueError, TypeError, KeyError) as error:
                log.warning("issuer_keys_unavailable", url=self._keys_url, error=repr(error))

    async def _fetch(self) -> dict[str, Key]:
        async with self._client.stream("GET", self._keys_url) as response:
            response.raise_for_status()
            raw = b""
            async for chunk in response.aiter_bytes():
                raw += chunk
                if len(raw) > _LONGEST_KEY_SET:
                    raise ValueError("the key set is too long")
        document: Any = httpx.Response(200, content=raw).json()
        usable = [key for key in document["keys"] if key.get("kid") and key.get("use", "sig") == "sig"]
        asymmetric = [key for key in usable if key.get("kty") in {"EC", "RSA", "OKP"}]
        return {str(key.kid): key for key in KeySet.import_key_set({"keys": asymmetric})}

    def _alert_if_development(self, token: str) -> None:
        if not self._guard:
            return
        claims = jws.extract_compact(token.encode()).payload
        if DEVELOPMENT_ISSUER.encode() in claims:
            log.error("security_alert", reason="development token presented in production")


def _token_in(authorization: Sequence[str]) -> str:
    if len(authorization) != 1:
        raise InvalidToken("no Authorization header, or several")
    if len(authorization[0]) > LONGEST_TOKEN + len("Bearer "):
        raise InvalidToken("token too long")
    match = _BEARER.fullmatch(authorization[0])
    if match is None:
        raise InvalidToken("not a bearer token")
    return match[1]


def _header_of(token: str) -> dict[str, Any]:
    try:
        header = jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError, TypeError) as error:
        raise InvalidToken(type(error).__name__) from None
    if _FORBIDDEN_HEADERS & header.keys() or header.get("alg") not in ALGORITHMS:
        raise InvalidToken("header not allowed")
    if str(header.get("typ", "")).lower() not in _TYPES:
        raise InvalidToken("not an access token")
    if not isinstance(header.get("kid"), str):
        raise InvalidToken("no kid")
    return header


def _principal(claims: dict[str, Any]) -> Principal:
    roles, organisation, subject = claims.get("roles", []), claims.get("organisation"), claims["sub"]
    if _ID_TOKEN_CLAIMS & claims.keys():
        raise InvalidToken("an ID token")
    if not isinstance(roles, list) or not (organisation is None or isinstance(organisation, str)):
        raise InvalidToken("claims of another shape")
    if len(subject) > 200 or len(organisation or "") > 100 or "\x00" in subject + (organisation or ""):
        raise InvalidToken("claims out of bounds")
    known = frozenset(Role(role) for role in roles if role in set(Role))
    return Principal(subject=subject, roles=known, organisation=organisation or None)
