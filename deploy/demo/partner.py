"""A partner's consumer, as a partner would write it: confluent-kafka, the CloudEvents SDK and the wheel `qmi-events`.

Nothing else of this repository is used. Where the wheel is not installed but its sources are here, it is built first.
"""

import argparse
import atexit
import importlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cloudevents.core.bindings.kafka import KafkaMessage, from_binary_event
from confluent_kafka import Consumer, KafkaError, KafkaException, Message

PUBLIC_TOPICS = r"^qmi\.public\..*"
GROUP = "partner.exemple.ecoute"
LANGUAGE = Path(__file__).parents[2] / "shared" / "events"
NEW_TOPICS_SEEN_WITHIN_MS = 5_000
HOW_TO_INSTALL = """La roue « qmi-events » n’est pas installée. Pour la construire et l’installer :
  python -m build --wheel shared/events --outdir dist && pip install dist/qmi_events-*.whl"""


def main(arguments: list[str] | None = None) -> int:
    """Print what is heard until told to stop; exit code 0, 1 when the broker refuses, 2 without the wheel."""
    asked = _parsed(arguments)
    try:
        envelope, bad_envelope = _language()
    except ImportError:
        print(HOW_TO_INSTALL, file=sys.stderr)
        return 2
    try:
        for message in _messages(asked):
            print(_told(message, envelope, bad_envelope, as_json=asked.json), flush=True)
    except KafkaException as error:
        print(f"Le courtier a refusé : {error.args[0].str()}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


def _language() -> tuple[Any, Any]:
    """What the wheel gives: how to read an envelope, and the error of one that cannot be read."""
    try:
        language = importlib.import_module("qmi_events")
    except ImportError:
        sys.path.insert(0, str(_built()))
        language = importlib.import_module("qmi_events")
    return language.Envelope, language.BadEnvelope


def _built() -> Path:
    """The wheel, made from its sources in a temporary folder: a wheel of pure Python can be imported as it is."""
    if not (LANGUAGE / "pyproject.toml").exists():
        raise ImportError("qmi_events")
    folder = Path(tempfile.mkdtemp(prefix="qmi-events-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", str(LANGUAGE), "-o", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        raise ImportError("qmi_events")
    return next(folder.glob("qmi_events-*.whl"))


def _messages(asked: argparse.Namespace) -> Iterator[Message]:
    """Every record of the public topics, from the beginning; stops after so many, or after so long without any."""
    consumer = Consumer(_settings(asked))
    consumer.subscribe([PUBLIC_TOPICS])
    heard, quiet_since = 0, time.monotonic()
    try:
        while asked.count is None or heard < asked.count:
            message = consumer.poll(0.2)
            if message is not None and _is_record(message):
                heard, quiet_since = heard + 1, time.monotonic()
                yield message
            elif asked.idle_seconds is not None and time.monotonic() - quiet_since > asked.idle_seconds:
                return
    finally:
        consumer.close()


def _is_record(message: Message) -> bool:
    error = message.error()
    if error is None:
        return True
    # Topics appear and brokers come back: only what will not mend by itself ends the listening.
    if error.fatal() or error.code() in {KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.GROUP_AUTHORIZATION_FAILED}:
        raise KafkaException(error)
    return False


def _settings(asked: argparse.Namespace) -> dict[str, Any]:
    """Nothing is committed unless asked for: the next run begins again at the beginning."""
    settings: dict[str, Any] = {
        "bootstrap.servers": asked.kafka,
        "group.id": asked.group,
        "auto.offset.reset": "earliest",
        "enable.auto.commit": asked.remember,
        "topic.metadata.refresh.interval.ms": NEW_TOPICS_SEEN_WITHIN_MS,
    }
    if asked.username:
        settings |= {
            "security.protocol": asked.security,
            "sasl.mechanism": asked.mechanism,
            "sasl.username": asked.username,
            "sasl.password": os.environ.get("QMI_PARTNER_PASSWORD", ""),
        }
    if asked.ca:
        settings["ssl.ca.location"] = str(asked.ca)
    return settings


def _told(message: Message, envelope: Any, bad_envelope: Any, *, as_json: bool) -> str:
    """One record in a line: read by the SDK of CloudEvents, then, for its types, by the wheel."""
    headers: dict[str, Any] = dict(message.headers() or [])
    event = from_binary_event(KafkaMessage(headers=headers, key=message.key(), value=message.value() or b""))
    if as_json:
        attributes = {name: str(value) for name, value in event.get_attributes().items()}
        place = {"topic": message.topic(), "partition": message.partition(), "offset": message.offset()}
        record = {**place, "key": (message.key() or b"").decode(), "headers": sorted(headers)}
        return json.dumps({**record, "attributes": attributes, "data": event.get_data()}, ensure_ascii=False)
    try:
        data: Any = envelope.from_kafka(message.key(), message.value(), message.headers()).data
        what = f"{type(data).__name__} {data.model_dump_json()}"
    except bad_envelope as refused:
        what = f"{event.get_type()}, plus récent que cette roue ({refused.reason})"
    return f"{event.get_time():%Y-%m-%d %H:%M} {event.get_source()} {event.get_subject()} {what}"


def _parsed(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="deploy.demo.partner", description=__doc__)
    parser.add_argument("--kafka", default=os.environ.get("QMI_KAFKA", "127.0.0.1:9092"), help="hôte:port")
    parser.add_argument("--group", default=GROUP, help=f"groupe, sous le préfixe du partenaire (défaut : {GROUP})")
    parser.add_argument("--count", type=int, help="s’arrêter après tant d’événements")
    parser.add_argument("--idle-seconds", type=float, help="s’arrêter après tant de secondes de silence")
    parser.add_argument("--remember", action="store_true", help="reprendre la prochaine fois là où l’on s’arrête")
    parser.add_argument("--json", action="store_true", help="une ligne de JSON par événement")
    parser.add_argument("--username", help="compte SCRAM ; mot de passe dans QMI_PARTNER_PASSWORD")
    parser.add_argument("--mechanism", default="SCRAM-SHA-512")
    parser.add_argument("--security", default="SASL_SSL", choices=["SASL_SSL", "SASL_PLAINTEXT"])
    parser.add_argument("--ca", type=Path, help="certificat de l’autorité, pour SASL_SSL")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
