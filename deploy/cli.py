"""`qmi`: run, show and operate the platform."""

import logging
import sys

import asyncpg
import httpx
import structlog
import typer
from aiokafka.errors import KafkaError
from confluent_kafka import KafkaException
from rich.markup import escape

from deploy.commands import audit, data, dlq, parked, reconcile, replay, run, status, token, topics
from deploy.commands.output import errors
from deploy.stack.trouble import Trouble
from shared.kit.migrate import MigrationError

EXPECTED = (Trouble, MigrationError, OSError, httpx.HTTPError, asyncpg.PostgresError, KafkaError, KafkaException)

app = typer.Typer(
    name="qmi",
    help="Quartiers Métropolitains d’Innovation : lancer, montrer, exploiter la plateforme.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def logs_aside() -> None:
    """Logs go to the standard error: what `--json` prints is JSON and nothing else."""
    logging.getLogger().handlers.clear()  # then warnings, and only they, go to the standard error
    structlog.reset_defaults()
    structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(sys.stderr), cache_logger_on_first_use=False)


app.command("up", help="Lancer la pile embarquée et les quatre services, jusqu’à Ctrl-C.")(run.up)
app.command("demo", help="Jouer une édition du programme sur une pile en marche.")(run.demo)
app.command("stack", help="Montrer les adresses de la pile et la santé de chaque processus.")(run.stack)
app.command("clean-data", help="Oublier tout ce que garde la pile : base, courriels, pièces, clés, journaux.")(
    run.clean_data
)
app.command("status", help="Montrer en chiffres l’état des quatre services, et ce qui ne va pas.")(status.status)
app.command("token", help="Donner un jeton de développement.")(token.token)
app.command("migrate", help="Mettre à jour le schéma de chaque service.")(data.migrate)
app.command("republish", help="Redonner au courtier tout l’historique ; arrêter d’abord les workers.")(data.republish)
app.add_typer(topics.app, name="topics")
app.add_typer(audit.app, name="audit")
app.add_typer(dlq.app, name="dlq")
app.add_typer(parked.app, name="parked")
app.command("replay", help="Faire réentendre à un groupe, ou à un nouveau, ce qui fut dit.")(replay.replay)
app.command("reconcile", help="Après une restauration : ce qu’un service a dit et que son journal ignore.")(
    reconcile.reconcile
)


def main() -> None:
    """Run a command; an expected failure is one line and exit code 1, a wrong call is exit code 2."""
    try:
        app()
    except EXPECTED as error:
        errors.print(f"[red]{escape(str(error) or type(error).__name__)}[/red]", soft_wrap=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
