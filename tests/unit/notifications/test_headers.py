"""Nothing breaks out of a header (bad-input 25)."""

from dataclasses import replace

import pytest

from services.notifications.domain.errors import UnsafeHeader, UnusableAddress
from services.notifications.domain.headers import mailbox, one_line
from services.notifications.domain.letter import Mail, message_id
from tests.builders.notifications import AT, a_contact, a_letter, a_notification

BREAKS = ["\r\n", "\n", "\r", "\x00", "\x0b", "\x85", "\u2028", "\u2029", "\u202e", "\x7f"]


@pytest.mark.parametrize("break_", BREAKS)
def test_a_name_that_breaks_the_line_is_refused(break_: str) -> None:
    with pytest.raises(UnsafeHeader):
        a_contact(name=f"Camille{break_}Bcc: everyone@example.org")


@pytest.mark.parametrize("break_", BREAKS)
def test_an_address_that_breaks_the_line_is_refused(break_: str) -> None:
    with pytest.raises(UnsafeHeader):
        a_contact(email=f"camille@example.org{break_}RCPT TO:<everyone@example.org>")


@pytest.mark.parametrize("break_", BREAKS)
def test_a_subject_that_breaks_the_line_is_refused(break_: str) -> None:
    with pytest.raises(UnsafeHeader):
        a_letter(subject=f"Bonjour{break_}Bcc: everyone@example.org")


@pytest.mark.parametrize(
    "address", ["", "camille", "a@b@c", "a@example.org,b@example.org", "Camille <a@example.org>", "a b@example.org"]
)
def test_what_is_not_one_mailbox_is_refused(address: str) -> None:
    with pytest.raises(UnusableAddress):
        mailbox(address)


def test_accents_and_apostrophes_are_fine() -> None:
    assert one_line("L’Haÿ-les-Roses : « défi » d’été") == "L’Haÿ-les-Roses : « défi » d’été"


def test_a_mail_is_refused_as_its_parts_are() -> None:
    mail = Mail(a_notification().id, "Camille", "camille@example.org", a_letter(), AT)

    with pytest.raises(UnsafeHeader):
        replace(mail, to_name="Camille\r\nBcc: everyone@example.org")


def test_the_message_id_follows_from_the_notification_alone() -> None:
    notification = a_notification()

    assert message_id(notification.id, "example.org") == f"<{notification.id}@example.org>"
