"""What a writer believes to change; pure, for use cases."""

from typing import Protocol

from shared.kit.refusals import Stale


class Versioned(Protocol):
    """Anything that counts its changes."""

    @property
    def version(self) -> int:
        """How many times it was saved."""
        ...


def expect(version: int, *, of: Versioned) -> None:
    """Raise Stale when somebody has changed the thing since this version was read (bad-input 21)."""
    if of.version != version:
        raise Stale(f"La version actuelle est la {of.version} ; vous avez lu la {version}.")
