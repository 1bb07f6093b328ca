"""The reading half: a message is claimed once per consumer group, in the transaction of its effects."""

from collections.abc import Iterable

from shared.kit.database import Connection


async def claim(connection: Connection, group: str, messages: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Claim messages, given as (source, id), for `group`; returns those nobody had claimed before."""
    pairs = list(messages)
    rows = await connection.fetch(
        "INSERT INTO inbox (consumer_group, source, id) SELECT $1, * FROM unnest($2::text[], $3::text[])"
        " ON CONFLICT DO NOTHING RETURNING source, id",
        group,
        [source for source, _ in pairs],
        [identifier for _, identifier in pairs],
    )
    return {(row["source"], row["id"]) for row in rows}
