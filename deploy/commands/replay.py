"""`qmi replay`: a group hears a part of its topics again, or a new group hears them."""

import asyncio
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import typer

from deploy.commands.output import Json, Refused, StackFile, as_json, as_table, console
from deploy.commands.reach import (
    DatabaseUrl,
    DryRun,
    Kafka,
    Operator,
    Reach,
    instant,
    operator_name,
    progress_bar,
    reach,
    service_of,
)
from deploy.kafka.groups import Groups
from deploy.operations import replaying
from deploy.operations.replaying import Plan
from deploy.operations.transactions import Act, schema_of
from shared.kit.replay import Forgotten
from shared.kit.settings import GROUP_NAME

Group = Annotated[str, typer.Argument(help="Le groupe (celui d’un service en porte le nom).")]
From = Annotated[str, typer.Option("--from", help="« beginning », ou un instant : 2024-03-01, 2024-03-01T14:00.")]
Until = Annotated[str | None, typer.Option("--until", help="Ne compter et n’oublier que ce qui précède cet instant.")]
Topics = Annotated[list[str] | None, typer.Option("--topic", help="Seulement ce sujet (option répétable).")]
NewGroup = Annotated[
    str | None, typer.Option("--new-group", help="Préparer un nouveau groupe de ce service, ainsi nommé.")
]
Service = Annotated[str | None, typer.Option("--service", help="Le service, si le groupe n’en porte pas le nom.")]
Forget = Annotated[
    bool, typer.Option("--forget", help="Oublier ce qui fut traité : les traitements ont lieu de nouveau.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Confirmer --forget.")]


def replay(
    group: Group,
    start: From,
    until: Until = None,
    topic: Topics = None,
    new_group: NewGroup = None,
    service: Service = None,
    forget: Forget = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    operator: Operator = None,
    kafka: Kafka = None,
    database_url: DatabaseUrl = None,
    stack: StackFile = None,
    json: Json = False,
) -> None:
    """Move the offsets of a stopped group back, or prepare a new group."""
    if forget and not (yes or dry_run):
        raise Refused(
            "--forget fait tout traiter de nouveau, effets compris : confirmez par --yes, ou voyez --dry-run."
        )
    place, owner = reach(kafka, database_url, stack), service_of(group, service)
    groups, since = Groups(place.access), None if start == "beginning" else instant(start)
    if groups.embedded:
        raise Refused(replaying.EMBEDDED)
    details = {"from": start, "until": until, "topics": topic, "forget": forget}
    act = Act(operator_name(operator), "replay", new_group or group, details, dry_run)
    if new_group:
        if forget:
            raise Refused("Un nouveau groupe n’a rien à oublier : --forget et --new-group s’excluent.")
        _prepare(place, groups, owner, replaying.subscriptions(owner, topic or ()), act, since, json=json)
    else:
        _go_back(place, groups, owner, topic or (), act, since, instant(until), forgetting=forget, json=json)


def _go_back(
    place: Reach,
    groups: Groups,
    service: str,
    topics: Sequence[str],
    act: Act,
    since: datetime | None,
    until: datetime | None,
    *,
    forgetting: bool,
    json: bool,
) -> None:
    replaying.refuse_if_heard(groups, act.group)
    moves = replaying.moves_back(groups, act.group, topics, since)
    with progress_bar("Messages lus") as bar:
        seen = replaying.survey(place.access, place.owner_dsn, service, act.group, moves, until, bar.at)
        plan = asyncio.run(seen)
    forgotten = Forgotten()
    if moves:
        with progress_bar("Messages oubliés") as bar:
            writing = replaying.write_down(
                place.access,
                place.owner_dsn,
                service,
                plan,
                act,
                forgetting=forgetting,
                until=until,
                progress=bar.at,
            )
            forgotten = asyncio.run(writing)
        if not act.dry_run:
            # Last: had it failed, nothing would come again, and the command can be repeated.
            groups.move(act.group, plan.offsets)
    _report_going_back(plan, forgotten, act, json=json)


def _report_going_back(plan: Plan, forgotten: Forgotten, act: Act, *, json: bool) -> None:
    expected = plan.expected
    if json:
        answer = {
            "dry_run": act.dry_run,
            "operation": None if act.dry_run or not plan.moves else str(act.id),
            "group": act.group,
            "partitions": [
                {"topic": place.topic, "partition": place.partition, "from": end, "to": start}
                for place, (start, end) in plan.moves.items()
            ],
            "records": expected.records,
            "new": expected.new + forgotten.claims + forgotten.parked,
            "unreadable": expected.unreadable,
            "forgotten": {"claims": forgotten.claims, "parked": forgotten.parked},
        }
        as_json(answer)
        return
    rows = [(place.topic, str(place.partition), str(end), str(start)) for place, (start, end) in plan.moves.items()]
    as_table(("Sujet", "Partition", "Où il en est", "Où il retourne"), rows)
    console.print(
        f"{expected.records} messages à réentendre : {expected.new + forgotten.claims + forgotten.parked} nouveaux"
        f" pour le groupe, {expected.unreadable} illisibles ; la boîte de réception écartera les autres."
    )
    if forgotten.claims or forgotten.parked:
        console.print(f"Oubliés : {forgotten.claims} traités, {forgotten.parked} en attente.")
    console.print("À blanc : rien n’a été changé." if act.dry_run else "Redémarrez le worker.")


def _prepare(
    place: Reach,
    groups: Groups,
    service: str,
    topics: Sequence[str],
    act: Act,
    since: datetime | None,
    *,
    json: bool,
) -> None:
    if not re.fullmatch(GROUP_NAME, act.group):
        raise Refused(f"« {act.group} » n’est pas un nom de groupe : minuscules, chiffres et tirets.")
    offsets = replaying.start_group(groups, act.group, topics, since)
    if not act.dry_run:
        asyncio.run(_note(place.owner_dsn, service, act))
        groups.create(replaying.dead_letter_topics_of(act.group, service, topics))
        groups.move(act.group, offsets)
    if json:
        partitions = [
            {"topic": topic, "partition": number, "to": at} for (topic, number), at in sorted(offsets.items())
        ]
        operation = None if act.dry_run else str(act.id)
        as_json({"dry_run": act.dry_run, "operation": operation, "group": act.group, "partitions": partitions})
        return
    rows = [(topic, str(number), str(offset)) for (topic, number), offset in sorted(offsets.items())]
    as_table(("Sujet", "Partition", "Début"), rows)
    console.print(
        "À blanc : rien n’a été changé."
        if act.dry_run
        else f"Démarrez un worker de {service} avec QMI_GROUP={act.group}, sur une base qui lui soit propre."
    )


async def _note(dsn: str, service: str, act: Act) -> None:
    async with schema_of(dsn, service) as connection, act.transaction(connection):
        pass
