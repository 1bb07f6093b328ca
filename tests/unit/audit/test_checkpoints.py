"""Checkpoints are believed for their signature, by a key one already has."""

import base64
import json

import pytest
from joserfc.jwk import ECKey, OKPKey

from shared.kit.audit_checkpoints import BadCheckpoint, BadKey, Checkpoint, PublicKeys, SigningKey, read_unchecked
from shared.kit.audit_publication import checkpoint_record
from tests.unit.audit.chains import AT, SERVICE, a_row, sealed_in_batches

SEED = base64.urlsafe_b64encode(bytes(range(32))).decode().rstrip("=")
OTHER = base64.urlsafe_b64encode(bytes(32)).decode().rstrip("=")


def a_checkpoint() -> Checkpoint:
    [seal] = sealed_in_batches([a_row(1, 1, 1)], 1, 1)
    return Checkpoint.of(SERVICE, 1, seal.entry, seal.chain_hash, AT)


def test_what_was_signed_is_read_again_with_the_public_key_alone() -> None:
    key = SigningKey(SEED)

    assert PublicKeys([key.public()]).read(key.sign(a_checkpoint())) == a_checkpoint()


def test_the_keys_of_before_a_rotation_go_on_to_work() -> None:
    old, new = SigningKey(SEED), SigningKey(OTHER)
    keys = PublicKeys.parse(json.dumps({"keys": [old.public(), new.public()]}))

    assert keys.read(old.sign(a_checkpoint())) == keys.read(new.sign(a_checkpoint()))


def test_another_key_a_changed_signature_or_nonsense_prove_nothing() -> None:
    token = SigningKey(SEED).sign(a_checkpoint())
    head, body, signature = token.split(".")
    forged = base64.urlsafe_b64encode(a_checkpoint().payload().replace(b'"sequence": 1', b'"sequence": 2')).decode()
    keys = PublicKeys([SigningKey(SEED).public()])

    for bad in (
        SigningKey(OTHER).sign(a_checkpoint()),
        f"{head}.{forged.rstrip('=')}.{signature}",
        f"{head}.{body}.{'A' * len(signature)}",
        "nonsense",
        "é.è.à",
        "",
    ):
        with pytest.raises(BadCheckpoint):
            keys.read(bad)


def test_a_key_may_be_32_bytes_a_pem_or_a_jwk() -> None:
    pem = OKPKey.generate_key("Ed25519").as_pem(private=True).decode()
    jwk = json.dumps(OKPKey.generate_key("Ed25519").as_dict(private=True))

    assert len({SigningKey(text).kid for text in (SEED, pem, jwk)}) == 3
    assert PublicKeys.parse(pem).read(SigningKey(pem).sign(a_checkpoint())) == a_checkpoint()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "short",
        "{",
        "{}",
        json.dumps(OKPKey.generate_key("X25519").as_dict(private=True)),
        json.dumps(OKPKey.generate_key("Ed25519").as_dict(private=False)),
        ECKey.generate_key("P-256").as_pem(private=True).decode(),
    ],
    ids=["empty", "short", "not closed", "no key", "to agree", "public", "another curve"],
)
def test_what_is_no_signing_key_is_refused(text: str) -> None:
    with pytest.raises(BadKey):
        SigningKey(text)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"keys": []}', '{"keys": 3}', '{"keys": [{"kty": "OKP"}]}'])
def test_what_is_no_set_of_public_keys_is_refused(text: str) -> None:
    with pytest.raises(BadKey):
        PublicKeys.parse(text)


def test_the_public_topic_carries_what_was_signed_with_its_signature() -> None:
    token = SigningKey(SEED).sign(a_checkpoint())

    record = checkpoint_record(token)

    assert record.value is not None
    assert json.loads(record.value) == {**json.loads(a_checkpoint().payload()), "jws": token}
    assert read_unchecked(json.loads(record.value)["jws"]) == a_checkpoint()
    assert dict(record.headers)["ce_type"] == b"fr.metropolegrandparis.qmi.audit-checkpoint.v1"
