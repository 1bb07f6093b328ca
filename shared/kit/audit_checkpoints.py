"""Signed checkpoints of the audit chain (Ed25519, JWS): the private key makes them, the public ones check them."""

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from shared.kit.audit_chain import Entry

ALGORITHM = "Ed25519"
TYPE = "qmi-audit-checkpoint+jws"


class BadKey(ValueError):
    """This is not an Ed25519 key."""


class BadCheckpoint(ValueError):
    """This checkpoint proves nothing: unknown key, wrong signature or foreign content."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The signed state of the chain of a service: `sequence` seals so far, the last one on this event, this hash."""

    service: str
    sequence: int
    position: int
    event_id: UUID
    chain_hash: bytes
    at: datetime

    @classmethod
    def of(cls, service: str, sequence: int, entry: Entry, chain_hash: bytes, at: datetime) -> "Checkpoint":
        """The checkpoint of a chain that ends with this entry."""
        return cls(service, sequence, entry.position, entry.event_id, chain_hash, at)

    def payload(self) -> bytes:
        """The JSON that is signed; `count` repeats the sequence, for readers who count events."""
        return json.dumps(
            {
                "service": self.service,
                "sequence": self.sequence,
                "count": self.sequence,
                "position": self.position,
                "event_id": str(self.event_id),
                "chain_hash": self.chain_hash.hex(),
                "time": self.at.astimezone(UTC).isoformat(),
            }
        ).encode()


class SigningKey:
    """The private key of the sealer; `kid` is its RFC 7638 thumbprint."""

    def __init__(self, text: str) -> None:
        """Read PKCS#8 PEM, a private JWK, or 32 random bytes in base64url; raises BadKey."""
        self._key = _private(text.strip())
        self.kid = self._key.thumbprint()

    def sign(self, checkpoint: Checkpoint) -> str:
        """The compact JWS of a checkpoint."""
        header = {"alg": ALGORITHM, "kid": self.kid, "typ": TYPE}
        return jws.serialize_compact(header, checkpoint.payload(), self._key, algorithms=[ALGORITHM])

    def public(self) -> dict[str, object]:
        """The public JWK."""
        return {**self._key.as_dict(private=False), "kid": self.kid, "use": "sig", "alg": ALGORITHM}


class PublicKeys:
    """The public keys, old and new, that checkpoints may be signed with, by `kid`."""

    def __init__(self, jwks: Iterable[Mapping[str, Any]]) -> None:
        keys = [_imported(dict(jwk)) for jwk in jwks]
        self._keys = {key.thumbprint(): key for key in keys}
        if not self._keys:
            raise BadKey("no key")

    @classmethod
    def parse(cls, text: str) -> "PublicKeys":
        """Read a JWK set, one JWK or a PEM; raises BadKey. The private part of a key is not kept."""
        if "-----BEGIN" in text:
            return cls([_imported(text.encode()).as_dict(private=False)])
        try:
            found = json.loads(text)
        except ValueError as error:
            raise BadKey("neither PEM nor JSON") from error
        if not isinstance(found, dict):
            raise BadKey("not a JSON Web Key")
        keys = found.get("keys", [found])
        if not isinstance(keys, list) or not all(isinstance(key, dict) for key in keys):
            raise BadKey("not a JSON Web Key Set")
        return cls(keys)

    def read(self, token: str) -> Checkpoint:
        """The checkpoint this JWS holds; raises BadCheckpoint."""
        try:
            found = jws.extract_compact(token.encode())
            key = self._keys.get(str(found.headers().get("kid")))
            if key is None or found.headers().get("typ") != TYPE:
                raise BadCheckpoint("signed with an unknown key, or not a checkpoint")
            return _checkpoint(jws.deserialize_compact(token, key, algorithms=[ALGORITHM]).payload)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise BadCheckpoint(str(error) or type(error).__name__) from error


def read_unchecked(token: str) -> Checkpoint:
    """The checkpoint this JWS claims to hold, its signature not looked at; raises BadCheckpoint."""
    try:
        return _checkpoint(jws.extract_compact(token.encode()).payload)
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise BadCheckpoint(str(error) or type(error).__name__) from error


def _checkpoint(payload: bytes) -> Checkpoint:
    said = json.loads(payload)
    return Checkpoint(
        str(said["service"]),
        int(said["sequence"]),
        int(said["position"]),
        UUID(said["event_id"]),
        bytes.fromhex(said["chain_hash"]),
        datetime.fromisoformat(said["time"]),
    )


def _private(text: str) -> OKPKey:
    if "-----BEGIN" in text:
        key = _imported(text.encode())
    elif text.startswith("{"):
        key = _imported(_json(text))
    else:
        key = _imported(_pem_of_seed(text))
    if not key.is_private:
        raise BadKey("the private part is missing")
    return key


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError as error:
        raise BadKey("not JSON") from error


def _pem_of_seed(text: str) -> bytes:
    try:
        seed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        made = Ed25519PrivateKey.from_private_bytes(seed)
    except (binascii.Error, ValueError) as error:
        raise BadKey("neither PEM, JWK nor 32 bytes in base64url") from error
    return made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _imported(value: Any) -> OKPKey:
    try:
        key = OKPKey.import_key(value)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise BadKey("not an Ed25519 key") from error
    if key.curve_name != ALGORITHM:
        raise BadKey(f"a key of curve {key.curve_name}, not {ALGORITHM}")
    return key
