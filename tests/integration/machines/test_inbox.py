"""Inbox, parking lot and redrive as a machine: one effect per message, in order per key, all done, parked or dead."""

import asyncio
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from shared.events.topics import CANDIDATURE_EVENTS
from shared.kit.consume import Subscribers
from shared.kit.dead_letters import DeadLetters
from shared.kit.graveyard import DeadLetter, dead_letter
from shared.kit.identity import new_id
from shared.kit.inbox import Inbox
from shared.kit.operations import record_operation
from shared.kit.park import Backoff
from shared.kit.record import Record
from shared.kit.redrive import Outcome, by_key, redrive_key
from shared.kit.unit_of_work import SqlUnitOfWork
from tests.builders.messages import a_record
from tests.integration.machines.hearer import Fate, Graveyard, Hearer
from tests.integration.machines.world import FakeClock, World, run

NEVER = asyncio.Event()
GROUP = "selection"
PROMPT = Backoff(first=0.0, attempts=2)

keys = st.sampled_from([UUID(int=number) for number in (1, 2, 3)])
fates = st.sampled_from([Fate.FINE, Fate.FINE, Fate.FINE, Fate.NOT_YET, Fate.NOT_YET, Fate.BUG, Fate.REFUSED])


class Hearing(RuleBasedStateMachine):
    """The model: a partition, how far the group has acknowledged it, and what the handler does about each message."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.partition: list[Record] = []
        self.acknowledged = self.taken = 0
        self.redriven: set[UUID] = set()
        self.hearer, self.graveyard = Hearer(), Graveyard()
        world.empty()
        self.restart()

    @rule(key=keys, fate=fates)
    def say(self, key: UUID, fate: Fate) -> None:
        """Another message of a key, and what its handler will do."""
        said = self.hearer.said.setdefault(key, [])
        record = a_record(key, len(said) + 1, offset=len(self.partition))
        said.append(str(record.envelope.id))
        self.hearer.fates[record.envelope.id] = fate
        self.partition.append(record)

    @rule(key=keys)
    def say_much(self, key: UUID) -> None:
        """Three that are fine."""
        for _ in range(3):
            self.say(key, Fate.FINE)

    @rule(count=st.integers(1, 8), acknowledge=st.booleans(), cut=st.sampled_from([False, False, False, True]))
    def hear(self, count: int, acknowledge: bool, cut: bool) -> None:
        """Take a batch; the process may die before the offset is committed, the connection in the handler."""
        batch = self.partition[self.acknowledged : self.acknowledged + count]
        self.hearer.cut = cut
        assert self.world.do(self.inbox.take(batch, abandon=NEVER))
        self.hearer.cut = False
        self.taken = max(self.taken, self.acknowledged + len(batch))
        if acknowledge:
            self.acknowledged += len(batch)

    @rule(back=st.integers(1, 10))
    def hear_again(self, back: int) -> None:
        """The group is assigned the partition from an older offset."""
        self.acknowledged = max(0, self.acknowledged - back)

    @rule()
    def restart(self) -> None:
        """Another process, which remembers nothing."""
        subscribers: Subscribers[SqlUnitOfWork] = Subscribers(GROUP)
        subscribers.on(CANDIDATURE_EVENTS)(self.hearer.handle)
        letters = DeadLetters(lambda: self.graveyard, GROUP)
        self.inbox = Inbox(self.world.database, subscribers, SqlUnitOfWork, FakeClock(), letters, backoff=PROMPT)

    @rule(times=st.integers(1, 6))
    def retry(self, times: int) -> None:
        """The retries come round."""
        for _ in range(times):
            self.world.do(self.inbox.retry_parked())

    @rule(key=keys)
    def come_true(self, key: UUID) -> None:
        """What the messages of a key waited for is there."""
        self._turn_out_fine(key, Fate.NOT_YET)

    @rule(key=keys)
    def mend_and_redrive(self, key: UUID) -> None:
        """The bug is mended, and the dead of a key are given back, in the order they first came."""
        self._turn_out_fine(key, Fate.BUG)
        letters = [dead_letter(record) for record in self.graveyard.records]
        mended = [letter for letter in letters if self._may_be_given_back(letter, key)]
        for queue in by_key(mended):
            for letter, outcome in zip(queue, self.world.do(self._redrive(queue)), strict=True):
                if outcome is Outcome.REDRIVEN:
                    self.redriven.add(letter.record.envelope.id)

    @invariant()
    def one_effect_each_and_everything_has_an_end(self) -> None:
        """What was taken is done, parked or dead, and only one of them; no key was overtaken."""
        effects = [(row[0], row[1]) for row in self.world.fetch("SELECT subject, version FROM effects")]
        claims = {row[0]: row[1] for row in self.world.fetch("SELECT id, dead FROM inbox")}
        parked = {row[0] for row in self.world.fetch("SELECT message_id FROM parked")}
        assert len(effects) == len(set(effects))
        assert self.hearer.overtook == []
        for record in self.partition[: self.taken]:
            name, said = str(record.envelope.id), (record.envelope.subject, record.envelope.sequence)
            ends = [said in effects, name in parked, claims.get(name, False)]
            assert sum(ends) == 1, f"{said}: done, parked, dead = {ends}"
            assert not ends[2] or any(dead.key == record.key for dead in self.graveyard.records)

    @invariant()
    def in_order(self) -> None:
        """What was never given back is done in the order it was said, key by key."""
        by_subject: dict[UUID, list[int]] = {}
        envelopes = [record.envelope for record in self.partition if record.envelope.id in self.redriven]
        given_back = {(envelope.subject, envelope.sequence) for envelope in envelopes}
        for subject, version in self.world.fetch("SELECT subject, version FROM effects ORDER BY position"):
            if (subject, version) not in given_back:
                by_subject.setdefault(subject, []).append(version)
        assert all(versions == sorted(versions) for versions in by_subject.values())

    def teardown(self) -> None:
        """Heal, hear and give back everything: all but the refused has had its effect, and nothing waits."""
        subjects = list(self.hearer.said)
        for subject in subjects:
            self.come_true(subject)
        self.world.do(self.inbox.take(self.partition[self.acknowledged :], abandon=NEVER))
        self.taken = len(self.partition)
        self._retry_all()
        for subject in subjects:
            self.mend_and_redrive(subject)
        self._retry_all()
        self.one_effect_each_and_everything_has_an_end()
        self.in_order()
        fine = {r.identity[1] for r in self.partition if self.hearer.fates[r.envelope.id] is Fate.FINE}
        assert self.world.fetch("SELECT * FROM parked") == []
        assert {row[0] for row in self.world.fetch("SELECT id FROM inbox WHERE NOT dead")} == fine

    def _may_be_given_back(self, letter: DeadLetter, key: UUID) -> bool:
        said = letter.record.envelope
        return said.subject == key and self.hearer.fates[said.id] is not Fate.REFUSED

    def _retry_all(self) -> None:
        while self.world.do(self.inbox.retry_parked()):
            pass

    def _turn_out_fine(self, key: UUID, fate: Fate) -> None:
        for record in self.partition:
            if record.envelope.subject == key and self.hearer.fates[record.envelope.id] is fate:
                self.hearer.fates[record.envelope.id] = Fate.FINE

    async def _redrive(self, letters: list[DeadLetter]) -> list[Outcome]:
        operation = new_id()
        async with self.world.admin.transaction():
            await record_operation(self.world.admin, operation, "astreinte", "dlq redrive", GROUP, {})
            return await redrive_key(self.world.admin, letters, operation=operation, max_cycles=9)


def test_inbox_parking_and_redrive(hearing: World) -> None:
    run(lambda: Hearing(hearing), examples=15)
