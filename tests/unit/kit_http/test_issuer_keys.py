"""Bad inputs 37 and 38: issuers that do not answer, that change their keys, or that are only for development."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from joserfc.jwk import OctKey
from structlog.testing import capture_logs

from shared.kit import auth
from shared.kit.auth import AuthUnavailable, InvalidToken, TokenVerifier
from tests.unit.kit_http.tokens import KEY, OTHER, RSA, Endpoint, bearer, token, verifier_of


@pytest.fixture
def endpoint() -> Endpoint:
    return Endpoint(KEY, RSA)


@pytest.fixture
async def verifier(endpoint: Endpoint) -> AsyncIterator[TokenVerifier]:
    made = verifier_of(endpoint)
    yield made
    await made.stop()


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


async def test_37_a_token_that_was_believed_falls_with_its_key(
    verifier: TokenVerifier, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = bearer(token())
    await verifier.verify(known)
    endpoint.keys = (OTHER,)
    monkeypatch.setattr(auth, "REFETCH_EVERY", 0.0)
    await verifier.verify(bearer(token(key=OTHER)))

    with pytest.raises(InvalidToken):
        await verifier.verify(known)


async def test_37_a_token_that_is_believed_does_not_keep_stale_keys(
    verifier: TokenVerifier, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = bearer(token())
    await verifier.verify(known)
    endpoint.keys = (OTHER,)
    monkeypatch.setattr(auth, "KEYS_STALE_AFTER", 0.0)
    monkeypatch.setattr(auth, "REFETCH_EVERY", 0.0)
    await verifier.verify(known)
    async with asyncio.timeout(2):
        while len(endpoint.asked) < 2:
            await asyncio.sleep(0)

    with pytest.raises(InvalidToken):
        await verifier.verify(known)


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
