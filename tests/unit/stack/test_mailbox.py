"""A received mail becomes files one can open."""

from email.message import EmailMessage
from pathlib import Path

from deploy.stack.mailbox import Mailbox


def a_mail(subject: str = "Votre dossier", to: str | None = "mairie@example.org") -> bytes:
    message = EmailMessage()
    message["From"], message["Subject"], message["Date"] = "qmi@example.org", subject, "Thu, 01 Jan 2026 12:00:00 +0000"
    if to:
        message["To"] = to
    message.set_content("Bonjour")
    return message.as_bytes()


def test_mails_are_numbered_and_named_by_their_subject(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path)

    kept = [mailbox.keep(a_mail(subject), ["mairie@example.org"]).stem for subject in ("Été à Sceaux !", "", "A/../B")]

    assert kept == ["00001-ete-a-sceaux", "00002-sans-objet", "00003-a-b"]


def test_numbering_goes_on_after_a_restart(tmp_path: Path) -> None:
    Mailbox(tmp_path).keep(a_mail(), ["mairie@example.org"])

    again = Mailbox(tmp_path)

    assert len(again) == 1
    assert again.keep(a_mail(), ["mairie@example.org"]).stem == "00002-votre-dossier"


def test_the_list_shows_paris_time_and_the_envelope_when_nobody_is_named(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path)
    mailbox.keep(a_mail(to=None), ["cachee@example.org"])

    page = mailbox.write_index().read_text()

    assert "01/01/2026 13:00" in page
    assert "cachee@example.org" in page


def test_the_list_escapes_what_a_sender_wrote(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path)
    mailbox.keep(a_mail(subject="<script>alert(1)</script>"), ["mairie@example.org"])

    page = mailbox.write_index().read_text()

    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_a_mail_without_a_readable_date_is_dated_by_its_arrival(tmp_path: Path) -> None:
    mail = Mailbox(tmp_path).keep(b"Subject: sans date\r\n\r\ntexte\r\n", ["mairie@example.org"])

    assert mail.date.tzinfo is not None
