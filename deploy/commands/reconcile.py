"""`qmi reconcile`: after a restore, what a service said that its log no longer knows."""

import asyncio
from typing import Annotated

import typer

from deploy.commands.output import Json, Refused, StackFile, as_json, as_table, console
from deploy.commands.reach import DatabaseUrl, Kafka, Reach, reach
from deploy.stack.layout import SERVICES
from shared.kit.database import Database
from shared.kit.reconciliation import Ahead, ahead_of_log

Service = Annotated[str, typer.Argument(help=f"Le service restauré : {', '.join(SERVICES)}.")]


def reconcile(
    service: Service,
    kafka: Kafka = None,
    database_url: DatabaseUrl = None,
    stack: StackFile = None,
    json: Json = False,
) -> None:
    """Compare the topic of a service with its log; exit code 1 when others heard what the log does not know."""
    if service not in SERVICES:
        raise Refused(f"Service inconnu : « {service} ». Services : {', '.join(SERVICES)}.")
    found = asyncio.run(_ahead(reach(kafka, database_url, stack), service))
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
        console.print(f"Ne démarrez pas {service} : d’autres ont entendu ce que son journal ignore.")
    else:
        console.print(f"Le journal de {service} connaît tout ce que le sujet a dit : il peut démarrer.")
    if found:
        raise typer.Exit(1)


def _described(one: Ahead) -> dict[str, object]:
    return {
        "aggregate": one.aggregate_id,
        "logged": one.logged,
        "heard": one.heard,
        "lost": one.lost,
        "forked": one.forked,
    }


async def _ahead(place: Reach, service: str) -> list[Ahead]:
    connection = await Database(place.owner_dsn, service).connect()
    try:
        return await ahead_of_log(place.access, connection, service)
    finally:
        await connection.close()
