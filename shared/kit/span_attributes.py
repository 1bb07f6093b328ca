"""What spans say, in the words of OpenTelemetry's conventions for messaging and CloudEvents."""

from collections.abc import Mapping

from shared.kit.record import Record

Attributes = Mapping[str, str | int]


def of_message(operation: str, topic: str, message_id: str, event_type: str) -> dict[str, str | int]:
    """An operation (`send` or `process`) on a message of a topic."""
    return {
        "messaging.system": "kafka",
        "messaging.operation.name": operation,
        "messaging.operation.type": operation,
        "messaging.destination.name": topic,
        "messaging.message.id": message_id,
        "cloudevents.event_type": event_type,
    }


def of_position(group: str, record: Record) -> dict[str, str | int]:
    """Where a group found a record."""
    return {
        "messaging.consumer.group.name": group,
        "messaging.destination.partition.id": str(record.partition),
        "messaging.kafka.offset": record.offset,
    }
