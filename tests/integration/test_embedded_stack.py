"""The embedded stack, for real: what it promises to the services that start on it."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import asyncpg
import httpx
import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from joserfc import jwt
from joserfc.jwk import KeySet

from deploy.stack import broker, cluster, environment, ports, postgres
from deploy.stack.child import Child, stop_all
from deploy.stack.entrance import Entrance
from deploy.stack.issuer import issuer_url
from deploy.stack.layout import Layout, Stack
from deploy.stack.readiness import all_ready
from deploy.stack.report import Report


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "postgres"
    cluster.forget(tmp_path / "postgres")


@pytest.fixture
def kafka() -> Iterator[broker.RunningBroker]:
    running = broker.start(tethered=True)
    yield running
    running.stop()


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path)


async def test_a_database_started_again_has_its_port_and_its_data(home: Path) -> None:
    first = postgres.start(home)
    await query(first.dsn, "CREATE TABLE kept AS SELECT 7 AS value")
    first.stop()

    second = postgres.start(home)
    try:
        assert await query(second.dsn, "SELECT value FROM kept") == 7
        assert second.port == first.port
    finally:
        second.stop()


async def test_a_database_killed_without_notice_starts_again_with_what_was_committed(home: Path) -> None:
    first = postgres.start(home)
    await query(first.dsn, "CREATE TABLE kept AS SELECT 7 AS value")
    first.process.kill()
    first.stop()
    assert (home / "data" / "postmaster.pid").exists()

    second = postgres.start(home)
    try:
        assert await query(second.dsn, "SELECT value FROM kept") == 7
    finally:
        second.stop()


async def test_a_database_whose_pid_file_names_a_stranger_starts(home: Path) -> None:
    first = postgres.start(home)
    first.process.kill()
    first.stop()
    pid_file = home / "data" / "postmaster.pid"
    pid_file.write_text("\n".join([str(os.getpid()), *pid_file.read_text().splitlines()[1:]]) + "\n")

    second = postgres.start(home)
    try:
        assert await query(second.dsn, "SELECT 1") == 1
    finally:
        second.stop()


def test_a_database_is_never_served_twice(home: Path) -> None:
    first = postgres.start(home)
    try:
        with pytest.raises(cluster.PostgresFailed, match="déjà utilisée"):
            postgres.start(home)
    finally:
        first.stop()


async def test_a_database_asks_for_a_password(home: Path) -> None:
    running = postgres.start(home)
    try:
        with pytest.raises(asyncpg.InvalidPasswordError):
            await query(f"postgresql://postgres:wrong@127.0.0.1:{running.port}/qmi", "SELECT 1")
        assert (home / "password").stat().st_mode & 0o777 == 0o600
    finally:
        running.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another account, and may make a folder nobody enters")
async def test_root_serves_a_database_from_a_folder_that_only_root_may_enter(tmp_path: Path) -> None:
    secret = tmp_path / "home-of-root"
    secret.mkdir(mode=0o700)
    running = postgres.start(secret / "postgres")
    try:
        assert await query(running.dsn, "SELECT 1") == 1
        assert (secret / "postgres" / "data").resolve().owner() != "root"
        assert secret.stat().st_mode & 0o777 == 0o700
    finally:
        running.stop()
        data = (secret / "postgres" / "data").resolve()
        cluster.forget(secret / "postgres")
    assert not data.exists()


async def test_the_broker_keeps_the_order_of_a_key(kafka: broker.RunningBroker) -> None:
    broker.make_topics(kafka.address, ["test.stack"])

    await send(kafka.address, "test.stack", [f"{number}" for number in range(20)])

    assert await receive(kafka.address, "test.stack", 20) == [f"{number}" for number in range(20)]


async def test_the_entrance_leads_to_the_broker_of_the_day(kafka: broker.RunningBroker) -> None:
    entrance = Entrance(ports.any_free())
    await entrance.open()
    other = broker.start(tethered=True)
    try:
        entrance.leads_to = other.address
        await send(entrance.address, "test.stack", ["before"])
        assert await receive(other.address, "test.stack", 1) == ["before"]
        entrance.leads_to = kafka.address
        await send(entrance.address, "test.stack", ["after"])
        assert await receive(kafka.address, "test.stack", 1) == ["after"]
    finally:
        await entrance.close()
        other.stop()


def test_a_broker_that_ended_no_longer_answers(kafka: broker.RunningBroker) -> None:
    kafka.stop()

    assert not broker.answers(kafka.address, within=1)


@pytest.fixture
async def mail(layout: Layout) -> AsyncIterator[str]:
    address = f"127.0.0.1:{ports.any_free()}"
    child = environment.mail(layout, Stack(smtp=address))
    child.start()
    await listening(address)
    yield address
    stop_all([child], 5)


async def test_a_mail_can_be_opened_from_the_list(mail: str, layout: Layout) -> None:
    message = EmailMessage()
    message["From"], message["To"] = "qmi@example.org", "élue@example.org"
    message["Subject"] = "Convention <signée> à Sceaux"
    message["Date"] = "Mon, 05 Jan 2026 09:30:00 +0100"
    message.set_content("Bonjour,\nvoici la convention.\n")
    message.add_alternative("<p>Bonjour, voici la <b>convention</b>.</p>", subtype="html")
    host, _, port = mail.partition(":")

    await aiosmtplib.send(message, hostname=host, port=int(port), recipients=["elue@example.org"])

    stem = "00001-convention-signee-a-sceaux"
    await exists(layout.mails / f"{stem}.eml")
    assert "voici la <b>convention</b>" in (layout.mails / f"{stem}.html").read_text()
    assert "voici la convention." in (layout.mails / f"{stem}.txt").read_text()
    await contains(layout.mails / "index.html", "05/01/2026 09:30")
    index = (layout.mails / "index.html").read_text()
    assert "Convention &lt;signée&gt; à Sceaux" in index
    assert f'href="{stem}.html"' in index


@pytest.fixture
async def issuer(layout: Layout) -> AsyncIterator[str]:
    url = issuer_url(ports.any_free())
    child = environment.issuer(layout, Stack(issuer=url))
    child.start()
    await all_ready([child], Report())
    yield url
    stop_all([child], 5)


async def test_a_token_of_the_issuer_is_verified_by_its_published_keys(issuer: str) -> None:
    async with httpx.AsyncClient() as client:
        discovery = (await client.get(f"{issuer}/.well-known/openid-configuration")).json()
        keys = KeySet.import_key_set((await client.get(discovery["jwks_uri"])).json())
        body = {"roles": ["commune_agent"], "organisation": "93001", "lifetime": 60}
        answer = await client.post(discovery["token_endpoint"], json=body)

    claims = jwt.decode(answer.json()["access_token"], keys, algorithms=["ES256"]).claims

    assert claims["iss"] == discovery["issuer"] == issuer
    assert (claims["aud"], claims["roles"], claims["organisation"]) == ("qmi", ["commune_agent"], "93001")
    assert claims["exp"] - claims["iat"] == 60
    assert set(claims) == {"iss", "aud", "sub", "iat", "nbf", "exp", "roles", "organisation"}


async def test_the_issuer_refuses_a_role_that_does_not_exist(issuer: str) -> None:
    async with httpx.AsyncClient() as client:
        answer = await client.post(f"{issuer}/token", json={"roles": ["emperor"]})

    assert answer.status_code == 422
    assert "emperor" in answer.json()["detail"]


async def test_the_issuer_says_that_it_is_for_development_and_hides_its_key(issuer: str, layout: Layout) -> None:
    assert "DÉVELOPPEMENT" in layout.log("issuer").read_text()
    assert (layout.secrets / "issuer.json").stat().st_mode & 0o777 == 0o600
    async with httpx.AsyncClient() as client:
        assert "d" not in (await client.get(f"{issuer}/.well-known/jwks.json")).json()["keys"][0]


@pytest.mark.skipif(sys.platform != "linux", reason="only the Linux kernel ties a child to its parent")
def test_a_child_does_not_outlive_the_process_that_started_it(tmp_path: Path) -> None:
    script = (
        "import pathlib, sys, time\n"
        "from deploy.stack.child import Child\n"
        "child = Child('sleeper', ['sleep', '600'], pathlib.Path(sys.argv[1]))\n"
        "child.start()\n"
        "while b'sleep' != pathlib.Path(f'/proc/{child.process.pid}/comm').read_bytes().strip():\n"
        "    time.sleep(0.01)\n"
        "print(child.process.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "log")], stdout=subprocess.PIPE, text=True, cwd=Path.cwd()
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())

    parent.kill()
    parent.wait()
    parent.stdout.close()

    assert gone(pid, within=10)


async def test_a_child_that_ignores_a_polite_request_is_killed(tmp_path: Path) -> None:
    child = Child("stubborn", ["sh", "-c", "trap '' TERM; echo deaf; while :; do sleep 0.1; done"], tmp_path / "log")
    child.start()
    await contains(child.log, "deaf")

    stop_all([child], patience=0.5)

    assert child.ended == -signal.SIGKILL


def gone(pid: int, within: float) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


async def query(dsn: str, sql: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def send(address: str, topic: str, values: list[str]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=address, enable_idempotence=True, acks="all")
    await producer.start()
    try:
        for value in values:
            await producer.send_and_wait(topic, value.encode(), key=b"one")
    finally:
        await producer.stop()


async def receive(address: str, topic: str, count: int) -> list[str]:
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=address, group_id="test", auto_offset_reset="earliest")
    await consumer.start()
    try:
        async with asyncio.timeout(20):
            return [(await consumer.getone()).value.decode() for _ in range(count)]
    finally:
        await consumer.stop()


async def listening(address: str) -> None:
    host, _, port = address.partition(":")

    def accepts() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex((host, int(port))) == 0

    await until(accepts)


async def exists(file: Path) -> None:
    await until(file.exists)


async def contains(file: Path, text: str) -> None:
    await until(lambda: text in file.read_text())


async def until(condition: Callable[[], bool], within: float = 15) -> None:
    async with asyncio.timeout(within):
        while not condition():
            await asyncio.sleep(0.05)
