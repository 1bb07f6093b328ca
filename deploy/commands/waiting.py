"""What the commands on parked messages have in common: choosing, doing it group by group, answering."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from deploy.commands.output import Refused, as_json, as_table, console
from deploy.commands.showing import is_personal, said, summary, text
from deploy.operations import parking
from deploy.operations.parking import Place
from deploy.operations.transactions import Act, schema_of
from deploy.stack.layout import SERVICES
from shared.kit.parking_lot import Waiting, Wanted

OUTCOMES = {"due": "relancé", "discarded": "abandonné", "gone": "n’attend plus, ou est en cours d’essai"}

Handled = list[tuple[str, Waiting, str]]


def choose(dsn: str, service: str | None, wanted: Wanted, refs: Sequence[str] | None = None) -> list[Place]:
    """What is meant, in one service or in all; raises Refused when one that is named does not wait."""
    if service not in (None, *SERVICES):
        raise Refused(f"Service inconnu : « {service} ». Services : {', '.join(SERVICES)}.")
    if not refs:
        return asyncio.run(parking.find(dsn, [service] if service else SERVICES, wanted))
    named = [_parsed(ref) for ref in refs]
    only = replace(wanted, ids=tuple(number for _, number in named), limit=None)
    found = asyncio.run(parking.find(dsn, sorted({of for of, _ in named}), only))
    kept = [place for place in found if (place.service, place.message.id) in named]
    if missing := set(refs) - {place.ref for place in kept}:
        raise Refused(f"N’attend pas, ou plus : {', '.join(sorted(missing))}.")
    return kept


def _parsed(ref: str) -> tuple[str, int]:
    service, _, number = ref.partition(":")
    if service not in SERVICES or not number.lstrip("-").isdecimal():
        raise Refused(f"« {ref} » ne nomme pas un message en attente : écrivez service:numéro.")
    return service, int(number)


def each(found: Sequence[Place], work: Callable[[str, list[Waiting], str], list[tuple[Waiting, str]]]) -> Handled:
    """Do something for each group of each service."""
    done: Handled = []
    for service, group in sorted({(place.service, place.message.group) for place in found}):
        messages = [place.message for place in found if (place.service, place.message.group) == (service, group)]
        done += [(service, message, outcome) for message, outcome in work(service, messages, group)]
    return done


async def record_revealed(dsn: str, found: Sequence[Place], operator: str) -> None:
    """Who looks at somebody's data leaves a trace."""
    personal = [place for place in found if is_personal(place.message.record)]
    for service, group in sorted({(place.service, place.message.group) for place in personal}):
        refs = [it.ref for it in personal if (it.service, it.message.group) == (service, group)]
        act = Act(operator, "parked show --reveal", group, {"refs": refs})
        async with schema_of(dsn, service) as connection, act.transaction(connection):
            pass


def line(place: Place, *, reveal: bool = False) -> dict[str, Any]:
    """What a line says of a parked message."""
    message = place.message
    return {
        "ref": place.ref,
        "service": place.service,
        "group": message.group,
        "head": message.head,
        "reason": said(message.reason, message.record, reveal=reveal),
        "attempts": message.attempts,
        "parked_at": message.parked_at.isoformat(),
        "next_attempt_at": message.next_attempt_at.isoformat(),
        "record": summary(message.record),
    }


def row(place: Place) -> tuple[str, ...]:
    """The same, as columns."""
    message = place.message
    due = message.next_attempt_at.isoformat(" ", "seconds") if message.head else "derrière la tête de sa clé"
    reason = said(message.reason, message.record, reveal=False)
    return place.ref, message.group, text(message.record.key), reason, str(message.attempts), due


def report(done: Handled, *, dry_run: bool, json: bool) -> None:
    """Say what became of each."""
    counts = Counter(outcome for _, _, outcome in done)
    if json:
        messages = [
            {"ref": f"{service}:{message.id}", "key": text(message.record.key), "outcome": outcome}
            for service, message, outcome in done
        ]
        as_json({"dry_run": dry_run, "counts": dict(sorted(counts.items())), "messages": messages})
        return
    rows = [
        (f"{service}:{message.id}", text(message.record.key), OUTCOMES[outcome]) for service, message, outcome in done
    ]
    as_table(("Message", "Clé", "Suite"), rows)
    if dry_run:
        console.print("À blanc : rien n’a été changé.")
