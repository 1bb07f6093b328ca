"""The published language of the programme QMI: its events, their envelope, their schemas."""

from .base import Event, NotEmittable, public_data, public_model
from .envelope import Attributes, BadEnvelope, Envelope, WireRecord, internal_record, public_record

__all__ = [
    "Attributes",
    "BadEnvelope",
    "Envelope",
    "Event",
    "NotEmittable",
    "WireRecord",
    "internal_record",
    "public_data",
    "public_model",
    "public_record",
]
