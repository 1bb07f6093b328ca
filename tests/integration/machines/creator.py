"""The service of things behind HTTP, which dies and comes back, and whose database is cut off at the worst moment."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import httpx
from joserfc.jwk import ECKey

from deploy.stack.issuer import PATH, issuer_url
from deploy.stack.issuer import create_app as create_issuer
from shared.kit.access import Role
from tests.faults.proxy import LOOPBACK, Proxy, Trap, commits
from tests.infrastructure.containers import free_port
from tests.integration.kit_http.conftest import Issuer, running, sandbox_settings, served
from tests.integration.kit_http.things_api import HELD, create_app
from tests.integration.machines.world import World


class Gate(asyncio.Event):
    """Holds whoever makes a thing of some name, inside the transaction; `reached` once somebody is there."""

    def __init__(self) -> None:
        super().__init__()
        self.reached = asyncio.Event()

    async def wait(self) -> bool:  # type: ignore[override]
        """Be held."""
        self.reached.set()
        return await super().wait()


class Creator:
    """An instance of the service at a time, on the real database, through a proxy."""

    def __init__(self, world: World, dsn: str, folder: Path) -> None:
        self.world = world
        address = urlsplit(dsn)
        self._proxy = Proxy(free_port(), address.port or 5432)
        place = f"{address.netloc.rpartition('@')[0]}@{LOOPBACK}:{self._proxy.port}"
        self._dsn = urlunsplit(address._replace(netloc=place))
        self._folder = folder
        self._tokens: dict[str, str] = {}
        self._around, self._alive = AsyncExitStack(), AsyncExitStack()

    async def open(self) -> None:
        """Start what stands around the service, then the service."""
        await self._proxy.start()
        self._around.push_async_callback(self._proxy.stop)
        key = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, private=True, auto_kid=True)
        base = await self._around.enter_async_context(served(create_issuer(issuer_url(free_port()), key)))
        self._issuer = Issuer(base + PATH, key)
        await self.restart()

    async def close(self) -> None:
        """End it all."""
        await self._alive.aclose()
        await self._around.aclose()

    async def restart(self) -> None:
        """Another instance: what the one before kept in memory is gone."""
        await self._alive.aclose()
        app = create_app(sandbox_settings(self._dsn, self._issuer.url, self._folder))
        self._client = await self._alive.enter_async_context(running(app))

    async def ask(self, who: str, key: str, name: str) -> httpx.Response:
        """Ask for a thing."""
        if who not in self._tokens:
            self._tokens[who] = self._issuer.token(Role.COMMUNE_AGENT, organisation="93001", subject=who)
        headers = {"Authorization": f"Bearer {self._tokens[who]}", "Idempotency-Key": key}
        return await self._client.post("/v1/things", json={"name": name}, headers=headers)

    async def ask_at_once(self, who: str, key: str, name: str, count: int) -> list[httpx.Response]:
        """Ask for the same thing so many times at once."""
        return await asyncio.gather(*(self.ask(who, key, name) for _ in range(count)))

    async def ask_while_another_is_held(
        self, who: str, key: str, name: str, other: str
    ) -> tuple[httpx.Response, httpx.Response]:
        """Ask for `name`, and for `other` under the same key while the first is inside its transaction."""
        HELD[name] = gate = Gate()
        first = asyncio.create_task(self.ask(who, key, name))
        await asyncio.wait_for(gate.reached.wait(), 5)
        second = asyncio.create_task(self.ask(who, key, other))
        await asyncio.wait({second}, timeout=1.0)
        del HELD[name]
        gate.set()
        return await first, await second

    async def ask_and_lose_the_database(self, who: str, key: str, name: str, *, after: bool) -> httpx.Response:
        """Ask for a thing; the connection is cut before COMMIT gets there, or when its answer comes back."""
        cutting = asyncio.create_task(self._proxy.spring(Trap(commits, after), within=5))
        await asyncio.sleep(0)
        answer = await self.ask(who, key, name)
        if not await cutting:
            raise AssertionError("no COMMIT came by")
        return answer
