"""Send the most overdue mail: claim it, hand it over, record what came of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.notifications.domain.delivery import Delivery, Outcome
from services.notifications.domain.letter import Mail
from services.notifications.domain.notification import Notification, Status
from services.notifications.usecases.ports import Begin, Postman, Undelivered, Work
from shared.events.types import FailureReason
from shared.kit.access import Scope

# Longer than any conversation with the mail server may last.
LEASE = timedelta(minutes=2)
_ANY = Scope.everything()


@dataclass(frozen=True, slots=True)
class DeliverNext:
    """One mail may leave: `at` by the programme's clock, `tick` by the machine's; `luck` in [0, 1) spreads retries."""

    at: datetime
    tick: datetime
    luck: float


async def deliver_next(command: DeliverNext, begin: Begin, postman: Postman) -> bool:
    """Whether there was one; a crash between the server's yes and the commit sends it again, by the same Message-ID."""
    async with begin(at=command.at) as work:
        claimed = await _claim(command, work)
    if claimed is None:
        return False
    notification, mail = claimed
    if mail is None:
        return True
    outcome, reason, reply = await _hand_over(mail, postman)
    chain = {"correlation_id": notification.correlation_id, "causation_id": notification.event_id}
    async with begin(at=command.at, **chain) as work:
        await _settle(command, notification, outcome, reason, reply, work)
    return True


async def _claim(command: DeliverNext, work: Work) -> tuple[Notification, Mail | None] | None:
    due = await work.notifications.next_due(command.tick)
    if due is None:
        return None
    if due.status is Status.SENDING:
        await _close(due, Outcome.UNKNOWN, "", command.at, work)
    contact = await work.contacts.get(due.contact_id)
    if contact is None or due.letter is None:
        await work.notifications.save(due.forget())
        return due, None
    if due.exhausted:
        await _give_up(due, FailureReason.UNREACHABLE, command.at, work)
        return due, None
    claimed = due.claim(tick=command.tick, lease=LEASE)
    await work.notifications.save(claimed)
    await work.deliveries.add(Delivery(claimed.id, claimed.attempts, contact.email, command.at))
    return claimed, Mail(claimed.id, contact.name, contact.email, due.letter, claimed.planned_at)


async def _hand_over(mail: Mail, postman: Postman) -> tuple[Outcome, FailureReason | None, str]:
    try:
        return Outcome.ACCEPTED, None, await postman.send(mail)
    except Undelivered as failure:
        return failure.outcome, failure.reason, failure.reply


async def _settle(
    command: DeliverNext, claimed: Notification, outcome: Outcome, reason: FailureReason | None, reply: str, work: Work
) -> None:
    current = await work.notifications.get(claimed.id, _ANY)
    await _close(claimed, outcome, reply if current.letter else "", command.at, work)
    if current.status not in (Status.SENDING, Status.PENDING):
        return
    if outcome is Outcome.ACCEPTED:
        sent, event = current.accept(at=command.at)
        await work.notifications.save(sent)
        await work.publish(sent.id, event)
    elif reason is not None and current == claimed:
        await _retry_or_give_up(command, current, outcome, reason, work)


async def _retry_or_give_up(
    command: DeliverNext, current: Notification, outcome: Outcome, reason: FailureReason, work: Work
) -> None:
    if outcome is Outcome.REFUSED or current.exhausted:
        await _give_up(current, reason, command.at, work)
    else:
        await work.notifications.save(current.postpone(reason, tick=command.tick, luck=command.luck))


async def _give_up(current: Notification, reason: FailureReason, at: datetime, work: Work) -> None:
    failed, event = current.give_up(reason, at=at)
    await work.notifications.save(failed)
    await work.publish(failed.id, event)


async def _close(notification: Notification, outcome: Outcome, reply: str, at: datetime, work: Work) -> None:
    delivery = await work.deliveries.get(notification.id, notification.attempts)
    await work.deliveries.save(delivery.end(outcome, reply, at=at))
