"""`qmi reconcile`: after a restore, what a service said that its log no longer knows."""

import asyncio
from collections.abc import Sequence
from typing import Annotated

import typer

from deploy.commands.output import Json, Refused, StackFile, as_json, as_table, console
from deploy.commands.reach import DatabaseUrl, Kafka, Operator, Reach, operator_name, reach
from deploy.operations.transactions import Act, schema_of
from deploy.stack.layout import SERVICES
from shared.kit.reconciliation import ACCEPT, Ahead, ahead_of_log

Service = Annotated[str, typer.Argument(help=f"Le service restauré : {', '.join(SERVICES)}.")]
Accept = Annotated[
    str | None,
    typer.Option("--accept-because", help="Accepter que ces événements soient perdus, et dire pourquoi : c’est noté."),
]


def reconcile(
    service: Service,
    accept_because: Accept = None,
    operator: Operator = None,
    kafka: Kafka = None,
    database_url: DatabaseUrl = None,
    stack: StackFile = None,
    json: Json = False,
) -> None:
    """Compare the topic of a service with its log; exit code 1 when others heard what the log does not know.

    Once somebody has accepted that loss, the service may speak again, and give these versions to other events.
    """
    if service not in SERVICES:
        raise Refused(f"Service inconnu : « {service} ». Services : {', '.join(SERVICES)}.")
    place = reach(kafka, database_url, stack)
    found = asyncio.run(_ahead(place, service))
    if found and accept_because:
        lost = [str(identifier) for one in found for identifier in one.lost]
        act = Act(operator_name(operator), ACCEPT, service, {"lost": lost, "because": accept_because})
        asyncio.run(_record(place, act))
    if json:
        as_json([_described(one) for one in found])
    elif found:
        as_table(
            ("Agrégat", "Version du journal", "Version entendue", "Événements perdus", "Versions données deux fois"),
            [
                (
                    str(one.aggregate_id),
                    str(one.logged),
                    str(one.heard),
                    str(len(one.lost)),
                    "oui" if one.forked else "",
                )
                for one in found
            ],
        )
        if accept_because:
            console.print(f"Perte acceptée et notée : {service} peut parler à nouveau.")
        else:
            console.print(f"{service} doit se taire : d’autres ont entendu ce que son journal ignore.")
    else:
        console.print(f"Le journal de {service} connaît tout ce que le sujet a dit : il peut démarrer.")
    if found and not accept_because:
        raise typer.Exit(1)


def _described(one: Ahead) -> dict[str, object]:
    return {
        "aggregate": one.aggregate_id,
        "logged": one.logged,
        "heard": one.heard,
        "lost": one.lost,
        "forked": one.forked,
    }


async def _ahead(place: Reach, service: str) -> Sequence[Ahead]:
    async with schema_of(place.owner_dsn, service) as connection:
        return await ahead_of_log(place.access, connection, service)


async def _record(place: Reach, act: Act) -> None:
    async with schema_of(place.owner_dsn, act.group) as connection, act.transaction(connection):
        pass
