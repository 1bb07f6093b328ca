"""Identifiers: time-ordered for new things, derived for what follows from an event."""

import os
import time
from uuid import UUID, uuid5

_NAMESPACE = UUID("6f1d0a3e-6f0f-5d0c-9f0e-9d1e6c1f7a11")


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562): 48 bits of milliseconds, then random bits."""
    milliseconds = time.time_ns() // 1_000_000
    number = (milliseconds << 80) | int.from_bytes(os.urandom(10), "big")
    number = (number & ~(0xF << 76)) | (0x7 << 76)
    number = (number & ~(0x3 << 62)) | (0x2 << 62)
    return UUID(int=number)


def derived_id(*parts: str | UUID) -> UUID:
    """A UUIDv5 of the parts: the same effect of the same cause gets the same identifier, however often it is tried."""
    return uuid5(_NAMESPACE, "\x1f".join(str(part) for part in parts))
