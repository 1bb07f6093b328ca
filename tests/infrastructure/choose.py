"""Which infrastructure the tests get, and why: said aloud, because what is skipped depends on it."""

import os
from dataclasses import dataclass
from typing import Literal, assert_never

from tests.infrastructure import broker, engine

Kind = Literal["containers", "embedded", "external"]

HOW_TO_HAVE_CONTAINERS = "for a real Kafka, as root: deploy/images/engine.sh && deploy/images/build.sh"


class BadChoice(Exception):
    """What was asked for by environment variable cannot be had."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What the tests will run on; the images are set for containers, the addresses for what already runs."""

    kind: Kind
    reason: str
    kafka_image: str = ""
    postgres_image: str = ""
    kafka: str = ""
    database: str = ""
    real_kafka: bool = True

    def __str__(self) -> str:
        match self.kind:
            case "containers":
                return f"containers {self.kafka_image} and {self.postgres_image}, {self.reason}"
            case "external":
                return f"{'Kafka' if self.real_kafka else 'the mock broker'} at {self.kafka}, {self.reason}"
            case "embedded":
                return f"EMBEDDED STACK, {self.reason}; what needs a real Kafka is skipped ({HOW_TO_HAVE_CONTAINERS})"
            case _:
                assert_never(self.kind)


def choose() -> Choice:
    """Running ones if named, else the stack that is forced, else containers if they can be had, else the embedded one.

    Raises BadChoice when QMI_TEST_STACK, QMI_TEST_KAFKA or QMI_TEST_DATABASE_URL ask for what cannot be.
    """
    kafka, database = os.environ.get("QMI_TEST_KAFKA"), os.environ.get("QMI_TEST_DATABASE_URL")
    if kafka or database:
        return _running(kafka, database)
    match os.environ.get("QMI_TEST_STACK", ""):
        case "embedded":
            return Choice("embedded", "QMI_TEST_STACK asks for it", real_kafka=False)
        case "containers":
            try:
                return _containers("QMI_TEST_STACK asks for them")
            except engine.NoImage as error:
                raise BadChoice(f"QMI_TEST_STACK=containers: {error}") from error
        case "":
            return _best()
        case other:
            raise BadChoice(f"QMI_TEST_STACK is {other!r}; it is `containers` or `embedded`")


def _running(kafka: str | None, database: str | None) -> Choice:
    if not (kafka and database):
        raise BadChoice("QMI_TEST_KAFKA and QMI_TEST_DATABASE_URL go together")
    if not broker.answers(kafka, within=5):
        raise BadChoice(f"QMI_TEST_KAFKA: nothing answers at {kafka}")
    reason = "named by QMI_TEST_KAFKA and QMI_TEST_DATABASE_URL"
    return Choice("external", reason, kafka=kafka, database=database, real_kafka=broker.is_real(kafka))


def _best() -> Choice:
    try:
        return _containers("since a Docker engine answers")
    except engine.NoImage as error:
        return Choice("embedded", f"since {error}", real_kafka=False)


def _containers(reason: str) -> Choice:
    if not engine.answers():
        raise engine.NoImage("no Docker engine answers")
    kafka = engine.image("QMI_KAFKA_IMAGE", engine.KAFKA_IMAGES)
    postgres = engine.image("QMI_POSTGRES_IMAGE", engine.POSTGRES_IMAGES)
    return Choice("containers", reason, kafka, postgres)
