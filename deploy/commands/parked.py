"""`qmi parked`: the messages that wait for something, hurried or given up."""

import asyncio
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from dataclasses import replace
from typing import Annotated, Any

import typer

from deploy.commands.output import Json, Refused, StackFile, as_json, as_table, console
from deploy.commands.reach import (
    Because,
    DatabaseUrl,
    DryRun,
    Kafka,
    Limit,
    Operator,
    Reveal,
    Since,
    Until,
    instant,
    operator_name,
    owner_dsn,
    progress_bar,
    reach,
)
from deploy.commands.showing import is_personal, said, summary, text, whole
from deploy.operations import parking
from deploy.operations.parking import Place
from deploy.operations.transactions import Act, schema_of
from deploy.stack.layout import SERVICES
from shared.kit.parking_lot import Waiting, Wanted

app = typer.Typer(help="Les messages en attente : les voir, les relancer, les abandonner.", no_args_is_help=True)

Refs = Annotated[list[str] | None, typer.Argument(help="Messages, nommés service:numéro.")]
Service = Annotated[str | None, typer.Option("--service", help="Le service ; tous par défaut.")]
Group = Annotated[str | None, typer.Option("--group", help="Le groupe.")]
Topic = Annotated[str | None, typer.Option("--topic", help="Le sujet.")]
Reason = Annotated[str | None, typer.Option("--reason", help="Ce que contient la raison.")]
Key = Annotated[str | None, typer.Option("--key", help="La clé (l’agrégat).")]

OUTCOMES = {"due": "relancé", "discarded": "abandonné", "gone": "n’attend plus, ou est en cours d’essai"}


@app.command("list", help="Montrer ce qui attend.")
def list_(
    service: Service = None,
    group: Group = None,
    topic: Topic = None,
    reason: Reason = None,
    key: Key = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = None,
    database_url: DatabaseUrl = None,
    stack: StackFile = None,
    json: Json = False,
) -> None:
    """List what waits; the head of a key is what the others of that key wait for."""
    wanted = Wanted(None, group, topic, reason, key, instant(since), instant(until), limit)
    found = _found(owner_dsn(database_url, stack), service, wanted)
    if json:
        as_json({"parked": [_line(place) for place in found]})
    else:
        columns = ("Message", "Groupe", "Clé", "Raison", "Essais", "Prochain essai")
        as_table(columns, [_row(place) for place in found])


@app.command("show", help="Montrer en entier ce qui attend.")
def show(
    refs: Refs = None,
    service: Service = None,
    group: Group = None,
    topic: Topic = None,
    reason: Reason = None,
    key: Key = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = None,
    reveal: Reveal = False,
    operator: Operator = None,
    database_url: DatabaseUrl = None,
    stack: StackFile = None,
) -> None:
    """Print the record, its headers and why it waits, as JSON."""
    dsn = owner_dsn(database_url, stack)
    wanted = Wanted(None, group, topic, reason, key, instant(since), instant(until), limit)
    found = _found(dsn, service, wanted, refs)
    if reveal:
        asyncio.run(_record_revealed(dsn, found, operator_name(operator)))
    as_json({"parked": [{**_line(it, reveal=reveal), **whole(it.message.record, reveal=reveal)} for it in found]})


@app.command("retry", help="Essayer de nouveau tout de suite.")
def retry(
    refs: Refs = None,
    service: Service = None,
    group: Group = None,
    topic: Topic = None,
    reason: Reason = None,
    key: Key = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = None,
    dry_run: DryRun = False,
    operator: Operator = None,
    database_url: DatabaseUrl = None,
    stack: StackFile = None,
    json: Json = False,
) -> None:
    """Make messages due now; those behind the head of a key still wait for it."""
    dsn, who = owner_dsn(database_url, stack), operator_name(operator)
    wanted = Wanted(None, group, topic, reason, key, instant(since), instant(until), limit)
    found = _found(dsn, service, wanted, refs)

    def work(of: str, messages: list[Waiting], whose: str) -> list[tuple[Waiting, str]]:
        act = Act(who, "parked retry", whose, {"messages": [message.id for message in messages]}, dry_run)
        return asyncio.run(parking.retry(dsn, of, messages, act))

    _report(_each(found, work), dry_run=dry_run, json=json)


@app.command("discard", help="Abandonner : envoyer au sujet des messages morts, raison « discarded ».")
def discard(
    because: Because,
    refs: Refs = None,
    service: Service = None,
    group: Group = None,
    topic: Topic = None,
    reason: Reason = None,
    key: Key = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = None,
    dry_run: DryRun = False,
    operator: Operator = None,
    kafka: Kafka = None,
    database_url: DatabaseUrl = None,
    stack: StackFile = None,
    json: Json = False,
) -> None:
    """Give messages up: they go to the dead-letter topic, and the rest of their key goes on."""
    place, who = reach(kafka, database_url, stack), operator_name(operator)
    wanted = Wanted(None, group, topic, reason, key, instant(since), instant(until), limit)
    found = _found(place.owner_dsn, service, wanted, refs)

    def work(of: str, messages: list[Waiting], whose: str) -> list[tuple[Waiting, str]]:
        details = {"because": because, "messages": [message.id for message in messages]}
        act = Act(who, "parked discard", whose, details, dry_run)
        # What the kit logs is for people here: the standard output belongs to the answer.
        with redirect_stdout(sys.stderr), progress_bar("Messages abandonnés") as bar:
            doing = parking.discard(place.access, place.owner_dsn, of, messages, act, bar.at, because=because)
            return asyncio.run(doing)

    _report(_each(found, work), dry_run=dry_run, json=json)


Handled = list[tuple[str, Waiting, str]]


def _found(dsn: str, service: str | None, wanted: Wanted, refs: Sequence[str] | None = None) -> list[Place]:
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


def _each(found: Sequence[Place], work: Callable[[str, list[Waiting], str], list[tuple[Waiting, str]]]) -> Handled:
    """Do something for each group of each service."""
    done: Handled = []
    for service, group in sorted({(place.service, place.message.group) for place in found}):
        messages = [place.message for place in found if (place.service, place.message.group) == (service, group)]
        done += [(service, message, outcome) for message, outcome in work(service, messages, group)]
    return done


async def _record_revealed(dsn: str, found: Sequence[Place], operator: str) -> None:
    """Who looks at somebody's data leaves a trace."""
    personal = [place for place in found if is_personal(place.message.record)]
    for service, group in sorted({(place.service, place.message.group) for place in personal}):
        refs = [it.ref for it in personal if (it.service, it.message.group) == (service, group)]
        act = Act(operator, "parked show --reveal", group, {"refs": refs})
        async with schema_of(dsn, service) as connection, act.transaction(connection):
            pass


def _line(place: Place, *, reveal: bool = False) -> dict[str, Any]:
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


def _row(place: Place) -> tuple[str, ...]:
    message = place.message
    due = message.next_attempt_at.isoformat(" ", "seconds") if message.head else "derrière la tête de sa clé"
    reason = said(message.reason, message.record, reveal=False)
    return place.ref, message.group, text(message.record.key), reason, str(message.attempts), due


def _report(done: Handled, *, dry_run: bool, json: bool) -> None:
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
