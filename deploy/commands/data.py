"""`qmi migrate` and `qmi republish`: the database of each service, and what the broker knows of it."""

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer

from deploy.commands.output import Json, Refused, StackFile, as_json, as_table, stack_of
from deploy.stack.layout import SERVICES, NoStack

Services = Annotated[list[str] | None, typer.Argument(help=f"Services ; tous par défaut : {', '.join(SERVICES)}.")]


def migrate(services: Services = None, stack: StackFile = None, json: Json = False) -> None:
    """Bring the schema of each service up to date, as the owner of the database."""
    from shared.kit.migrate import migrate as migrate_one

    wanted = _known(services)
    dsn = _owner_dsn(stack)
    applied = {service: asyncio.run(migrate_one(dsn, service)) for service in wanted}
    if json:
        as_json(applied)
    else:
        as_table(
            ("Service", "Migrations appliquées"),
            [(name, ", ".join(done) or "à jour") for name, done in applied.items()],
        )


def republish(
    services: Services = None,
    kafka: Annotated[str | None, typer.Option(envvar="QMI_KAFKA", help="Courtier, hôte:port.")] = None,
    stack: StackFile = None,
    json: Json = False,
) -> None:
    """Send the whole history of each service to the broker again; stop its worker first."""
    from deploy.stack.history import republish_services

    wanted = _known(services)
    address = kafka or stack_of(stack).kafka
    sent = asyncio.run(republish_services(_owner_dsn(stack), address, wanted))
    if json:
        as_json(sent)
    else:
        as_table(("Service", "Événements remis"), [(name, str(count)) for name, count in sent.items()])


def _known(services: list[str] | None) -> tuple[str, ...]:
    for service in services or ():
        if service not in SERVICES:
            raise Refused(f"Service inconnu : « {service} ». Services : {', '.join(SERVICES)}.")
    return tuple(services or SERVICES)


def _owner_dsn(stack: Path | None) -> str:
    """QMI_ADMIN_DATABASE_URL, or the file it is in, or the database of the running stack."""
    if dsn := os.environ.get("QMI_ADMIN_DATABASE_URL"):
        return dsn
    if file := os.environ.get("QMI_ADMIN_DATABASE_URL_FILE"):
        return Path(file).read_text().strip()
    try:
        return stack_of(stack).database
    except NoStack as error:
        raise Refused(f"Aucune base : donnez QMI_ADMIN_DATABASE_URL. ({error})") from error
