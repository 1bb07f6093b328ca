"""Bad inputs 34 to 36: tokens that prove nothing."""

import base64
import hmac
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from shared.kit.access import Principal, Role
from shared.kit.auth import InvalidToken, TokenVerifier
from tests.unit.kit_http.tokens import KEY, OTHER, RSA, Endpoint, bearer, forged, token, verifier_of


@pytest.fixture
def endpoint() -> Endpoint:
    return Endpoint(KEY, RSA)


@pytest.fixture
async def verifier(endpoint: Endpoint) -> AsyncIterator[TokenVerifier]:
    made = verifier_of(endpoint)
    yield made
    await made.stop()


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
    ids=lambda changed: next(iter(changed)),
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
