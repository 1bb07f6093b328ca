"""A folder of received mails that one opens in a browser."""

import email
import email.policy
import html
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

from shared.kit.clock import PARIS

PAGE = """<!doctype html>
<html lang="fr">
<head>
<meta charset="utf-8">
<title>Courriels reçus ({count})</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: #1d1d2b; }}
table {{ border-collapse: collapse; width: 100%; }}
th, td {{ text-align: left; padding: .4rem .8rem; border-bottom: 1px solid #d5d5de; vertical-align: top; }}
caption {{ text-align: left; padding-bottom: 1rem; color: #4a4a5c; }}
</style>
</head>
<body>
<h1>Courriels reçus</h1>
<table>
<caption>{count} message(s) envoyé(s) par la plateforme sur cette machine ; aucun n’a quitté celle-ci.</caption>
<thead>
<tr><th scope="col">Date</th><th scope="col">À</th><th scope="col">Objet</th><th scope="col">Ouvrir</th></tr>
</thead>
<tbody>
{rows}
</tbody>
</table>
</body>
</html>
"""


@dataclass(frozen=True)
class Mail:
    """What the list shows of a message; `formats` are the files beside each other, by extension."""

    stem: str
    date: datetime
    to: str
    subject: str
    formats: tuple[str, ...]


class Mailbox:
    """Numbered .eml files, each with its .html and .txt parts beside it, and an index.html."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._mails = [_described(file) for file in sorted(folder.glob("*.eml"))]

    def __len__(self) -> int:
        return len(self._mails)

    def keep(self, content: bytes, recipients: Iterable[str]) -> Mail:
        """Write a message, its envelope and its parts; the index is not refreshed (see `write_index`)."""
        content = f"X-Envelope-To: {', '.join(recipients)}\r\n".encode() + content
        message = _parsed(content)
        last = self._mails[-1].stem.partition("-")[0] if self._mails else "0"
        stem = f"{int(last) + 1:05d}-{_slug(str(message['subject'] or 'sans objet'))}"
        for extension, text in _parts(message):
            (self.folder / f"{stem}.{extension}").write_text(text, encoding="utf-8", errors="replace")
        file = self.folder / f"{stem}.eml"
        file.write_bytes(content)
        self._mails.append(_described(file))
        return self._mails[-1]

    def write_index(self) -> Path:
        """Refresh index.html, the most recent message first."""
        rows = "\n".join(_row(mail) for mail in reversed(self._mails))
        index = self.folder / "index.html"
        fresh = index.with_suffix(".new")
        fresh.write_text(PAGE.format(count=len(self._mails), rows=rows), encoding="utf-8")
        return fresh.rename(index)


def _parsed(content: bytes) -> EmailMessage:
    return email.message_from_bytes(content, policy=email.policy.default)


def _described(file: Path) -> Mail:
    message = _parsed(file.read_bytes())
    formats = [suffix for suffix in ("html", "txt") if file.with_suffix(f".{suffix}").exists()]
    recipient, subject = str(message["to"] or message["X-Envelope-To"] or ""), str(message["subject"] or "")
    return Mail(file.stem, _date(message, file), recipient, subject, (*formats, "eml"))


def _date(message: EmailMessage, file: Path) -> datetime:
    try:
        written = parsedate_to_datetime(str(message["date"]))
    except ValueError:
        return datetime.fromtimestamp(file.stat().st_mtime, UTC)
    return written if written.tzinfo else written.replace(tzinfo=UTC)


def _parts(message: EmailMessage) -> Iterable[tuple[str, str]]:
    for extension, kind in (("html", "html"), ("txt", "plain")):
        part = message.get_body((kind,))
        if part is not None:
            yield extension, part.get_content()


def _slug(subject: str) -> str:
    plain = unicodedata.normalize("NFKD", subject).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].rstrip("-") or "message"


def _row(mail: Mail) -> str:
    names = {"html": "page", "txt": "texte", "eml": "source"}
    links = " · ".join(f'<a href="{mail.stem}.{kind}">{names[kind]}</a>' for kind in mail.formats)
    date = mail.date.astimezone(PARIS).strftime("%d/%m/%Y %H:%M")
    return (
        f'<tr><td><time datetime="{mail.date.isoformat()}">{date}</time></td><td>{html.escape(mail.to)}</td>'
        f"<td>{html.escape(mail.subject)}</td><td>{links}</td></tr>"
    )
