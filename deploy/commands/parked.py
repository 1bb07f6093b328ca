"""`qmi parked`: the messages that wait for something, hurried or given up."""

import asyncio
import sys
from contextlib import redirect_stdout
from typing import Annotated

import typer

from deploy.commands.output import Json, StackFile, as_json, as_table
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
from deploy.commands.showing import whole
from deploy.commands.waiting import choose, each, line, record_revealed, report, row
from deploy.operations import parking
from deploy.operations.transactions import Act
from shared.kit.parking_lot import Waiting, Wanted

app = typer.Typer(help="Les messages en attente : les voir, les relancer, les abandonner.", no_args_is_help=True)

Refs = Annotated[list[str] | None, typer.Argument(help="Messages, nommés service:numéro.")]
Service = Annotated[str | None, typer.Option("--service", help="Le service ; tous par défaut.")]
Group = Annotated[str | None, typer.Option("--group", help="Le groupe.")]
Topic = Annotated[str | None, typer.Option("--topic", help="Le sujet.")]
Reason = Annotated[str | None, typer.Option("--reason", help="Ce que contient la raison.")]
Key = Annotated[str | None, typer.Option("--key", help="La clé (l’agrégat).")]


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
    meant = choose(owner_dsn(database_url, stack), service, wanted)
    if json:
        as_json({"parked": [line(place) for place in meant]})
    else:
        columns = ("Message", "Groupe", "Clé", "Raison", "Essais", "Prochain essai")
        as_table(columns, [row(place) for place in meant])


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
    meant = choose(dsn, service, wanted, refs)
    if reveal:
        asyncio.run(record_revealed(dsn, meant, operator_name(operator)))
    as_json({"parked": [{**line(it, reveal=reveal), **whole(it.message.record, reveal=reveal)} for it in meant]})


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
    meant = choose(dsn, service, wanted, refs)

    def work(of: str, messages: list[Waiting], whose: str) -> list[tuple[Waiting, str]]:
        act = Act(who, "parked retry", whose, {"messages": [message.id for message in messages]}, dry_run)
        return asyncio.run(parking.retry(dsn, of, messages, act))

    report(each(meant, work), dry_run=dry_run, json=json)


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
    meant = choose(place.owner_dsn, service, wanted, refs)

    def work(of: str, messages: list[Waiting], whose: str) -> list[tuple[Waiting, str]]:
        details = {"because": because, "messages": [message.id for message in messages]}
        act = Act(who, "parked discard", whose, details, dry_run)
        # What the kit logs is for people here: the standard output belongs to the answer.
        with redirect_stdout(sys.stderr), progress_bar("Messages abandonnés") as bar:
            doing = parking.discard(place.access, place.owner_dsn, of, messages, act, bar.at, because=because)
            return asyncio.run(doing)

    report(each(meant, work), dry_run=dry_run, json=json)
