"""Protocols as JSON."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import ConfigDict, Field

from services.experiments.domain.protocol import Indicator, Protocol, RegisteredProtocol, Step
from shared.kit.api import Day, Line, Paragraph, StrictModel, View, text

Quantity = Annotated[Decimal, Field(max_digits=15, decimal_places=6, examples=["12.5"])]
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$", examples=["temperature"])]


class IndicatorBody(StrictModel):
    """Something measured, from a baseline to a target."""

    code: Code
    label: Line
    unit: Annotated[str, text(50)]
    baseline: Quantity
    target: Quantity

    def indicator(self) -> Indicator:
        """As the domain has it."""
        return Indicator(self.code, self.label, self.unit, self.baseline, self.target)


class StepBody(StrictModel):
    """A step of the calendar, both days included."""

    label: Line
    starts_on: Day
    ends_on: Day

    def step(self) -> Step:
        """As the domain has it."""
        return Step(self.label, self.starts_on, self.ends_on)


class ProtocolBody(StrictModel):
    """What the experiment will be judged by."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "hypotheses": ["L'ombrage abaisse la température ressentie sur la place."],
                "indicators": [
                    {
                        "code": "temperature",
                        "label": "Température ressentie à 15 h",
                        "unit": "°C",
                        "baseline": "38.5",
                        "target": "35",
                    }
                ],
                "method": "Relevés quotidiens à trois points de la place, comparés à une place témoin.",
                "calendar": [{"label": "Relevés", "starts_on": "2024-10-01", "ends_on": "2025-03-31"}],
            }
        }
    )

    hypotheses: Annotated[tuple[Annotated[str, text(1_000)], ...], Field(min_length=1, max_length=20)]
    indicators: Annotated[tuple[IndicatorBody, ...], Field(min_length=1, max_length=50)]
    method: Paragraph
    calendar: Annotated[tuple[StepBody, ...], Field(min_length=1, max_length=50)]

    def protocol(self) -> Protocol:
        """As the domain has it."""
        return Protocol(
            hypotheses=self.hypotheses,
            indicators=tuple(body.indicator() for body in self.indicators),
            method=self.method,
            calendar=tuple(body.step() for body in self.calendar),
        )


class RegistrationView(View):
    """A version of a protocol, by its hash."""

    version: int
    digest: str
    registered_at: datetime

    @classmethod
    def of(cls, registered: RegisteredProtocol) -> "RegistrationView":
        """As JSON."""
        return cls(version=registered.version, digest=registered.digest, registered_at=registered.registered_at)


class IndicatorView(View):
    """An indicator; quantities are decimal texts, exact."""

    code: str
    label: str
    unit: str
    baseline: Decimal
    target: Decimal


class StepView(View):
    """A step of the calendar."""

    label: str
    starts_on: date
    ends_on: date


class ProtocolView(View):
    """A version of a protocol with all it says."""

    version: int
    digest: str
    registered_at: datetime
    hypotheses: tuple[str, ...]
    indicators: tuple[IndicatorView, ...]
    method: str
    calendar: tuple[StepView, ...]

    @classmethod
    def of(cls, registered: RegisteredProtocol) -> "ProtocolView":
        """As JSON."""
        protocol = registered.protocol
        return cls(
            version=registered.version,
            digest=registered.digest,
            registered_at=registered.registered_at,
            hypotheses=protocol.hypotheses,
            indicators=tuple(IndicatorView.model_validate(i, from_attributes=True) for i in protocol.indicators),
            method=protocol.method,
            calendar=tuple(StepView.model_validate(step, from_attributes=True) for step in protocol.calendar),
        )


class ProtocolsView(View):
    """Every version of a protocol, the latest first: a change after the registration is seen as a change."""

    versions: tuple[ProtocolView, ...]
