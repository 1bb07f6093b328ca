"""What the stores in memory of the services share: transactions that can be rolled back, deadlines, pages."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import TracebackType
from typing import Any, Generic, Protocol, Self, TypeVar
from uuid import UUID

from shared.events.base import Event
from shared.kit.refusals import NotFound, Stale


@dataclass
class MemoryStore:
    """What outlives a transaction: what was said, put on the record and set to ring; each service adds its rows."""

    deadlines: dict[tuple[UUID, str], datetime] = field(default_factory=dict)
    published: list[tuple[UUID, Event]] = field(default_factory=list)
    states: list[tuple[UUID, Event]] = field(default_factory=list)
    recorded: list[tuple[str, UUID, dict[str, str]]] = field(default_factory=list)

    @property
    def events(self) -> list[Event]:
        """What was said, in order."""
        return [event for _, event in self.published]

    def copy(self) -> Self:
        """What to go back to."""
        return replace(self, **{name: value.copy() for name, value in vars(self).items()})

    def restore(self, before: Self) -> None:
        """Go back, in the same containers: the repositories hold on to them."""
        for name, value in vars(before).items():
            container: Any = getattr(self, name)
            container.clear()
            (container.extend if isinstance(container, list) else container.update)(value)


class FakeDeadlines:
    """The clocks that were set."""

    def __init__(self, store: MemoryStore) -> None:
        self._rows = store.deadlines

    async def set(self, aggregate_id: UUID, kind: str, due_at: datetime) -> None:
        self._rows[aggregate_id, kind] = due_at

    async def cancel(self, aggregate_id: UUID, kind: str) -> None:
        self._rows.pop((aggregate_id, kind), None)


Store = TypeVar("Store", bound=MemoryStore)


class MemoryWork(Generic[Store]):
    """A unit of work on a store in memory: what happens in a block that fails has not happened."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.deadlines = FakeDeadlines(store)
        self.open = False
        self._before = store

    @property
    def events(self) -> list[Event]:
        """What was said, in order."""
        return self.store.events

    async def __aenter__(self) -> Self:
        self._before, self.open = self.store.copy(), True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.open = False
        if error is not None:
            self.store.restore(self._before)

    async def publish(self, aggregate_id: UUID, event: Event) -> None:
        assert aggregate_id == event.subject_id
        self.store.published.append((aggregate_id, event))

    async def publish_state(self, key: UUID, message: Event) -> None:
        assert message.stream == "contacts"
        self.store.states.append((key, message))

    async def record(self, action: str, subject: UUID, detail: Mapping[str, str]) -> None:
        self.store.recorded.append((action, subject, dict(detail)))


class Aggregate(Protocol):
    """What is kept under an identifier, in versions."""

    @property
    def id(self) -> UUID: ...
    @property
    def version(self) -> int: ...


Kept = TypeVar("Kept", bound=Aggregate)
Key = TypeVar("Key")
Row = TypeVar("Row")


def saved(rows: dict[UUID, Kept], changed: Kept) -> int:
    """Keep a changed aggregate; its new version, or Stale."""
    if changed.id not in rows or rows[changed.id].version != changed.version:
        raise Stale
    rows[changed.id] = replace(changed, version=changed.version + 1)  # type: ignore[type-var]
    return changed.version + 1


def found(rows: Mapping[Key, Row], key: Key, seen: Callable[[Row], bool] = lambda row: True) -> Row:
    """What is there and may be seen; NotFound otherwise."""
    if key not in rows or not seen(rows[key]):
        raise NotFound
    return rows[key]


def newest_first(rows: Iterable[tuple[UUID, Row]], after: UUID | None, limit: int) -> list[Row]:
    """A page of a list by descending identifier."""
    ordered = sorted(rows, key=lambda pair: pair[0], reverse=True)
    return [row for key, row in ordered if after is None or key < after][:limit]
