"""A line of the sample partner."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from deploy.demo import partner
from shared.events import BadEnvelope, Envelope
from shared.events.selection import RoundAnnounced

AN_ID = UUID("018b5d3a-6c00-7000-8009-000000000001")
AT = datetime(2024, 2, 6, 19, 0, tzinfo=UTC)


@dataclass
class Record:
    """A record of Kafka, with the methods of confluent-kafka."""

    headers_: list[tuple[str, bytes]]
    key_: bytes
    value_: bytes

    def headers(self) -> list[tuple[str, bytes]]:
        return self.headers_

    def key(self) -> bytes:
        return self.key_

    def value(self) -> bytes:
        return self.value_

    def topic(self) -> str:
        return "qmi.public.selection.v1"

    def partition(self) -> int:
        return 3

    def offset(self) -> int:
        return 7


def a_record() -> Record:
    event = RoundAnnounced(
        round_id=AN_ID, call_id=AN_ID, edition=2, announced_at=AT, selected=6, waitlisted=0, not_selected=2
    )
    wire = Envelope.of(event, id=AN_ID, time=AT, sequence=5, correlation_id=AN_ID).to_public_kafka()
    assert wire is not None
    assert wire.value is not None
    return Record(list(wire.headers), wire.key, wire.value)


def test_people_read_one_line_by_event() -> None:
    line = partner._told(a_record(), Envelope, BadEnvelope, as_json=False)  # type: ignore[arg-type]

    assert line.startswith(f"2024-02-06 19:00 urn:qmi:service:selection {AN_ID} RoundAnnounced {{")


def test_a_newer_type_is_said_not_hidden() -> None:
    record = a_record()
    newer = b"fr.metropolegrandparis.qmi.round-sung.v1"
    record.headers_ = [(name, newer if name == "ce_type" else value) for name, value in record.headers_]

    line = partner._told(record, Envelope, BadEnvelope, as_json=False)  # type: ignore[arg-type]

    assert line.endswith("round-sung.v1, plus récent que cette roue (unknown-type)")


def test_scripts_read_attributes_data_and_place() -> None:
    told = json.loads(partner._told(a_record(), Envelope, BadEnvelope, as_json=True))  # type: ignore[arg-type]

    assert told["attributes"]["type"] == "fr.metropolegrandparis.qmi.round-announced.v1"
    assert (told["topic"], told["partition"], told["offset"]) == ("qmi.public.selection.v1", 3, 7)
    assert told["data"]["selected"] == 6
