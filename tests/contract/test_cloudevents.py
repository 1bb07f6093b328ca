"""Our records are CloudEvents 1.0 for a reader that is not ours: the SDK of the CloudEvents project."""

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary_event

from deploy.frozen import Frozen, everything
from shared.events.base import ce_type, dataschema_of
from shared.events.envelope import Envelope, WireRecord

AN_ID = UUID("018b5d3a-6c00-7000-8009-000000000001")
NOW = datetime(2024, 2, 7, 9, tzinfo=UTC)
WITH_DATA = [frozen for frozen in everything() if not frozen.event_class.tombstone]


def a_record(frozen: Frozen) -> WireRecord:
    """The record of an example, on its internal or on its public topic."""
    event = frozen.event_class.model_validate_json(frozen.whole_example.read_text())
    envelope = Envelope.of(event, id=AN_ID, time=NOW, sequence=7, correlation_id=AN_ID, actor="6f1d")
    record = envelope.to_public_kafka() if frozen.public else envelope.to_kafka()
    assert record is not None
    return record


@pytest.mark.parametrize("frozen", WITH_DATA, ids=lambda frozen: frozen.name)
def test_an_independent_reader_understands_the_record(frozen: Frozen) -> None:
    record = a_record(frozen)
    assert record.value is not None

    event = from_binary_event(KafkaMessage(headers=dict(record.headers), key=record.key, value=record.value))

    attributes = event.get_attributes()
    assert attributes == {
        "specversion": "1.0",
        "id": str(AN_ID),
        "source": f"urn:qmi:service:{frozen.event_class.emitter}",
        "type": ce_type(frozen.event_class),
        "subject": record.key.decode(),
        "time": NOW,
        "dataschema": dataschema_of(frozen.event_class.event_type, public=frozen.public),
        "sequence": "00000000000000000007",
        "correlationid": str(AN_ID),
        "datacontenttype": "application/json",
        "partitionkey": record.key.decode(),
        **({} if frozen.public else {"actorid": "6f1d"}),
    }
    assert event.get_data() == json.loads(frozen.example.read_text())


@pytest.mark.parametrize("frozen", WITH_DATA, ids=lambda frozen: frozen.name)
def test_the_names_of_the_attributes_are_lower_case_letters_and_digits(frozen: Frozen) -> None:
    names = [name.removeprefix("ce_") for name, _ in a_record(frozen).headers if name.startswith("ce_")]

    assert [name for name in names if not (name.isascii() and name.isalnum() and name == name.lower())] == []
