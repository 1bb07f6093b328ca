"""Dead letters with what was decided of them; giving them back, or giving them up."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from deploy.operations.transactions import Act, has_operations, schema_of
from deploy.stack.layout import SERVICES
from shared.kit.graveyard import Chosen, DeadLetter, dead_letter_topics, group_of, read_dead_letters
from shared.kit.kafka import KafkaAccess
from shared.kit.operations import Grave, Settled, grave, settled_in
from shared.kit.redrive import Outcome, by_key, discard_letter, redrive_key

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Seen:
    """A dead letter and what was decided of it."""

    letter: DeadLetter
    settled: Settled | None

    @property
    def status(self) -> Literal["pending", "redriven", "discarded"]:
        """Whether somebody must still decide."""
        return self.settled.decision if self.settled else "pending"


async def find(
    access: KafkaAccess, owner_dsn: str, chosen: Chosen, topic: str | None, progress: Progress
) -> list[Seen]:
    """The dead letters that are meant, as of now; `topic` is a source topic or a dead-letter topic."""
    topics = [name for name in await dead_letter_topics(access) if _is_meant(name, chosen.group, topic)]
    letters = [it for it in await read_dead_letters(access, topics, progress=progress) if chosen.keeps(it)]
    decisions = await _decisions(owner_dsn, topics)
    return [Seen(letter, decisions.get(grave(letter))) for letter in letters]


async def redrive(
    owner_dsn: str,
    service: str,
    letters: Sequence[DeadLetter],
    act: Act,
    progress: Progress,
    *,
    max_cycles: int,
    again: bool,
) -> list[tuple[DeadLetter, Outcome]]:
    """Give these back to the group, one transaction for each key."""
    done: list[tuple[DeadLetter, Outcome]] = []
    async with schema_of(owner_dsn, service) as connection:
        for queue in by_key(letters):
            async with act.transaction(connection):
                outcomes = await redrive_key(connection, queue, operation=act.id, max_cycles=max_cycles, again=again)
            done += zip(queue, outcomes, strict=True)
            progress(len(done), len(letters))
    return done


async def discard(
    owner_dsn: str, service: str, letters: Sequence[DeadLetter], act: Act, progress: Progress
) -> list[tuple[DeadLetter, Outcome]]:
    """Remember that nothing will be done about these, all of them or none."""
    done: list[tuple[DeadLetter, Outcome]] = []
    async with schema_of(owner_dsn, service) as connection, act.transaction(connection):
        for letter in letters:
            done.append((letter, await discard_letter(connection, letter, operation=act.id)))
            progress(len(done), len(letters))
    return done


def _is_meant(name: str, group: str | None, topic: str | None) -> bool:
    source, named = group_of(name) or ("", "")
    return group in (None, named) and topic in (None, name, source)


async def _decisions(owner_dsn: str, topics: Sequence[str]) -> dict[Grave, Settled]:
    found: dict[Grave, Settled] = {}
    for service in SERVICES if topics else ():
        async with schema_of(owner_dsn, service) as connection:
            if await has_operations(connection):
                found |= await settled_in(connection, topics)
    return found
