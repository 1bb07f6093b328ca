"""What the inbox remembers of a message that was given up rather than handled."""

from typing import Literal

from shared.kit.database import Connection

Claim = Literal["none", "dead", "handled"]


async def mark_dead(connection: Connection, group: str, identity: tuple[str, str]) -> None:
    """The message just claimed is a dead letter: it had no effect, so a redrive may give it back."""
    await connection.execute(
        "UPDATE inbox SET dead = true WHERE consumer_group = $1 AND source = $2 AND id = $3", group, *identity
    )


async def claim_of(connection: Connection, group: str, identity: tuple[str, str]) -> Claim:
    """Who has the claim of a message, locked until the transaction ends."""
    dead = await connection.fetchval(
        "SELECT dead FROM inbox WHERE consumer_group = $1 AND source = $2 AND id = $3 FOR UPDATE", group, *identity
    )
    return "none" if dead is None else "dead" if dead else "handled"


async def release_claim(connection: Connection, group: str, identity: tuple[str, str]) -> None:
    """Forget that the message was claimed: its handler will run again (the owner's right, and no service's)."""
    await connection.execute(
        "DELETE FROM inbox WHERE consumer_group = $1 AND source = $2 AND id = $3", group, *identity
    )
