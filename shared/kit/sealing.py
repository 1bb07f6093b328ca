"""What a worker runs for the audit chain: the sealer, and the publication of its checkpoints when there is a key."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Protocol

import structlog

from shared.kit.audit_checkpoints import BadKey, PublicKeys, SigningKey
from shared.kit.audit_publication import Publication
from shared.kit.audit_recall import compare, recall
from shared.kit.database import Database
from shared.kit.kafka import KafkaAccess, producer
from shared.kit.sealer import Sealer
from shared.kit.settings import ConfigurationError, Settings
from shared.kit.telemetry import AUDIT_BROKEN

log = structlog.get_logger(__name__)


class Place(Protocol):
    """Where the tasks work."""

    @property
    def database(self) -> Database:
        """The database of the service."""
        ...


Task = Callable[[Place], Awaitable[None]]


def audit_tasks(settings: Settings, access: KafkaAccess) -> list[Task]:
    """The tasks of the audit chain; in production a missing key stops the start, by name, with exit code 2."""
    try:
        key = signing_key(settings)
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(2) from None

    AUDIT_BROKEN.set(0)

    async def seal(place: Place) -> None:
        await Sealer(place.database, settings.service, key).run()

    async def publish_checkpoints(place: Place) -> None:
        await Publication(place.database, lambda: producer(access, f"qmi-{settings.service}-audit")).run()

    async def remember(place: Place) -> None:
        if key and (known := await recall(access, PublicKeys([key.public()]), settings.service)):
            await compare(place.database, known)
        await asyncio.Event().wait()

    return [seal, publish_checkpoints, remember] if key else [seal]


def signing_key(settings: Settings) -> SigningKey | None:
    """The key that signs checkpoints, None in a sandbox without one; raises ConfigurationError."""
    if settings.audit_key is None:
        if settings.sandbox:
            return None
        reason = "obligatoire en production pour un worker : la clé Ed25519 qui signe les points de contrôle de l’audit"
        raise ConfigurationError({"QMI_AUDIT_KEY": f"{reason} (ou QMI_AUDIT_KEY_FILE)"})
    try:
        return SigningKey(settings.audit_key)
    except BadKey as error:
        reason = "une clé Ed25519 est attendue : PEM, JWK privé, ou 32 octets en base64url"
        raise ConfigurationError({"QMI_AUDIT_KEY": reason}) from error
