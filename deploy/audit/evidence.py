"""Checkpoints and keys that come from elsewhere: files, the public topic, the environment."""

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from deploy.commands.output import Refused
from deploy.stack.layout import Layout
from shared.events.topics import AUDIT
from shared.kit.audit_checkpoints import BadCheckpoint, BadKey, Checkpoint, PublicKeys, SigningKey, read_unchecked
from shared.kit.audit_verification import Fault, Finding
from shared.kit.kafka import KafkaAccess
from shared.kit.reading import read_ranges, reader, whole_ranges

KEY_NAME = "audit"


def public_keys(file: Path | None, layout: Layout) -> PublicKeys | None:
    """The keys of a file, else those of this machine's own signing key; None when there are none. Raises Refused."""
    try:
        if file is not None:
            return PublicKeys.parse(file.read_text(encoding="utf-8"))
        own = signing_key(layout)
        return PublicKeys([own.public()]) if own else None
    except (BadKey, UnicodeDecodeError) as error:
        raise Refused(f"{file or 'QMI_AUDIT_KEY'} : une clé Ed25519 (JWK, JWKS ou PEM) est attendue.") from error


def signing_key(layout: Layout) -> SigningKey | None:
    """QMI_AUDIT_KEY, or the file it is in, or the key of the embedded stack; raises BadKey."""
    if text := os.environ.get("QMI_AUDIT_KEY"):
        return SigningKey(text)
    file = Path(os.environ.get("QMI_AUDIT_KEY_FILE") or layout.secrets / KEY_NAME)
    return SigningKey(file.read_text(encoding="utf-8")) if file.exists() else None


def tokens_in(file: Path) -> list[str]:
    """The signed checkpoints of a file of JSON lines: an export, or what one kept of the topic. Raises Refused."""
    found = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            said = json.loads(line)
        except ValueError as error:
            raise Refused(f"{file}, ligne {number} : ce n’est pas du JSON.") from error
        found += list(_tokens(said))
    return found


async def tokens_on(access: KafkaAccess, topic: str = AUDIT) -> list[str]:
    """The signed checkpoints of the public topic, all of them."""
    found: list[str] = []
    async with reader(access) as consumer:
        ranges = await whole_ranges(consumer, [topic])
        async for records in read_ranges(consumer, ranges):
            for record in records:
                found += list(_tokens(json.loads(record.value)))
    return found


def believed(tokens: Iterable[str], keys: PublicKeys | None, service: str) -> tuple[list[Checkpoint], list[Finding]]:
    """The checkpoints of a service among these, and a finding for each that cannot be believed."""
    checkpoints, findings = [], []
    for token in tokens:
        try:
            checkpoint = keys.read(token) if keys else read_unchecked(token)
        except BadCheckpoint as error:
            detail = f"point de contrôle qui ne prouve rien ({error}) : {token[-16:]}"
            findings.append(Finding(Fault.BAD_CHECKPOINT, detail, _sequence(token)))
        else:
            if checkpoint.service == service:
                checkpoints.append(checkpoint)
    return checkpoints, findings


def _tokens(said: object) -> Iterator[str]:
    if isinstance(said, dict):
        if isinstance(token := said.get("jws"), str):
            yield token
        yield from _tokens(said.get("data"))


def _sequence(token: str) -> int | None:
    try:
        return read_unchecked(token).sequence
    except BadCheckpoint:
        return None
