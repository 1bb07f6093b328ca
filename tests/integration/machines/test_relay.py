"""The relay as a machine: whatever fails, dies, hangs or joins, every key is on the topic in order, and all of it."""

import asyncio
from contextlib import suppress
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from aiokafka.errors import KafkaError
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from shared.kit.database import DATABASE_TROUBLE
from shared.kit.relay import Relay
from shared.kit.shards import Shards
from tests.builders.messages import say
from tests.integration.machines.broker import Log, Mishap, Producer
from tests.integration.machines.world import World, run

KEYS = [UUID(int=number) for number in range(6)]
TROUBLE = (*DATABASE_TROUBLE, KafkaError)


class Sender:
    """A relay and, until something fails, its session: connection, shards and producer."""

    def __init__(self, world: World, log: Log) -> None:
        self.world, self.log = world, log
        self.relay = Relay(world.database, lambda: None, "candidature", page=3)
        self.connection: Any = None
        self.hanging: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """A new session, if there is none."""
        if self.connection is None:
            self.connection = await self.world.database.connect()
            self.shards = Shards(self.connection, self.world.database.schema, every=0.0)
            self.producer = Producer(self.log, self.connection.terminate)

    async def send(self) -> None:
        """One turn of the loop of a relay."""
        await self.begin()
        try:
            await self.relay._send_pending(self.connection, self.producer, await self.shards.balance())
        except TROUBLE:
            self.die()

    def die(self) -> None:
        """The session ends without a word."""
        if self.connection is not None:
            self.connection.terminate()
            self.connection = None

    async def leave(self) -> None:
        """The session ends in good order."""
        if self.connection is not None:
            await self.shards.leave()
            await self.connection.close()
            self.connection = None


class Relaying(RuleBasedStateMachine):
    """The model: how many versions of each key are committed; two relays, of which one, both or none are at work."""

    def __init__(self, world: World, clock: SimpleNamespace) -> None:
        super().__init__()
        self.world, self.clock, self.log = world, clock, Log()
        self.committed = dict.fromkeys(KEYS, 0)
        world.empty()
        self.senders = [Sender(world, self.log) for _ in range(2)]

    @rule(key=st.sampled_from(KEYS), times=st.integers(1, 4))
    def commit(self, key: UUID, times: int) -> None:
        """Something happens."""
        self.world.do(say(self.world.database, key, times))
        self.committed[key] += times

    @rule(which=st.integers(0, 1), mishap=st.none() | st.sampled_from(Mishap), nth=st.integers(0, 4))
    def send(self, which: int, mishap: Mishap | None, nth: int) -> None:
        """A relay takes a turn; something may happen to one of its sends."""
        self.world.do(self._send(self.senders[which], mishap, nth))

    @rule(which=st.integers(0, 1))
    def hang(self, which: int) -> None:
        """A relay takes a turn, and what it sends is on its way for long."""
        self.world.do(self._hang(self.senders[which]))

    @rule(which=st.integers(0, 1))
    def die_while_hanging(self, which: int) -> None:
        """A relay loses its database while its records are on their way: its shards are free, it does not know."""
        sender = self.senders[which]
        if sender.hanging is not None:
            sender.connection.terminate()

    @rule(which=st.integers(0, 1))
    def arrive(self, which: int) -> None:
        """What was on its way arrives."""
        self.world.do(self._arrive(self.senders[which]))

    @rule(which=st.integers(0, 1), gently=st.booleans())
    def leave(self, which: int, gently: bool) -> None:
        """A relay is stopped or killed, and will be another one when it comes back."""
        self.world.do(self._stop(which, gently))

    @rule(key=st.sampled_from(KEYS))
    def grow_too_large(self, key: UUID) -> None:
        """The next record of a key will be too large for Kafka."""
        self.log.too_large.add((str(key).encode(), len(self.log.first_said(str(key).encode())) + 1))

    @rule()
    def raise_the_limit(self) -> None:
        """Kafka takes everything again, and the pause of the relays is over."""
        self.log.too_large.clear()
        self.clock.seconds += 3600

    @invariant()
    def first_occurrences_are_in_order(self) -> None:
        """What is on the topic of a key begins with 1 and has no hole, and nothing of it was never committed."""
        for key, committed in self.committed.items():
            said = self.log.first_said(str(key).encode())
            assert said == list(range(1, len(said) + 1)), key
            assert len(said) <= committed

    def teardown(self) -> None:
        """Heal: then everything committed is on the topic, and nothing is left."""
        self.world.do(self._heal())
        self.first_occurrences_are_in_order()
        said = {key: len(self.log.first_said(str(key).encode())) for key in KEYS}
        assert said == self.committed
        assert self.world.fetch("SELECT count(*) FROM outbox") == [(0,)]

    async def _send(self, sender: Sender, mishap: Mishap | None, nth: int) -> None:
        if sender.hanging is None:
            await sender.begin()
            sender.producer.mishap = mishap, nth
            await sender.send()

    async def _hang(self, sender: Sender) -> None:
        if sender.hanging is not None:
            return
        await sender.begin()
        sender.producer.hold = True
        sender.hanging = asyncio.create_task(sender.send())
        while not sender.producer.held and not sender.hanging.done():
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.005)
        if sender.hanging.done():
            await self._arrive(sender)

    async def _arrive(self, sender: Sender) -> None:
        if sender.hanging is not None:
            sender.producer.let_go()
            await sender.hanging
            sender.hanging = None

    async def _stop(self, which: int, gently: bool) -> None:
        sender = self.senders[which]
        await self._arrive(sender)
        if gently:
            with suppress(*TROUBLE):
                await sender.leave()
        sender.die()
        self.senders[which] = Sender(self.world, self.log)

    async def _heal(self) -> None:
        for sender in self.senders:
            await self._arrive(sender)
            with suppress(*TROUBLE):
                await sender.leave()
            sender.die()
        self.log.too_large.clear()
        self.clock.seconds += 3600
        await self.world.admin.execute("DELETE FROM relay_members")
        last = Sender(self.world, self.log)
        async with asyncio.timeout(10):
            while await self.world.admin.fetchval("SELECT count(*) FROM outbox"):
                await last.send()
        await last.leave()


def test_relay(sending: World, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(seconds=0.0)
    clock.monotonic = lambda: clock.seconds
    for module in ("relay", "pipeline", "shipping"):
        monkeypatch.setattr(f"shared.kit.{module}.time", clock)
    monkeypatch.setattr("shared.kit.shards.SHARDS", 6)
    run(lambda: Relaying(sending, clock), examples=20)
