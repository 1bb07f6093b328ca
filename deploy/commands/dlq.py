"""`qmi dlq`: the messages that died, given back to their group or given up."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Annotated

import typer

from deploy.commands.output import Json, StackFile, as_json, as_table, console
from deploy.commands.reach import (
    Because,
    DatabaseUrl,
    DryRun,
    Kafka,
    Limit,
    Operator,
    Reach,
    Reveal,
    Since,
    Until,
    instant,
    operator_name,
    reach,
    service_of,
)
from deploy.commands.settling import STATUS, Request, decide, line
from deploy.commands.showing import is_personal, text, whole
from deploy.operations import letters
from deploy.operations.letters import Seen
from deploy.operations.transactions import Act, schema_of
from shared.kit.graveyard import Chosen

app = typer.Typer(help="Les messages morts : les voir, les redonner à leur groupe, les écarter.", no_args_is_help=True)

Refs = Annotated[list[str] | None, typer.Argument(help="Messages, nommés sujet:partition:position.")]
Group = Annotated[str | None, typer.Option("--group", help="Le groupe où ils sont morts.")]
Topic = Annotated[str | None, typer.Option("--topic", help="Le sujet d’origine, ou le sujet .dlt.")]
Reason = Annotated[str | None, typer.Option("--reason", help="Ce que contient la raison, ou son détail.")]
Key = Annotated[str | None, typer.Option("--key", help="La clé (l’agrégat).")]
Service = Annotated[str | None, typer.Option("--service", help="Le service, si le groupe n’en porte pas le nom.")]
All = Annotated[bool, typer.Option("--all", help="Montrer aussi ce qui est déjà réglé.")]
Again = Annotated[bool, typer.Option("--again", help="Même ce qui est réglé ou traité : l’effet peut être doublé.")]
MaxCycles = Annotated[int, typer.Option(min=1, help="Combien de fois un message peut être redonné.")]


@app.command("list", help="Montrer les messages morts, sans les réglés.")
def list_(
    group: Group = None,
    topic: Topic = None,
    reason: Reason = None,
    key: Key = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = None,
    everything: All = False,
    kafka: Kafka = None,
    database_url: DatabaseUrl = None,
    stack: StackFile = None,
    json: Json = False,
) -> None:
    """List the dead letters; those already settled are hidden unless asked for."""
    chosen = Chosen(frozenset(), group, reason, key, instant(since), instant(until))
    found = Request(reach(kafka, database_url, stack), chosen, topic).found()
    open_ones = [seen for seen in found if everything or seen.settled is None]
    hidden, shown = len(found) - len(open_ones), open_ones[:limit]
    if json:
        as_json({"dead_letters": [line(seen) for seen in shown], "hidden": hidden})
        return
    as_table(("Message", "Clé", "Raison", "Mort le", "Cycles", "État"), [_row(seen) for seen in shown])
    console.print(f"{len(shown)} messages ; {hidden} déjà réglés, masqués (--all).")


@app.command("show", help="Montrer des messages morts en entier.")
def show(
    refs: Refs = None,
    group: Group = None,
    topic: Topic = None,
    reason: Reason = None,
    key: Key = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = None,
    service: Service = None,
    reveal: Reveal = False,
    operator: Operator = None,
    kafka: Kafka = None,
    database_url: DatabaseUrl = None,
    stack: StackFile = None,
) -> None:
    """Print the original record, its headers and why it died, as JSON."""
    chosen = Chosen(frozenset(refs or ()), group, reason, key, instant(since), instant(until))
    place = reach(kafka, database_url, stack)
    found = Request(place, chosen, topic).found()[:limit]
    if reveal:
        asyncio.run(_record_revealed(place, found, service, operator_name(operator)))
    shown = [{**line(seen, reveal=reveal), **whole(seen.letter.record, reveal=reveal)} for seen in found]
    as_json({"dead_letters": shown})


@app.command("redrive", help="Redonner des messages morts à leur groupe, et à lui seul.")
def redrive(
    refs: Refs = None,
    group: Group = None,
    topic: Topic = None,
    reason: Reason = None,
    key: Key = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = None,
    service: Service = None,
    dry_run: DryRun = False,
    again: Again = False,
    max_cycles: MaxCycles = 3,
    operator: Operator = None,
    kafka: Kafka = None,
    database_url: DatabaseUrl = None,
    stack: StackFile = None,
    json: Json = False,
) -> None:
    """Hand dead letters back to the group they died in, through its parking lot, in order per key."""
    # What dies again while this runs is after the cut-off: a redrive never takes its own output.
    cut_off = instant(until) or datetime.now(UTC)
    chosen = Chosen(frozenset(refs or ()), group, reason, key, instant(since), cut_off)
    place = reach(kafka, database_url, stack)
    decide(
        Request(place, chosen, topic, limit, json),
        partial(letters.redrive, place.owner_dsn, max_cycles=max_cycles, again=again),
        open_to=lambda seen: again or seen.settled is None,
        service=service,
        operator=operator_name(operator),
        command="dlq redrive",
        details={"max_cycles": max_cycles, "again": again},
        dry_run=dry_run,
    )


@app.command("discard", help="Écarter des messages morts : rien ne sera fait, et c’est noté.")
def discard(
    because: Because,
    refs: Refs = None,
    group: Group = None,
    topic: Topic = None,
    reason: Reason = None,
    key: Key = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = None,
    service: Service = None,
    dry_run: DryRun = False,
    operator: Operator = None,
    kafka: Kafka = None,
    database_url: DatabaseUrl = None,
    stack: StackFile = None,
    json: Json = False,
) -> None:
    """Record that nothing will be done about dead letters: the topic keeps them, lists hide them."""
    chosen = Chosen(frozenset(refs or ()), group, reason, key, instant(since), instant(until))
    place = reach(kafka, database_url, stack)
    decide(
        Request(place, chosen, topic, limit, json),
        partial(letters.discard, place.owner_dsn),
        open_to=lambda seen: seen.settled is None,
        service=service,
        operator=operator_name(operator),
        command="dlq discard",
        details={"because": because},
        dry_run=dry_run,
    )


async def _record_revealed(place: Reach, found: Sequence[Seen], service: str | None, operator: str) -> None:
    """Who looks at somebody's data leaves a trace."""
    personal = [seen.letter for seen in found if is_personal(seen.letter.record)]
    for group in sorted({letter.group for letter in personal}):
        refs = [letter.ref for letter in personal if letter.group == group]
        act = Act(operator, "dlq show --reveal", group, {"refs": refs})
        async with schema_of(place.owner_dsn, service_of(group, service)) as connection, act.transaction(connection):
            pass


def _row(seen: Seen) -> tuple[str, ...]:
    letter = seen.letter
    died_at = letter.died_at.isoformat(" ", "seconds")
    return letter.ref, text(letter.record.key), letter.reason, died_at, str(letter.cycle), STATUS[seen.status]
