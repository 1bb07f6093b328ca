"""The two processes of the notifications service."""

from functools import partial

from fastapi import FastAPI
from starlette.applications import Starlette

from services.notifications.api.access import RULES
from services.notifications.api.deliveries import deliveries
from services.notifications.api.feed import feed
from services.notifications.api.notifications import notifications
from services.notifications.clocks import CLOCKS
from services.notifications.gateways.letters import TemplateLetters
from services.notifications.gateways.outgoing import Outgoing
from services.notifications.gateways.smtp import SmtpAccess
from services.notifications.settings import Settings
from services.notifications.store.unit_of_work import SqlWork
from services.notifications.subscribers import subscribers
from services.notifications.usecases.ports import Work
from shared.kit.api import create_api_app
from shared.kit.settings import load
from shared.kit.worker import Plant, create_worker_app

_work = partial(SqlWork, letters=TemplateLetters())


def create_api() -> FastAPI:
    """The HTTP process: `uvicorn services.notifications.main:create_api --factory`."""
    return create_api_app(
        settings=load(Settings),
        routers=[notifications, deliveries, feed],
        access=RULES,
        work_factory=_work,
        title="QMI · notifications",
        description="Ce qui a été dit à qui, et le flux des faits publics pour les systèmes partenaires.",
    )


def create_worker() -> Starlette:
    """The process that hears, sends and waits: `uvicorn services.notifications.main:create_worker --factory`."""
    settings = load(Settings)
    access = _access(settings)

    async def post_mails(plant: Plant[Work]) -> None:
        await Outgoing(access, plant.database, plant.clock, _work).run()

    return create_worker_app(
        settings=settings, subscribers=subscribers, clocks=CLOCKS, work_factory=_work, tasks=[post_mails]
    )


def _access(settings: Settings) -> SmtpAccess:
    host, _, port = settings.smtp.rpartition(":")
    return SmtpAccess(
        host.strip("[]"),
        int(port),
        settings.mail_from,
        settings.smtp_tls,
        settings.smtp_username,
        settings.smtp_password,
    )
