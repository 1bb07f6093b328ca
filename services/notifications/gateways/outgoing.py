"""The task that empties the queue of mails, several at a time, and ends the one in hand before it stops."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

import structlog

from services.notifications.domain.letter import Mail
from services.notifications.gateways.smtp import MailServerUnreachable, SmtpAccess, SmtpLine
from services.notifications.usecases.deliver_next import DeliverNext, deliver_next
from services.notifications.usecases.ports import Work
from shared.kit import tracing
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
        traced = _Traced(line, self._access, self._trace_of)
        return await deliver_next(command, partial(self._begin, traced), traced)

    async def _waiting(self) -> bool:
        async with self._reading() as work:
            return await work.notifications.waiting(datetime.now(UTC))

    async def _trace_of(self, notification_id: UUID) -> str | None:
        async with self._reading() as work:
            return await work.notifications.traceparent(notification_id)

    def _reading(self) -> Work:
        return self._make_work(self._database, Provenance(ACTOR, None, new_id()))

    def _begin(
        self,
        traced: "_Traced",
        *,
        at: datetime,
        correlation_id: UUID | None = None,
        causation_id: UUID | None = None,
    ) -> Work:
        provenance = Provenance(ACTOR, None, correlation_id or new_id(), causation_id, traced.traceparent, at)
        return self._make_work(self._database, provenance)


class _Traced:
    """A line that sends in the trace of what wrote the mail; what is recorded afterwards follows from that."""

    def __init__(self, line: SmtpLine, access: SmtpAccess, trace_of: Callable[[UUID], Awaitable[str | None]]) -> None:
        self._line = line
        self._access = access
        self._trace_of = trace_of
        self.traceparent: str | None = None

    async def send(self, mail: Mail) -> str:
        """Hand one over; the reply of the server, or Undelivered."""
        written = await self._trace_of(mail.notification_id)
        with tracing.mailing(written, self._access.host, self._access.port) as self.traceparent:
            return await self._line.send(mail)


async def _to_its_end(work: Awaitable[bool]) -> bool:
    """Await `work`; if cancelled meanwhile, let it end first: a mail that has left must not leave again."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise
