"""Bad inputs 34 to 36: tokens that prove nothing."""

import base64
import hmac
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from joserfc import jwt

from shared.kit import auth
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
real_time = time.time


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


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tokens whose signature was looked at."""
    looked_at: list[str] = []
    decode = jwt.decode

    def noted(value: str, *arguments: Any, **named: Any) -> Any:
        looked_at.append(value)
        return decode(value, *arguments, **named)

    monkeypatch.setattr(jwt, "decode", noted)
    return looked_at


async def test_a_signature_is_looked_at_once(verifier: TokenVerifier, verified: list[str]) -> None:
    known, other = token(), token({"sub": "s-2"})

    subjects = [(await verifier.verify(bearer(each))).subject for each in (known, other, known, other)]

    assert subjects == ["s-1", "s-2", "s-1", "s-2"]
    assert verified == [known, other]


async def test_a_signature_is_looked_at_again_after_a_minute(
    verifier: TokenVerifier, verified: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    known = token()
    await verifier.verify(bearer(known))
    monkeypatch.setattr(time, "time", lambda: real_time() + 61)

    await verifier.verify(bearer(known))

    assert verified == [known, known]


async def test_34_a_token_that_expires_is_believed_no_longer(
    verifier: TokenVerifier, verified: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    known = token({"exp": int(time.time()) + 5})
    await verifier.verify(bearer(known))
    monkeypatch.setattr(time, "time", lambda: real_time() + 5 + auth.LEEWAY + 1)

    with pytest.raises(InvalidToken):
        await verifier.verify(bearer(known))


async def test_36_no_more_tokens_are_believed_than_fit(
    verifier: TokenVerifier, verified: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auth, "MOST_BELIEVED", 2)
    first, *others = (token({"sub": f"s-{number}"}) for number in range(3))
    for each in (first, *others, *others, first):
        await verifier.verify(bearer(each))

    assert verified == [first, *others, first]
    assert len(verifier._believed) == 2


async def test_a_token_changed_by_one_letter_is_another(verifier: TokenVerifier) -> None:
    known = token()
    await verifier.verify(bearer(known))
    head, claimed, signature = known.split(".")
    changed = ("B" if signature[0] == "A" else "A") + signature[1:]

    with pytest.raises(InvalidToken):
        await verifier.verify(bearer(f"{head}.{claimed}.{changed}"))
