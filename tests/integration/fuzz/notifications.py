"""The notifications service with things said, not said, and facts in the feed."""

from dataclasses import replace
from datetime import timedelta

from services.notifications.domain.notification import Status
from services.notifications.gateways.letters import TemplateLetters
from services.notifications.store.unit_of_work import SqlWork
from services.notifications.usecases.append_to_feed import AppendToFeed, append_to_feed
from shared.events.selection import CommuneSelected
from shared.kit.access import Role
from shared.kit.database import Database
from shared.kit.provenance import Provenance
from tests.builders.notifications import AT, COMMUNE, a_notification, a_plan, an_envelope, an_event
from tests.integration.fuzz.seeds import Identity, Seeds
from tests.integration.kit_http.conftest import Bearer


async def plant(database: Database, bearer: Bearer) -> Seeds:
    """Notifications of a commune in each state, and a few public facts."""

    def begin() -> SqlWork:
        return SqlWork(database, Provenance.of_system("test"), letters=TemplateLetters())

    states = (Status.PENDING, Status.SENT, Status.FAILED)
    told = [a_notification(status=status, planned_at=AT + timedelta(hours=n)) for n, status in enumerate(states)]
    async with begin() as work:
        for notification in told:
            await work.plans.add(replace(a_plan(), id=notification.plan_id).address())
            await work.notifications.add_once(notification)
        await work.plans.add(a_plan())
    for _ in range(5):
        await append_to_feed(AppendToFeed(an_envelope(an_event(CommuneSelected, commune=COMMUNE))), begin())
    roles = (
        (Role.PARTNER, "institut-paris-region"),
        (Role.COMMUNE_AGENT, COMMUNE),
        (Role.PROGRAMME, "paris-and-co"),
    )
    return Seeds(
        identities=(
            Identity("nobody"),
            *(Identity(role.value, bearer(role, organisation=name), frozenset({role}), name) for role, name in roles),
        ),
        places=[{"notification_id": str(each.id)} for each in told],
    )
