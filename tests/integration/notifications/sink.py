"""A mail server that keeps what it takes, and refuses, stalls or hangs up when told to."""

import asyncio
import email
import email.policy
from collections.abc import Awaitable, Callable
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, Envelope, Session

Order = str | Callable[[], Awaitable[str]]


class Sink:
    """An aiosmtpd server in this event loop; `orders` are the answers to the next DATA, then it says yes."""

    def __init__(self) -> None:
        self.port = 0
        self.taken: list[EmailMessage] = []
        self.refused_mailboxes: set[str] = set()
        self.orders: list[Order] = []
        self.lines = 0
        self._server: asyncio.Server | None = None

    async def start(self, port: int = 0) -> None:
        """Listen on this port, or on a free one."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._answer, "127.0.0.1", port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()
            await asyncio.sleep(0)

    def _answer(self) -> SMTP:
        self.lines += 1
        return SMTP(self, enable_SMTPUTF8=True, hostname="localhost", loop=asyncio.get_running_loop())

    @property
    def message_ids(self) -> list[str]:
        """The Message-ID of each mail taken, as a receiver removes repetitions by them."""
        return [str(message["Message-ID"]) for message in self.taken]

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Accept a mailbox, unless told otherwise."""
        if address in self.refused_mailboxes:
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Do as ordered, or take the mail."""
        order = self.orders.pop(0) if self.orders else "250 OK"
        answer = order if isinstance(order, str) else await order()
        if answer.startswith("2"):
            content = envelope.original_content or b""
            self.taken.append(email.message_from_bytes(content, policy=email.policy.default))
        return answer
