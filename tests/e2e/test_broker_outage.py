"""The broker is away while communes send their dossiers: the API answers, and everything arrives afterwards.

QMI_OUTAGE_SECONDS makes it longer: 120 for the two minutes that the platform promises to bear.
"""

import asyncio
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx
import pytest

from deploy.demo import listening
from deploy.demo.client import connected
from deploy.demo.narrator import Narrator
from deploy.demo.people import referent_agent
from deploy.demo.play import play
from deploy.kafka import topics
from tests.e2e.conftest import StartTown
from tests.e2e.listener import listen
from tests.e2e.town import Town
from tests.infrastructure.containers import KafkaContainer
from tests.infrastructure.plugin import STACK
from tests.infrastructure.running import start_kafka

OUTAGE = float(os.environ.get("QMI_OUTAGE_SECONDS", "30"))
A_DRAFT_NOBODY_SENDS = "93048"
STARTED, SENT = 9, 8
SUBMITTED = "fr.metropolegrandparis.qmi.candidature-submitted.v1"
PAUSE = 0.2

pytestmark = [pytest.mark.real_kafka, pytest.mark.timeout(300 + 3 * OUTAGE)]


@dataclass
class Answers:
    """The answers to writes, any failure of a server, and how long the slowest answer took."""

    statuses: Counter[int] = field(default_factory=Counter)
    slowest: float = 0.0

    def note(self, answer: httpx.Response) -> None:
        """Count one."""
        self.slowest = max(self.slowest, answer.elapsed.total_seconds())
        if answer.request.method != "GET" or answer.is_server_error:
            self.statuses[answer.status_code] += 1


Way = tuple[str, str, float]
STOPPED: Way = ("kill", "revive", OUTAGE)
FROZEN: Way = ("pause", "unpause", OUTAGE / 3)


@pytest.fixture
def kafka(request: pytest.FixtureRequest) -> Iterator[KafkaContainer]:
    """A broker for each outage."""
    started = start_kafka(request.config.stash[STACK].choice)
    assert isinstance(started, KafkaContainer)
    topics.apply(started.address)
    yield started
    started.stop()


@pytest.mark.parametrize("way", [STOPPED, FROZEN], ids=["stopped", "frozen"])
async def test_dossiers_sent_while_the_broker_is_away_arrive_once_it_is_back(
    way: Way,
    start_town: StartTown,
    kafka: KafkaContainer,
    say: Narrator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(listening, "WITHIN", 120 + OUTAGE)
    town, answers = await start_town(kafka.address), Answers()
    leave, come_back, seconds = getattr(kafka, way[0]), getattr(kafka, way[1]), way[2]
    await play(town.stack, say=say, until_chapter="commune_call")

    await asyncio.to_thread(leave)
    try:
        playing = asyncio.create_task(play(town.stack, say=say, until_chapter="closing", answered=answers.note))
        autosaves = await write_meanwhile(town, answers, seconds)
        waiting = (await town.count("outbox"))["candidature"]
        told = await submitted_in_feed(town)
    finally:
        await asyncio.to_thread(come_back)
    summary = await playing

    # The only refusals are those of the script: an incomplete dossier, and one that comes too late.
    assert {status: count for status, count in answers.statuses.items() if status >= 400} == {422: 1, 409: 1}
    assert answers.slowest < 10
    assert autosaves > seconds / 2
    assert (told, waiting) == (0, STARTED + SENT)
    assert summary.figures["candidature-submitted.v1"] == summary.figures["candidature-admitted.v1"] == SENT
    assert await town.count("outbox") == dict.fromkeys(town.stack.apis, 0)
    assert await town.count("parked") == dict.fromkeys(town.stack.apis, 0)
    await town.stop()
    heard = [record["attributes"]["id"] for record in await listen(kafka) if record["attributes"]["type"] == SUBMITTED]
    assert len(heard) == len(set(heard)) == SENT


async def write_meanwhile(town: Town, answers: Answers, seconds: float) -> int:
    """Save the same draft again and again for so many seconds; how often that was answered."""
    agent = referent_agent(A_DRAFT_NOBODY_SENDS)
    end = asyncio.get_running_loop().time() + seconds
    saved = 0
    async with connected(town.stack, 2, answers.note) as platform:
        while asyncio.get_running_loop().time() < end:
            own = await platform.items(agent, "candidature", "/v1/candidatures")
            draft = next((each for each in own if each["status"] == "draft"), None)
            if draft:
                body = {"answers": {"motivations": f"Version {saved}"}}
                path = f"/v1/candidatures/{draft['id']}/form"
                read = await platform.get(agent, "candidature", f"/v1/candidatures/{draft['id']}")
                if read["answers"]:
                    await platform.patch(agent, "candidature", path, body, version=read["version"])
                    saved += 1
            await asyncio.sleep(PAUSE)
    return saved


async def submitted_in_feed(town: Town) -> int:
    """How many dossiers partners have heard of so far."""
    async with connected(town.stack, 2) as platform, listening.listening(platform) as listener:
        await asyncio.sleep(1)
        return listener.counts["candidature-submitted.v1"]
