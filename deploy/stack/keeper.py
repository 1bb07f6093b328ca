"""Keeps a running stack alive: what ends on its own is started again, with back-off, and said."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol

import asyncpg
from aiokafka.errors import KafkaError

from deploy.stack.child import Child
from deploy.stack.report import Report
from deploy.stack.trouble import Trouble

LOOKS_EVERY = 0.3
LONGEST_BACK_OFF = 30.0
TROUBLES = (Trouble, asyncpg.PostgresError, asyncpg.InterfaceError, KafkaError, OSError)


class Kept(Protocol):
    """What the keeper needs of a stack."""

    report: Report

    def children(self) -> Iterable[Child]:
        """The processes that are simply started again."""

    def database_ended(self) -> bool:
        """Whether PostgreSQL is gone."""

    def broker_ended(self) -> bool:
        """Whether the broker is gone."""

    async def restart_database(self) -> None:
        """Start PostgreSQL again on the same data and port."""

    async def replace_broker(self) -> None:
        """Start a new broker and give it the history."""


async def keep(stack: Kept) -> None:
    """Watch for ever."""
    async with asyncio.TaskGroup() as group:
        group.create_task(_keep_part(stack.report, "PostgreSQL", stack.database_ended, stack.restart_database))
        group.create_task(_keep_part(stack.report, "Le courtier", stack.broker_ended, stack.replace_broker))
        group.create_task(_keep_children(stack))


async def _keep_part(
    report: Report, name: str, ended: Callable[[], bool], restart: Callable[[], Awaitable[None]]
) -> None:
    while True:
        await asyncio.sleep(LOOKS_EVERY)
        if ended():
            report.warn(f"{name} s’est arrêté ; il est relancé.")
            await _insist(report, name, restart)


async def _insist(report: Report, name: str, restart: Callable[[], Awaitable[None]]) -> None:
    wait = 1.0
    while True:
        try:
            return await restart()
        except TROUBLES as error:
            report.warn(f"{name} n’a pas pu être relancé ({error}) ; nouvel essai dans {wait:.0f} s.")
        await asyncio.sleep(wait)
        wait = min(LONGEST_BACK_OFF, wait * 2)


async def _keep_children(stack: Kept) -> None:
    while True:
        await asyncio.sleep(LOOKS_EVERY)
        for child in stack.children():
            if child.wanted and child.ended is not None:
                revive(child, stack.report)


def revive(child: Child, report: Report) -> None:
    """Decide when to start an ended process again, or do it once that time has come."""
    if child.due_at is None:
        wait = child.back_off()
        report.warn(f"{child.name} s’est arrêté (code {child.ended}) ; relancé dans {wait:.0f} s. Voir {child.log}")
    elif time.monotonic() >= child.due_at:
        child.start()
