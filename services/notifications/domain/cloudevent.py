"""The public face of an event as a CloudEvent in JSON, the same that the public topic carries in binary."""

from datetime import UTC
from typing import Any

from shared.events.base import CE_TYPE_PREFIX, dataschema_of, public_data
from shared.events.envelope import Envelope


def public_cloudevent(message: Envelope) -> dict[str, Any] | None:
    """The structured CloudEvent 1.0 partners read, without anything personal; None when they are not told."""
    data = public_data(message.data)
    if data is None:
        return None
    return {
        "specversion": "1.0",
        "id": str(message.id),
        "source": message.source,
        "type": message.type,
        "subject": str(message.subject),
        "time": message.time.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "dataschema": dataschema_of(message.type.removeprefix(CE_TYPE_PREFIX), public=True),
        "datacontenttype": "application/json",
        "sequence": f"{message.sequence:020d}",
        "correlationid": str(message.correlation_id),
        "data": data,
    }
