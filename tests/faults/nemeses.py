"""What goes wrong, each thing by its name; everything random comes from the seed."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from random import Random

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from shared.events.topics import CANDIDATURE_EVENTS
from shared.kit.identity import new_id
from tests.faults import crashes
from tests.faults.processes import SESSION_SECONDS, TRIES
from tests.faults.proxy import Proxy, Trap, commits, commits_offsets, produces
from tests.faults.running import Process
from tests.faults.world import Scene

Nemesis = Callable[[Scene, Random], Awaitable[str]]

# A message whose next try is the last one; something parked of a key of which more than one died of a bug.
_DYING = f"SELECT EXISTS (SELECT FROM selection.parked WHERE attempts = {TRIES})"
_OVERTAKEN = """
SELECT EXISTS (
    SELECT FROM selection.parked AS p JOIN selection.inbox AS i USING (consumer_group)
    JOIN candidature.event_log AS e ON i.id = e.id::text AND p.key = convert_to(e.aggregate_id::text, 'UTF8')
    WHERE i.dead AND (e.data::jsonb -> 'edition')::int % 100 <> 49
    GROUP BY p.key HAVING count(DISTINCT i.id) > 1)
"""


async def _kill(role: str, scene: Scene, chance: Random) -> str:
    """kill -9, and back at once."""
    victim = chance.choice(scene.of(role))
    await victim.kill()
    await asyncio.sleep(chance.uniform(0, 1))
    victim.start()
    await victim.ready()
    return victim.name


async def _freeze(role: str, scene: Scene, chance: Random) -> str:
    """SIGSTOP for longer than the session of a group member, then SIGCONT: a zombie comes back."""
    victim, seconds = chance.choice(scene.of(role)), SESSION_SECONDS + chance.uniform(1.5, 3)
    victim.signal(signal.SIGSTOP)
    await asyncio.sleep(seconds)
    victim.signal(signal.SIGCONT)
    return f"{victim.name} for {seconds:.1f} s"


async def _restart(role: str, scene: Scene, chance: Random) -> str:
    """SIGTERM, and back, as at every deployment."""
    victim = chance.choice(scene.of(role))
    await victim.ask_to_go()
    victim.start()
    await victim.ready()
    return victim.name


async def restart_without_database(scene: Scene, chance: Random) -> str:
    """A worker that waits for its database is told to go, and goes."""
    victim, line = chance.choice(scene.of("worker")), scene.world.postgres_proxy
    line.refusing = True
    line.cut()
    try:
        await asyncio.sleep(chance.uniform(1, 2))
        await victim.ask_to_go()
    finally:
        line.refusing = False
    victim.start()
    await victim.ready()
    return victim.name


async def start_without_broker(scene: Scene, chance: Random) -> str:
    """All workers are killed, and come back before the broker does: what dies then has no place to go."""
    workers, line = scene.of("worker"), scene.world.kafka_proxy
    dying = await scene.until(_DYING, 15)
    await asyncio.gather(*(worker.kill() for worker in workers))
    line.refusing = True
    line.cut()
    for worker in workers:
        worker.start()
    await asyncio.gather(*(worker.answers() for worker in workers))
    await asyncio.sleep(chance.uniform(3, 4))
    line.refusing = False
    await asyncio.gather(*(worker.ready() for worker in workers))
    return f"{len(workers)} workers{', one message about to die' if dying else ''}"


async def crash(victim: Process, point: str, times: int) -> str:
    """Die at one exact place of the way of a message, or on the way out."""
    victim.crash_at(point, times)
    if not await victim.gone(8):
        await victim.ask_to_go()
    reached = victim.running is not None and victim.running.returncode == -signal.SIGKILL
    victim.start()
    await victim.ready()
    return f"{victim.name} at {point}, passage {times}{'' if reached else ': not reached'}"


async def _crash(role: str, scene: Scene, chance: Random) -> str:
    """All processes of a role die, each at a place of its own, by preference one where nobody died yet."""
    stirring = asyncio.create_task(_stir(role, scene, chance))
    try:
        places = [(victim, *_place_to_die(role, scene, chance)) for victim in scene.of(role)]
        return "; ".join(await asyncio.gather(*(crash(*place) for place in places)))
    finally:
        stirring.cancel()
        await asyncio.gather(stirring, return_exceptions=True)


def _place_to_die(role: str, scene: Scene, chance: Random) -> tuple[str, int]:
    """A point that has been passed, so that it will be again, and at which passage from now on."""
    passages, deaths = scene.crash_points()
    alive = [name for name in crashes.points(role) if passages[name] and not deaths[name]]
    point = chance.choice(alive or crashes.points(role))
    return point, chance.randint(1, max(1, min(20, passages[point] // 50)))


async def _stir(role: str, scene: Scene, chance: Random) -> None:
    """Lead processes where they go only when something is wrong."""
    while True:
        await asyncio.sleep(1.0)
        scene.world.postgres_proxy.cut()
        if role == "worker":
            await poison(scene, chance)
            await members_come_and_go(scene, chance)


async def redrive_and_crash(scene: Scene, chance: Random) -> str:
    """The dead are given back by a command that dies at one exact place, then by one that may end.

    Nobody hears meanwhile, and where there is a choice what came later of their keys waits: there they have a place.
    """
    workers = scene.of("worker")
    await scene.until(_OVERTAKEN, 15)
    await asyncio.gather(*(worker.kill() for worker in workers))
    point, times = _place_to_die("operator", scene, chance)
    died = await scene.redrive(crash_at=f"{point}:{times}")
    await scene.redrive()
    for worker in workers:
        worker.start()
    await asyncio.gather(*(worker.ready() for worker in workers))
    return f"at {point}, passage {times}{'' if died else ': not reached'}"


async def kill_the_broker(scene: Scene, chance: Random) -> str:
    """kill -9 of Kafka; it comes back with its data."""
    kafka = scene.world.kafka
    await asyncio.to_thread(kafka.kill)
    await asyncio.sleep(chance.uniform(0, 3))
    await asyncio.to_thread(kafka.revive)
    return "back with its data"


async def _restart_postgres(how: str, scene: Scene, chance: Random) -> str:
    postgres = scene.world.postgres
    container = postgres.get_wrapped_container()
    await asyncio.to_thread(container.kill, how)
    with suppress(TimeoutError):
        async with asyncio.timeout(15):
            await asyncio.to_thread(container.wait)
    await asyncio.sleep(chance.uniform(0, 2))
    await asyncio.to_thread(postgres.revive)
    return f"by {how}"


async def _trap(proxy: str, fits: Callable[[bytes], bool], after: bool, scene: Scene, chance: Random) -> str:
    """Cut one connection at one exact place, three times."""
    line: Proxy = getattr(scene.world, proxy)
    cuts = 0
    for _ in range(3):
        await asyncio.sleep(chance.uniform(0, 0.5))
        cuts += await line.spring(Trap(fits, after), within=5)
    return f"{cuts} cut"


async def _cut_all(proxy: str, scene: Scene, chance: Random) -> str:
    """Reset every connection, then refuse new ones for a while."""
    line: Proxy = getattr(scene.world, proxy)
    line.refusing = True
    cut, seconds = line.cut(), chance.uniform(1, 4)
    await asyncio.sleep(seconds)
    line.refusing = False
    return f"{cut} cut, refused for {seconds:.1f} s"


async def members_come_and_go(scene: Scene, chance: Random) -> str:
    """A member that takes its part, does nothing with it and leaves, again and again."""
    for _ in range(3):
        passer = AIOKafkaConsumer(
            CANDIDATURE_EVENTS,
            bootstrap_servers=scene.world.kafka.address,
            group_id=scene.group,
            enable_auto_commit=False,
            session_timeout_ms=6000,
        )
        try:
            await passer.start()
            await asyncio.sleep(chance.uniform(0.5, 2))
        finally:
            await passer.stop()
        await asyncio.sleep(chance.uniform(0.2, 1))
    return "3 times"


async def a_third_worker_comes_and_goes(scene: Scene, chance: Random) -> str:
    """A member that works, and leaves when asked to."""
    third = scene.add("worker")
    third.start()
    try:
        await third.ready()
        await asyncio.sleep(chance.uniform(0, 3))
        await third.ask_to_go()
    finally:
        scene.of("worker").remove(third)
        await third.kill()
    return third.name


async def poison(scene: Scene, chance: Random) -> str:
    """Messages nobody can read, among the others."""
    producer = AIOKafkaProducer(bootstrap_servers=scene.world.kafka.address, acks="all")
    await producer.start()
    for shape in range(4):
        value = f"poison {chance.random()} {shape}"
        headers = [("ce_id", None), ("ce_type", b"\xff")] if shape % 2 else []
        key = str(new_id()).encode() if shape < 2 else None
        await producer.send_and_wait(CANDIDATURE_EVENTS, key=key, value=value.encode(), headers=headers)
        scene.poison.append(value)
    await producer.stop()
    return "4 messages"


async def fill_the_disk(scene: Scene, chance: Random) -> str:
    """No room left for the tables."""
    seconds = chance.uniform(3, 6)
    await asyncio.to_thread(scene.world.postgres.fill)
    await asyncio.sleep(seconds)
    await asyncio.to_thread(scene.world.postgres.clear)
    return f"for {seconds:.1f} s"


NEMESES: dict[str, Nemesis] = {
    **{f"kill -9 of the {role}": partial(_kill, role) for role in ("api", "worker", "relay")},
    **{f"freeze the {role}": partial(_freeze, role) for role in ("api", "worker", "relay")},
    **{f"crash point of the {role}": partial(_crash, role) for role in ("api", "worker", "relay")},
    **{f"restart of the {role}": partial(_restart, role) for role in ("api", "relay")},
    "restart of a worker without its database": restart_without_database,
    "start of the workers without a broker": start_without_broker,
    "kill -9 of the broker": kill_the_broker,
    "kill -9 of PostgreSQL": partial(_restart_postgres, "SIGKILL"),
    "restart of PostgreSQL": partial(_restart_postgres, "SIGINT"),
    "database cut before COMMIT": partial(_trap, "postgres_proxy", commits, False),
    "database cut between COMMIT and its answer": partial(_trap, "postgres_proxy", commits, True),
    "all database connections cut": partial(_cut_all, "postgres_proxy"),
    "broker cut before send": partial(_trap, "kafka_proxy", produces, False),
    "broker cut between send and ack": partial(_trap, "kafka_proxy", produces, True),
    "broker cut between handler commit and offset commit": partial(_trap, "kafka_proxy", commits_offsets, False),
    "broker cut between offset commit and its answer": partial(_trap, "kafka_proxy", commits_offsets, True),
    "all broker connections cut": partial(_cut_all, "kafka_proxy"),
    "members come and go": members_come_and_go,
    "a third worker comes and goes": a_third_worker_comes_and_goes,
    "poison": poison,
    "crash point of a redrive": redrive_and_crash,
    "database disk full": fill_the_disk,
}


def crash_at(role: str, point: str, times: int) -> Nemesis:
    """The nemesis of one crash point."""

    async def nemesis(scene: Scene, chance: Random) -> str:
        return await crash(chance.choice(scene.of(role)), point, times)

    return nemesis


def plan(chance: Random) -> "list[str]":
    """Every nemesis once, in an order of the seed's."""
    names = list(NEMESES)
    chance.shuffle(names)
    return names


async def heal(scene: Scene) -> None:
    """Everything runs, everything is reachable, there is room on the disk."""
    world = scene.world
    for proxy in (world.postgres_proxy, world.kafka_proxy):
        proxy.refusing = False
        proxy.forget_traps()
    await asyncio.to_thread(world.postgres.clear)
    for process in scene.everybody():
        if process.frozen:
            process.signal(signal.SIGCONT)
        process.supervise()
    await asyncio.gather(*(process.ready() for process in scene.everybody()))
