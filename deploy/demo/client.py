"""The four APIs over HTTP, each call in the name of somebody; creations carry a key that makes them happen once."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx

from deploy.demo.people import Person
from deploy.demo.trouble import DemoFailed, Problem, Refused
from deploy.stack.layout import SERVICES, Stack
from shared.kit.identity import derived_id, new_id

AT_ONCE = 12
PATIENCE = 30.0
ATTEMPTS = 6
TOKEN_LIFETIME = 3600

Answered = Callable[[httpx.Response], None]


class Platform:
    """A running stack, spoken to by HTTP alone; `edition` makes the idempotency keys of its creations."""

    def __init__(self, stack: Stack, edition: int, http: httpx.AsyncClient, answered: Answered | None = None) -> None:
        self.stack = stack
        self.edition = edition
        self._http = http
        self._answered = answered
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._tokens: dict[Person, asyncio.Task[str]] = {}

    async def get(self, who: Person, service: str, path: str, **parameters: object) -> Any:
        """Read a resource."""
        given = {name: str(value) for name, value in parameters.items() if value is not None}
        return (await self.call(who, "GET", service, path, params=given)).json()

    async def items(self, who: Person, service: str, path: str, **parameters: object) -> list[Any]:
        """Read a whole list, page after page."""
        found: list[Any] = []
        cursor = None
        while True:
            page = await self.get(who, service, path, **parameters, limit=100, cursor=cursor)
            found += page["items"]
            cursor = page.get("next")
            if cursor is None:
                return found

    async def create(self, who: Person, service: str, path: str, body: object, *, step: str) -> UUID:
        """Create something once, however often the script says so; returns its identifier."""
        headers = {"Idempotency-Key": str(derived_id("demo", str(self.edition), step))}
        return UUID((await self.call(who, "POST", service, path, json=body, headers=headers)).json()["id"])

    async def upload(self, who: Person, service: str, path: str, content: bytes, *, step: str, **about: str) -> UUID:
        """Send a file as it is, once."""
        key = str(derived_id("demo", str(self.edition), step))
        headers = {"Idempotency-Key": key, "Content-Type": "application/pdf"}
        answer = await self.call(who, "POST", service, path, content=content, headers=headers, params=about)
        return UUID(answer.json()["id"])

    async def act(self, who: Person, service: str, path: str, body: object = None) -> bool:
        """Do something that happens once; False when it was done already (the state allows it no more)."""
        try:
            await self.call(who, "POST", service, path, json=body)
        except Refused as refused:
            if refused.problem.slug in {"invalid-state", "already-signed", "request-closed"}:
                return False
            raise
        return True

    async def put(self, who: Person, service: str, path: str, body: object, *, version: int | None = None) -> int:
        """Say how something must be; returns its new version, 0 when it has none."""
        return await self._write(who, "PUT", service, path, body, version)

    async def patch(self, who: Person, service: str, path: str, body: object, *, version: int) -> int:
        """Change a part of something; returns its new version."""
        return await self._write(who, "PATCH", service, path, body, version)

    async def refusal(self, who: Person, method: str, service: str, path: str, body: object = None) -> Problem:
        """Ask for what must be refused; DemoFailed when it is not."""
        headers = {"Idempotency-Key": str(new_id())} if method == "POST" else {}
        try:
            await self.call(who, method, service, path, json=body, headers=headers)
        except Refused as refused:
            return refused.problem
        raise DemoFailed(f"{method} {path} aurait dû être refusé, et ne l’a pas été.")

    async def call(self, who: Person, method: str, service: str, path: str, **request: Any) -> httpx.Response:
        """One request, tried again while the service is not there; raises Refused for what it says no to."""
        headers: Mapping[str, str] = request.pop("headers", {})
        if request.get("json", ...) is None:
            request.pop("json")
        for attempt in range(ATTEMPTS):
            last = attempt == ATTEMPTS - 1
            token = await self.token(who)
            try:
                async with self._gate:
                    answer = await self._http.request(
                        method,
                        f"{self.stack.apis[service]}{path}",
                        headers={"Authorization": f"Bearer {token}", **headers},
                        **request,
                    )
            except httpx.TransportError as error:
                if last:
                    raise DemoFailed(f"L’API {service} ne répond pas : {error!r}") from error
            else:
                if self._answered:
                    self._answered(answer)
                if answer.is_success:
                    return answer
                problem = Problem.of(answer)
                if last or not (answer.status_code == 503 or problem.slug == "request-in-progress"):
                    raise Refused(method, path, problem)
            await asyncio.sleep(0.2 * 2**attempt)
        raise AssertionError

    async def token(self, who: Person) -> str:
        """A development token for somebody, asked for once."""
        if who not in self._tokens:
            self._tokens[who] = asyncio.create_task(self._ask_token(who))
        return await self._tokens[who]

    async def _ask_token(self, who: Person) -> str:
        body = {"roles": [who.role], "organisation": who.organisation, "subject": str(who.id)}
        try:
            answer = await self._http.post(f"{self.stack.issuer}/token", json={**body, "lifetime": TOKEN_LIFETIME})
        except httpx.TransportError as error:
            raise DemoFailed(f"L’émetteur de jetons {self.stack.issuer} ne répond pas.") from error
        if answer.is_error:
            raise DemoFailed(f"L’émetteur de jetons a refusé : {answer.text}")
        return str(answer.json()["access_token"])

    async def _write(self, who: Person, method: str, service: str, path: str, body: object, version: int | None) -> int:
        headers = {} if version is None else {"If-Match": f'"{version}"'}
        answer = await self.call(who, method, service, path, json=body, headers=headers)
        return int(answer.headers.get("ETag", '"0"').strip('"'))


@asynccontextmanager
async def connected(stack: Stack, edition: int, answered: Answered | None = None) -> AsyncIterator[Platform]:
    """The APIs of a stack; raises DemoFailed when it does not name the four of them and an issuer."""
    missing = [service for service in SERVICES if service not in stack.apis]
    if missing or not stack.issuer:
        raise DemoFailed(f"La pile ne dit pas où répondent : {', '.join(missing) or 'l’émetteur de jetons'}.")
    limits = httpx.Limits(max_connections=4 * AT_ONCE, max_keepalive_connections=4 * AT_ONCE)
    async with httpx.AsyncClient(timeout=PATIENCE, limits=limits) as http:
        yield Platform(stack, edition, http, answered)
