"""Waiting until processes say that they are ready, or saying which one is not and why."""

import asyncio
import time
from collections.abc import Iterable
from typing import Any

import httpx

from deploy.stack.child import Child
from deploy.stack.report import Report
from deploy.stack.trouble import Trouble

READY_WITHIN = 90.0
ASKS_EVERY = 0.15


class NotReady(Trouble):
    """A process ended while starting, or does not become ready; the text names it, in French."""


async def all_ready(children: Iterable[Child], report: Report, within: float = READY_WITHIN) -> None:
    """Wait, side by side, until each child answers 200; each counts as a step. Raises NotReady at the first failure."""
    deadline = time.monotonic() + within
    try:
        async with httpx.AsyncClient(timeout=5) as client, asyncio.TaskGroup() as group:
            for child in children:
                group.create_task(_ready(client, child, report, deadline))
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None


async def state_of(client: httpx.AsyncClient, url: str) -> tuple[bool, str]:
    """Whether a health endpoint answers 200, and what it says in one line otherwise."""
    try:
        answer = await client.get(url)
    except httpx.HTTPError as error:
        return False, f"ne répond pas ({type(error).__name__})"
    return answer.status_code == httpx.codes.OK, _said(answer)


async def _ready(client: httpx.AsyncClient, child: Child, report: Report, deadline: float) -> None:
    said = ""
    while child.url and time.monotonic() < deadline:
        if child.ended is not None:
            raise NotReady(f"{child.name} s’est arrêté en démarrant (code {child.ended}) :\n{child.tail()}")
        ready, said = await state_of(client, child.url)
        if ready:
            break
        await asyncio.sleep(ASKS_EVERY)
    else:
        if child.url:
            raise NotReady(f"{child.name} n’est pas prêt : {said}. Voir {child.log}.")
    report.done(child.name)


def _said(answer: httpx.Response) -> str:
    try:
        body: Any = answer.json()
    except ValueError:
        return f"HTTP {answer.status_code}"
    detail = body.get("detail") or body.get("checks") or body.get("status") if isinstance(body, dict) else body
    return f"HTTP {answer.status_code} : {detail}"
