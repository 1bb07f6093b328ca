"""`qmi topics`: what the broker should have, and bringing it to that."""

from dataclasses import asdict
from typing import Annotated

import typer

from deploy.commands.output import Json, Refused, StackFile, as_json, as_table, console, stack_of
from deploy.kafka import catalogue
from deploy.kafka.topics import BrokerUnreachable, Change
from deploy.kafka.topics import apply as apply_topics

app = typer.Typer(help="Les sujets Kafka : ceux que déclare topics.yaml, et leur création.", no_args_is_help=True)

Kafka = Annotated[str | None, typer.Option("--kafka", envvar="QMI_KAFKA", help="Courtier, hôte:port.")]


@app.command("show", help="Montrer les sujets déclarés.")
def show(json: Json = False) -> None:
    """Show the declared topics."""
    declared = catalogue.read().everything()
    if json:
        as_json([topic.model_dump(mode="json") for topic in declared])
        return
    rows = [
        (topic.name, topic.emitter, ", ".join(topic.consumers), str(topic.partitions), _settings(topic))
        for topic in declared
    ]
    as_table(("Sujet", "Écrit par", "Lu par", "Partitions", "Réglages"), rows)


@app.command("apply", help="Créer les sujets qui manquent et dire ce qui diffère.")
def apply(
    kafka: Kafka = None,
    update: Annotated[bool, typer.Option(help="Ramener aussi les réglages à ce qui est déclaré.")] = False,
    dry_run: Annotated[bool, typer.Option(help="Dire seulement ce qui serait fait.")] = False,
    replication: Annotated[int, typer.Option(help="Copies de chaque partition ; -1 : au choix du courtier.")] = -1,
    stack: StackFile = None,
    json: Json = False,
) -> None:
    """Create the missing topics, say what differs."""
    found = None if kafka else stack_of(stack)
    if found and found.embedded:
        console.print("Le courtier embarqué fait ses sujets au premier usage et n’a pas de réglages : rien à faire.")
        return
    address = kafka or (found.kafka if found else "")
    try:
        changes = apply_topics(address, update=update, dry_run=dry_run, replication=replication)
    except BrokerUnreachable as error:
        raise Refused(f"Le courtier {address} ne répond pas.") from error
    if json:
        as_json([asdict(change) for change in changes])
    else:
        _say(changes)


def _say(changes: list[Change]) -> None:
    if not changes:
        console.print("Tous les sujets sont comme déclaré.")
        return
    kinds = {"created": "créé", "updated": "mis à jour", "drift": "diffère"}
    as_table(("", "Sujet", "Quoi", "Détail"), [(kinds[c.kind], c.topic, c.what, c.detail) for c in changes])


def _settings(topic: catalogue.Topic) -> str:
    return ", ".join(f"{name}={value}" for name, value in topic.settings().items())
