"""The infrastructure once it runs: addresses that can be handed to another process, and how to stop it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.infrastructure import broker, engine
from tests.infrastructure.choose import Choice, Kind
from tests.infrastructure.embedded import EmbeddedKafka, EmbeddedPostgres

if TYPE_CHECKING:
    from tests.infrastructure.containers import KafkaContainer, PostgresContainer


@dataclass(frozen=True)
class Infrastructure:
    """What tests talk to. `admin_dsn` is a superuser's; `partners` is the SCRAM listener of a real Kafka, if any.

    The containers are known only in the process that started them, hence not in the workers of pytest-xdist.
    """

    kind: Kind
    kafka: str
    admin_dsn: str
    real_kafka: bool
    partners: str | None = None
    kafka_container: "KafkaContainer | None" = None
    postgres_container: "PostgresContainer | None" = None
    closing: tuple[Callable[[], None], ...] = field(default=(), repr=False)

    def addresses(self) -> dict[str, Any]:
        """What another process needs to use the same infrastructure: the arguments of a new Infrastructure."""
        names = ("kind", "kafka", "admin_dsn", "real_kafka", "partners")
        return {name: getattr(self, name) for name in names}

    def stop(self) -> None:
        """Stop what was started for the tests; what already ran goes on."""
        for close in self.closing:
            close()


def start(choice: Choice) -> Infrastructure:
    """Start what was chosen and wait until all of it answers."""
    match choice.kind:
        case "containers":
            return _containers(choice)
        case "external":
            return Infrastructure("external", choice.kafka, choice.database, choice.real_kafka)
        case "embedded":
            database = EmbeddedPostgres.start()
            kafka = EmbeddedKafka()
            return Infrastructure(
                "embedded", kafka.address, database.dsn, real_kafka=False, closing=(kafka.stop, database.stop)
            )


def start_kafka(choice: Choice) -> "KafkaContainer | EmbeddedKafka":
    """Start a broker for one test or module, which may be killed and keeps the fixed topic names to itself.

    Raises NoImage where Kafka already runs elsewhere and no container can be had here.
    """
    if not choice.real_kafka:
        return EmbeddedKafka()
    if not engine.answers():
        raise engine.NoImage("no Docker engine answers")
    return own_kafka(choice.kafka_image or engine.image("QMI_KAFKA_IMAGE", engine.KAFKA_IMAGES))


def own_kafka(image: str) -> "KafkaContainer":
    """Start a Kafka in a container, ready for groups."""
    from tests.infrastructure.containers import KafkaContainer

    kafka = KafkaContainer(image)
    kafka.start()
    try:
        kafka.wait_until_ready()
        broker.open_groups(kafka.address)
    except BaseException:
        kafka.stop()
        raise
    return kafka


def _containers(choice: Choice) -> Infrastructure:
    from tests.infrastructure.containers import PostgresContainer

    engine.remove_leftovers()
    postgres = PostgresContainer(choice.postgres_image)
    postgres.start()
    try:
        kafka = own_kafka(choice.kafka_image)  # PostgreSQL comes up meanwhile
        postgres.wait_until_ready()
    except BaseException:
        postgres.stop()
        raise
    return Infrastructure(
        "containers",
        kafka.address,
        postgres.dsn,
        real_kafka=True,
        partners=kafka.partners,
        kafka_container=kafka,
        postgres_container=postgres,
        closing=(kafka.stop, postgres.stop),
    )
