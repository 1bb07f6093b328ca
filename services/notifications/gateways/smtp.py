"""The line to the mail server: opened before a mail is claimed, so that a server that is down costs no attempt."""

import asyncio
from dataclasses import dataclass, field
from typing import Literal

import aiosmtplib

from services.notifications.domain.delivery import Outcome
from services.notifications.domain.letter import Mail
from services.notifications.gateways.writing import message_of
from services.notifications.usecases.ports import Undelivered
from shared.events.types import FailureReason
from shared.kit.telemetry import counter

# Well under the lease of a notification, whatever the server does.
PATIENCE = 30.0
MAILS = counter("mails", "Attempts to hand a mail over, by what came of them.", "outcome")

_REASONS: dict[type[Exception], FailureReason] = {
    aiosmtplib.SMTPRecipientRefused: FailureReason.ADDRESS_REFUSED,
    aiosmtplib.SMTPDataError: FailureReason.MESSAGE_REFUSED,
}
_NO_ANSWER = (aiosmtplib.SMTPTimeoutError, aiosmtplib.SMTPServerDisconnected, OSError)


class MailServerUnreachable(Exception):
    """Nobody answers, or nobody lets us in: nothing was claimed, nothing is lost."""


@dataclass(frozen=True, slots=True)
class SmtpAccess:
    """How this service reaches its mail server, and the address it writes from."""

    host: str
    port: int
    sender: str
    tls: Literal["auto", "starttls", "tls"] = "auto"
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    def client(self) -> aiosmtplib.SMTP:
        """A connection, not yet open."""
        return aiosmtplib.SMTP(
            hostname=self.host,
            port=self.port,
            username=self.username,
            password=self.password,
            local_hostname=self.sender.partition("@")[2],
            use_tls=self.tls == "tls",
            start_tls=None if self.tls == "auto" else self.tls == "starttls",
            timeout=PATIENCE / 2,
        )


class SmtpLine:
    """One connection to the mail server, opened again when it was lost; the Postman of this service."""

    def __init__(self, access: SmtpAccess) -> None:
        self._access = access
        self._client = access.client()

    async def open(self) -> None:
        """Be connected to a server that answers; MailServerUnreachable otherwise."""
        try:
            if self._client.is_connected:
                await self._client.noop()
            else:
                self._client = self._access.client()
                await self._client.connect()
        except (aiosmtplib.SMTPException, *_NO_ANSWER) as error:
            self._client.close()
            raise MailServerUnreachable(repr(error)) from error

    async def close(self) -> None:
        """Hang up."""
        if self._client.is_connected:
            try:
                await self._client.quit()
            except (aiosmtplib.SMTPException, *_NO_ANSWER):
                self._client.close()

    async def send(self, mail: Mail) -> str:
        """Hand one over; the reply of the server, or Undelivered."""
        try:
            reply = await self._hand_over(mail)
        except Undelivered as failure:
            MAILS.labels(failure.outcome).inc()
            raise
        MAILS.labels(Outcome.ACCEPTED).inc()
        return reply

    async def _hand_over(self, mail: Mail) -> str:
        sender = self._access.sender
        try:
            message = message_of(mail, sender)
            async with asyncio.timeout(PATIENCE):
                return (await self._client.send_message(message, sender=sender, recipients=[mail.to_address]))[1]
        except _NO_ANSWER as error:
            self._client.close()
            raise Undelivered(Outcome.UNKNOWN, FailureReason.UNREACHABLE, repr(error)) from error
        except (aiosmtplib.SMTPException, ValueError) as error:
            raise _undelivered(error) from error


def _undelivered(error: aiosmtplib.SMTPException | ValueError) -> Undelivered:
    """Refused for good, or for now; a refusal of our own address is ours to mend, not the fault of this mailbox."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        error = error.recipients[0]
    if not isinstance(error, aiosmtplib.SMTPResponseException):
        return Undelivered(Outcome.REFUSED, FailureReason.OTHER, str(error))
    ours = isinstance(error, aiosmtplib.SMTPSenderRefused)
    outcome = Outcome.REFUSED if error.code >= 500 and not ours else Outcome.DEFERRED
    return Undelivered(outcome, _REASONS.get(type(error), FailureReason.OTHER), f"{error.code} {error.message}")
