"""What reaches a mail server, and what its answers become."""

from dataclasses import replace

import pytest

from services.notifications.domain.delivery import Outcome
from services.notifications.domain.letter import Mail
from services.notifications.gateways.letters import TemplateLetters
from services.notifications.gateways.smtp import MailServerUnreachable, SmtpAccess, SmtpLine
from services.notifications.usecases.ports import Undelivered
from shared.events.selection import ProjectAllocated
from shared.events.types import FailureReason
from shared.kit.identity import new_id
from tests.builders.notifications import AT, COMMUNE, a_contact, a_fact, a_letter, an_event
from tests.integration.notifications.sink import Sink


def a_mail(**changes: object) -> Mail:
    mail = Mail(new_id(), "Camille Éluard", "agent@sceaux.example.org", a_letter(), AT)
    return replace(mail, **changes)  # type: ignore[arg-type]


async def send(access: SmtpAccess, mail: Mail) -> str:
    """Over a line of its own."""
    line = SmtpLine(access)
    await line.open()
    try:
        return await line.send(mail)
    finally:
        await line.close()


async def refusal(access: SmtpAccess, mail: Mail) -> tuple[Outcome, FailureReason]:
    """What a mail that is not taken becomes."""
    with pytest.raises(Undelivered) as refused:
        await send(access, mail)
    return refused.value.outcome, refused.value.reason


async def test_a_mail_arrives_in_text_and_html_with_its_headers(access: SmtpAccess, sink: Sink) -> None:
    mail = a_mail()

    assert await send(access, mail) == "OK"

    [message] = sink.taken
    assert dict(message.items()) == {
        "From": "Quartiers Métropolitains d’Innovation <qmi@example.org>",
        "To": "Camille Éluard <agent@sceaux.example.org>",
        "Subject": "Votre commune est lauréate",
        "Date": "Fri, 08 Mar 2024 09:00:00 +0000",
        "Message-ID": f"<{mail.notification_id}@example.org>",
        "Content-Language": "fr",
        "Auto-Submitted": "auto-generated",
        "MIME-Version": "1.0",
        "Content-Type": message["Content-Type"],
    }
    assert message.get_content_type() == "multipart/alternative"
    assert [(part.get_content_type(), part.get_content().strip()) for part in message.iter_parts()] == [
        ("text/plain", "Bonjour,"),
        ("text/html", "<p>Bonjour,</p>"),
    ]


async def test_the_same_mail_sent_twice_is_one_by_its_message_id(access: SmtpAccess, sink: Sink) -> None:
    mail = a_mail()

    await send(access, mail)
    await send(access, mail)

    assert (len(sink.taken), len(set(sink.message_ids))) == (2, 1)


async def test_several_mails_take_one_line(access: SmtpAccess, sink: Sink) -> None:
    line = SmtpLine(access)
    for _ in range(3):
        await line.open()
        await line.send(a_mail())
    await line.close()

    assert (len(sink.taken), sink.lines) == (3, 1)


async def test_hostile_text_arrives_as_text_and_changes_no_header(access: SmtpAccess, sink: Sink) -> None:
    title = "<script>alert(1)</script>\r\nBcc: tous@example.org\r\n\r\n{{ 7 * 7 }}.\r\n.\r\nMAIL FROM:<x@example.org>"
    contact = a_contact(name='"Camille", <tous@example.org>; =?utf-8?q?x?=')
    letter = TemplateLetters().compose(a_fact(an_event(ProjectAllocated, commune=COMMUNE, title=title)), contact)

    await send(access, a_mail(to_name=contact.name, letter=letter))

    [message] = sink.taken
    assert message["Bcc"] is None
    assert [address.addr_spec for address in message["To"].addresses] == ["agent@sceaux.example.org"]
    assert message["Subject"] == "Un projet sera expérimenté dans votre commune"
    [html] = [part.get_content() for part in message.iter_parts() if part.get_content_type() == "text/html"]
    assert "<script" not in html
    assert "{{ 7 * 7 }}" in html


async def test_a_mailbox_that_does_not_exist_is_refused_for_good(access: SmtpAccess, sink: Sink) -> None:
    sink.refused_mailboxes.add("agent@sceaux.example.org")

    assert await refusal(access, a_mail()) == (Outcome.REFUSED, FailureReason.ADDRESS_REFUSED)


@pytest.mark.parametrize(("answer", "outcome"), [("451 later", Outcome.DEFERRED), ("554 spam", Outcome.REFUSED)])
async def test_a_message_may_be_put_off_or_refused(
    access: SmtpAccess, sink: Sink, answer: str, outcome: Outcome
) -> None:
    sink.orders.append(answer)

    assert await refusal(access, a_mail()) == (outcome, FailureReason.MESSAGE_REFUSED)


async def test_a_line_that_is_cut_leaves_the_outcome_unknown_and_is_opened_again(
    access: SmtpAccess, sink: Sink
) -> None:
    line = SmtpLine(access)
    await line.open()

    async def hang_up() -> str:
        line._client.close()
        return "250 too late"

    sink.orders.append(hang_up)
    with pytest.raises(Undelivered) as unknown:
        await line.send(a_mail())
    await line.open()
    await line.send(a_mail())
    await line.close()

    assert unknown.value.outcome is Outcome.UNKNOWN


async def test_a_server_that_is_down_is_said_before_anything_is_sent(access: SmtpAccess, sink: Sink) -> None:
    await sink.stop()

    with pytest.raises(MailServerUnreachable):
        await SmtpLine(access).open()


async def test_an_address_beyond_ascii_travels_when_the_server_knows_how(access: SmtpAccess, sink: Sink) -> None:
    await send(access, a_mail(to_address="élodie@sceaux.example.org"))

    assert [str(message["To"]) for message in sink.taken] == ["Camille Éluard <élodie@sceaux.example.org>"]
