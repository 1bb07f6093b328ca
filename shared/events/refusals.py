"""Why a record cannot be read."""

from typing import Literal

Reason = Literal[
    "missing-headers",
    "bad-header",
    "bad-key",
    "unknown-type",
    "missing-value",
    "not-utf8",
    "not-json",
    "invalid-data",
]


class BadEnvelope(ValueError):
    """A record that can never be read: a stable reason for machines, a detail for people without the data."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason: Reason = reason
        self.detail = detail
