"""Bad inputs 34 to 38: tokens that prove nothing, and issuers that do not answer."""

import base64
import hmac
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey, Key, OctKey, RSAKey
from structlog.testing import capture_logs

from shared.kit import auth
from shared.kit.access import Principal, Role
from shared.kit.auth import AuthUnavailable, InvalidToken, TokenVerifier

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


@pytest.fixture
def endpoint() -> Endpoint:
    return Endpoint(KEY, RSA)


@pytest.fixture
async def verifier(endpoint: Endpoint) -> AsyncIterator[TokenVerifier]:
    made = TokenVerifier(ISSUER, "qmi", f"{ISSUER}/keys", transport=endpoint, guard_against_development=True)
    yield made
    await made.stop()


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


async def test_a_right_token_names_its_bearer(verifier: TokenVerifier) -> None:
    principal = await verifier.verify(bearer(token()))

    assert principal == Principal("s-1", frozenset({Role.COMMUNE_AGENT}), "93001")


async def test_rsa_is_accepted_too(verifier: TokenVerifier) -> None:
    assert (await verifier.verify(bearer(token(key=RSA, alg="RS256")))).subject == "s-1"


async def test_an_audience_among_several_is_enough(verifier: TokenVerifier) -> None:
    assert (await verifier.verify(bearer(token({"aud": ["other", "qmi"]})))).subject == "s-1"


NOW = int(time.time())


@pytest.mark.parametrize(
    "changed",
    [
        {"exp": NOW - 60},
        {"exp": None},
        {"exp": "tomorrow"},
        {"nbf": NOW + 3600},
        {"iat": NOW + 3600},
        {"iat": None},
        {"aud": "another"},
        {"aud": None},
        {"iss": "https://login.example.org/realms/other"},
        {"iss": None},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 201},
        {"sub": "a\x00"},
        {"roles": "programme"},
        {"organisation": ["93001"]},
    ],
    ids=lambda changed: ",".join(f"{name}={value}" for name, value in changed.items())[:40],
)
async def test_34_a_claim_that_is_wrong_or_missing(verifier: TokenVerifier, changed: dict[str, Any]) -> None:
    with pytest.raises(InvalidToken):
        await verifier.verify(bearer(token(changed)))


@pytest.mark.parametrize(
    "headers",
    [[], [""], ["Basic eDp5"], ["Bearer"], ["Bearer "], ["Bearer a.b"], ["Bearer a.b.c.d.e"], ["Bearer é.b.c"]],
)
async def test_34_no_token(verifier: TokenVerifier, headers: list[str]) -> None:
    with pytest.raises(InvalidToken):
        await verifier.verify(headers)


def forged(header: dict[str, Any], signature: bytes = b"") -> str:
    parts = [json.dumps(header).encode(), json.dumps(claims()).encode(), signature]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


async def test_35_no_algorithm(verifier: TokenVerifier) -> None:
    with pytest.raises(InvalidToken):
        await verifier.verify(bearer(forged({"alg": "none", "typ": "at+jwt", "kid": KEY.kid})))


async def test_35_the_public_key_as_a_shared_secret(verifier: TokenVerifier) -> None:
    unsigned = forged({"alg": "HS256", "typ": "at+jwt", "kid": RSA.kid}).rstrip(".")
    signature = hmac.digest(RSA.as_pem(private=False), unsigned.encode(), "sha256")
    with pytest.raises(InvalidToken):
        await verifier.verify(bearer(f"{unsigned}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"))


async def test_35_the_signature_of_another_key(verifier: TokenVerifier) -> None:
    with pytest.raises(InvalidToken):
        await verifier.verify(bearer(token(key=OTHER, kid=KEY.kid)))


async def test_35_an_algorithm_that_is_not_the_key_s(verifier: TokenVerifier) -> None:
    with pytest.raises(InvalidToken):
        await verifier.verify(bearer(forged({"alg": "RS256", "typ": "at+jwt", "kid": KEY.kid}, b"x" * 64)))


@pytest.mark.parametrize(
    "header",
    [
        {"jku": "https://attacker.example.org/keys"},
        {"jwk": OTHER.as_dict(private=False)},
        {"x5u": "https://attacker.example.org/chain"},
        {"x5c": ["AAAA"]},
        {"crit": ["exp"]},
    ],
    ids=lambda header: next(iter(header)),
)
async def test_35_a_token_that_brings_its_own_key(
    verifier: TokenVerifier, endpoint: Endpoint, header: dict[str, Any]
) -> None:
    with pytest.raises(InvalidToken):
        await verifier.verify(bearer(forged({"alg": "ES256", "typ": "at+jwt", "kid": KEY.kid, **header})))
    assert not [url for url in endpoint.asked if "attacker" in url]


@pytest.mark.parametrize("typ", ["JWT", "id_token", "logout+jwt", None])
async def test_35_a_token_of_another_type(verifier: TokenVerifier, typ: str | None) -> None:
    with pytest.raises(InvalidToken):
        await verifier.verify(bearer(token(typ=typ)))


@pytest.mark.parametrize("claim", ["nonce", "at_hash"])
async def test_35_an_id_token_dressed_as_an_access_token(verifier: TokenVerifier, claim: str) -> None:
    with pytest.raises(InvalidToken):
        await verifier.verify(bearer(token({claim: "x"})))


async def test_35_no_kid(verifier: TokenVerifier) -> None:
    with pytest.raises(InvalidToken):
        await verifier.verify(bearer(token(kid=None)))


async def test_36_a_token_longer_than_8_kib(verifier: TokenVerifier) -> None:
    with pytest.raises(InvalidToken):
        await verifier.verify(bearer(token({"more": "x" * 8_192})))


async def test_36_two_authorization_headers(verifier: TokenVerifier) -> None:
    with pytest.raises(InvalidToken):
        await verifier.verify([*bearer(token()), *bearer(token())])


async def test_37_a_known_key_works_while_the_issuer_is_down(verifier: TokenVerifier, endpoint: Endpoint) -> None:
    await verifier.start()
    endpoint.up = False

    assert (await verifier.verify(bearer(token()))).subject == "s-1"


async def test_37_a_stale_key_works_while_the_issuer_is_down(
    verifier: TokenVerifier, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    await verifier.start()
    endpoint.up = False
    monkeypatch.setattr(auth, "KEYS_STALE_AFTER", 0.0)
    monkeypatch.setattr(auth, "REFETCH_EVERY", 0.0)

    assert (await verifier.verify(bearer(token()))).subject == "s-1"


async def test_37_a_storm_of_unknown_keys_asks_the_issuer_once(verifier: TokenVerifier, endpoint: Endpoint) -> None:
    await verifier.start()

    for number in range(50):
        with pytest.raises(InvalidToken):
            await verifier.verify(bearer(token(kid=f"unknown-{number}")))

    assert len(endpoint.asked) == 1


async def test_37_a_new_key_is_found_when_half_a_minute_has_passed(
    verifier: TokenVerifier, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    await verifier.start()
    endpoint.keys = (KEY, OTHER)
    monkeypatch.setattr(auth, "REFETCH_EVERY", 0.0)

    assert (await verifier.verify(bearer(token(key=OTHER)))).subject == "s-1"


async def test_37_nobody_passes_before_a_key_was_ever_obtained(verifier: TokenVerifier, endpoint: Endpoint) -> None:
    endpoint.up = False
    await verifier.start()

    with pytest.raises(AuthUnavailable):
        await verifier.verify(bearer(token()))


async def test_37_a_shared_secret_in_the_key_set_is_ignored(endpoint: Endpoint, verifier: TokenVerifier) -> None:
    secret = OctKey.import_key("k" * 32, {"kid": "shared", "use": "sig"})
    endpoint.keys = (KEY, secret)

    with pytest.raises(InvalidToken):
        await verifier.verify(bearer(token(key=secret, alg="HS256", kid="shared")))


async def test_38_a_development_token_in_production_raises_an_alert(verifier: TokenVerifier) -> None:
    with capture_logs() as logs, pytest.raises(InvalidToken):
        await verifier.verify(bearer(token({"iss": "http://127.0.0.1:8100/dev-issuer"})))

    assert [line["event"] for line in logs] == ["security_alert"]
