"""The task that empties the queue of mails, several at a time, and ends the one in hand before it stops."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from uuid import UUID

import structlog

from services.notifications.gateways.smtp import MailServerUnreachable, SmtpAccess, SmtpLine
from services.notifications.usecases.deliver_next import DeliverNext, deliver_next
from services.notifications.usecases.ports import Work
from shared.kit.clock import Clock
from shared.kit.database import DATABASE_TROUBLE, Database
from shared.kit.identity import new_id
from shared.kit.provenance import Provenance

log = structlog.get_logger(__name__)

ACTOR = "system:notifications:sender"
LINES = 4
POLL = 0.2
_LONGEST_PAUSE = 30.0
_TROUBLE: tuple[type[BaseException], ...] = (*DATABASE_TROUBLE, MailServerUnreachable)

MakeWork = Callable[[Database, Provenance], Work]


class Outgoing:
    """The queue of one process, on its way to the mail server; several processes may share a queue."""

    def __init__(self, access: SmtpAccess, database: Database, clock: Clock, make_work: MakeWork) -> None:
        self._access = access
        self._database = database
        self._clock = clock
        self._make_work = make_work

    async def run(self) -> None:
        """Send until cancelled, surviving the loss of PostgreSQL and of the mail server."""
        pause = POLL
        while True:
            try:
                while await self._waiting():
                    await self.send_all()
                pause = POLL
            except _TROUBLE as error:
                pause = min(_LONGEST_PAUSE, max(1.0, pause * 2))
                log.warning("mails_wait", error=repr(error), retry_in=pause)
            await asyncio.sleep(pause * random.uniform(0.75, 1.25))

    async def send_all(self) -> None:
        """Send what is due now, over several lines; raises MailServerUnreachable when there is none to be had."""
        done = await asyncio.gather(*(self._serve() for _ in range(LINES)), return_exceptions=True)
        failures = [outcome for outcome in done if isinstance(outcome, BaseException)]
        # A server may allow fewer lines than we ask for: one is enough to go on.
        if failures and (len(failures) == LINES or not all(isinstance(f, MailServerUnreachable) for f in failures)):
            raise failures[0]

    async def _serve(self) -> None:
        line = SmtpLine(self._access)
        try:
            await line.open()
            while await _to_its_end(self._deliver(line)):
                await line.open()
        finally:
            await line.close()

    async def _deliver(self, line: SmtpLine) -> bool:
        command = DeliverNext(at=await self._clock.now(), tick=datetime.now(UTC), luck=random.random())
        return await deliver_next(command, self._begin, line)

    async def _waiting(self) -> bool:
        async with self._begin(at=await self._clock.now()) as work:
            return await work.notifications.waiting(datetime.now(UTC))

    def _begin(self, *, at: datetime, correlation_id: UUID | None = None, causation_id: UUID | None = None) -> Work:
        provenance = Provenance(ACTOR, None, correlation_id or new_id(), causation_id, at=at)
        return self._make_work(self._database, provenance)


async def _to_its_end(work: Awaitable[bool]) -> bool:
    """Await `work`; if cancelled meanwhile, let it end first: a mail that has left must not leave again."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise
