"""Idempotency keys as a machine: whatever is repeated, crossed, cut or refused, one thing and one answer per key."""

from collections import Counter
from dataclasses import dataclass

import httpx
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.integration.kit_http.things_api import TAKEN
from tests.integration.machines.creator import Creator
from tests.integration.machines.world import run

Owner = tuple[str, str]
Said = tuple[int, str]

NAMES = ["pont", "quai"]
IN_PROGRESS: Said = (409, "request-in-progress")

people = st.sampled_from(["anna", "bruno"])
keys = st.sampled_from(["k1", "k2", "k3"])
names = st.sampled_from(NAMES)


@dataclass
class Made:
    """What a key has made, and the answer, if its client ever got one."""

    name: str
    content: bytes | None


def said(answer: httpx.Response) -> Said:
    """The status, with what kind of answer it is."""
    if answer.status_code == 201:
        return 201, "again" if "idempotency-replayed" in answer.headers else "new"
    return answer.status_code, str(answer.json()["type"]).removeprefix("urn:qmi:problem:")


class Creating(RuleBasedStateMachine):
    """The model: what each key of each person has made; the names that the use case refuses."""

    def __init__(self, creator: Creator) -> None:
        super().__init__()
        self.creator, self.world = creator, creator.world
        self.made: dict[Owner, Made] = {}
        self.world.empty()
        TAKEN.clear()

    @rule(who=people, key=keys, name=names)
    def ask(self, who: str, key: str, name: str) -> None:
        """A creation, be it new, repeated, refused, or another one under a key that has served."""
        self._judge((who, key), name, self.world.do(self.creator.ask(who, key, name)))

    @rule(who=people, key=keys, name=names, other=names)
    def ask_while_it_is_under_way(self, who: str, key: str, name: str, other: str) -> None:
        """Two at once under one key, for the same thing or another: only one gets to work."""
        if not self._is_new((who, key), name):
            return
        first, second = self.world.do(self.creator.ask_while_another_is_held(who, key, name, other))
        assert (said(second), second.headers.get("retry-after")) == (IN_PROGRESS, "1")
        self._judge((who, key), name, first)

    @rule(who=people, key=keys, name=names, count=st.integers(2, 4))
    def ask_at_once(self, who: str, key: str, name: str, count: int) -> None:
        """The same several times at once, and nobody waits for anybody."""
        answers = self.world.do(self.creator.ask_at_once(who, key, name, count))
        through = [answer for answer in answers if said(answer) != IN_PROGRESS]
        assert through
        for answer in sorted(through, key=lambda answer: said(answer) == (201, "again")):
            self._judge((who, key), name, answer)

    @rule(who=people, key=keys, name=names, after=st.booleans(), dies=st.booleans())
    def lose_the_database_at_commit(self, who: str, key: str, name: str, after: bool, dies: bool) -> None:
        """Before or after COMMIT, the client is told the same: nothing certain."""
        if not self._is_new((who, key), name):
            return
        answer = self.world.do(self.creator.ask_and_lose_the_database(who, key, name, after=after))
        assert said(answer) == (503, "service-unavailable")
        if after:
            self.made[who, key] = Made(name, None)
        if dies:
            self.world.do(self.creator.restart())

    @rule(who=people, key=keys, name=names)
    def die_before_the_answer(self, who: str, key: str, name: str) -> None:
        """The transaction is committed, the client gets nothing, and another instance takes over."""
        was_new = self._is_new((who, key), name)
        self.world.do(self.creator.ask(who, key, name))
        if was_new:
            self.made[who, key] = Made(name, None)
        self.world.do(self.creator.restart())

    @rule(name=names)
    def refuse(self, name: str) -> None:
        """From now on the domain refuses a name, or no longer does."""
        TAKEN.symmetric_difference_update({name})

    @invariant()
    def one_thing_and_one_event_for_each_key_that_served(self) -> None:
        """What is in the database is what the model knows, and nothing of what was refused."""
        things = Counter(name for (name,) in self.world.fetch("SELECT name FROM things"))
        assert things == Counter(made.name for made in self.made.values())
        [(events,)] = self.world.fetch("SELECT count(*) FROM event_log JOIN things ON things.id = aggregate_id")
        assert [(events,)] == self.world.fetch("SELECT count(*) FROM event_log") == [(len(self.made),)]

    def teardown(self) -> None:
        """Every key that served still gives its answer, and every other is free."""
        TAKEN.clear()
        for (who, key), made in list(self.made.items()):
            self.ask(who, key, made.name)
        for who in ("anna", "bruno"):
            self.ask(who, "never-used", NAMES[0])
        self.one_thing_and_one_event_for_each_key_that_served()

    def _is_new(self, owner: Owner, name: str) -> bool:
        return owner not in self.made and name not in TAKEN

    def _judge(self, owner: Owner, name: str, answer: httpx.Response) -> None:
        made = self.made.get(owner)
        if made is None and name in TAKEN:
            assert said(answer) == (409, "invalid-state")
        elif made is None:
            assert said(answer) == (201, "new")
            self.made[owner] = Made(name, answer.content)
        elif made.name != name:
            assert said(answer) == (422, "idempotency-key-reused")
        else:
            assert said(answer) == (201, "again")
            made.content = made.content or answer.content
            assert answer.content == made.content
            assert str(answer.json()["id"]) in answer.headers["location"]


@pytest.mark.timeout(300)
def test_idempotency_keys(creator: Creator) -> None:
    run(lambda: Creating(creator), examples=20)
