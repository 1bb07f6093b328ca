"""What must be true of the database and the broker before services start."""

import asyncio

from deploy.kafka import catalogue
from deploy.postgres.roles import ensure_roles
from deploy.stack import broker
from deploy.stack.environment import passwords
from deploy.stack.layout import SERVICES, Layout
from shared.kit.migrate import migrate


async def roles(layout: Layout, admin_dsn: str) -> None:
    """The owner's role, and one per service that owns nothing, each with a password of its own."""
    await ensure_roles(admin_dsn, passwords(layout))


async def migrations(owner_dsn: str) -> int:
    """Bring the four schemas up to date, side by side; returns how many migrations were applied."""
    applied = await asyncio.gather(*(migrate(owner_dsn, service) for service in SERVICES))
    return sum(len(names) for names in applied)


def make_topics(kafka: str) -> None:
    """Make the platform's topics exist, so that consumers that come first find something to read."""
    broker.make_topics(kafka, [topic.name for topic in catalogue.read().everything()])
