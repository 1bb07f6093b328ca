"""Signed cursors: where a page ended, bound to the list it came from, unreadable to guesswork (bad-input 26)."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence

import orjson

from shared.kit.api.problems import ProblemError

_SIGNATURE = 16


class Cursors:
    """Signs and reads cursors with one secret; a cursor of another list, or a tampered one, is refused."""

    def __init__(self, secret: str) -> None:
        self._secret = hashlib.sha256(b"qmi-cursor:" + secret.encode()).digest()

    def sign(self, listing: str, position: Sequence[str | int]) -> str:
        """The cursor that resumes `listing` (path and filters) after `position` (the sort key of the last item)."""
        payload = orjson.dumps(list(position))
        return base64.urlsafe_b64encode(self._signature(listing, payload) + payload).rstrip(b"=").decode()

    def read(self, listing: str, cursor: str) -> tuple[str | int, ...]:
        """The position; ProblemError `invalid-cursor` (400) when it was not signed here for this list."""
        try:
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise ProblemError("invalid-cursor") from None
        signature, payload = raw[:_SIGNATURE], raw[_SIGNATURE:]
        if not hmac.compare_digest(signature, self._signature(listing, payload)):
            raise ProblemError("invalid-cursor")
        return tuple(orjson.loads(payload))

    def _signature(self, listing: str, payload: bytes) -> bytes:
        return hmac.new(self._secret, listing.encode() + b"\n" + payload, hashlib.sha256).digest()[:_SIGNATURE]
