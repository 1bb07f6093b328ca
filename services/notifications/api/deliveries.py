"""Where every notification stands, for the staff."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from fastapi import Query
from pydantic import Field

from services.notifications.api.deps import Work, after
from services.notifications.domain.notification import Status
from services.notifications.domain.plan import PlanStatus
from services.notifications.usecases.read_models import DeliveryItem
from shared.events.types import ContactFunction, FailureReason
from shared.kit.api import Page, Paging, View, requires, router

deliveries = router("/v1/deliveries", tags=["Envois"])


class DeliveryStatus(StrEnum):
    """Of a plan without contact, then of a notification."""

    AWAITING_CONTACT = PlanStatus.AWAITING_CONTACT
    ABANDONED = PlanStatus.ABANDONED
    PENDING = Status.PENDING
    SENDING = Status.SENDING
    SENT = Status.SENT
    FAILED = Status.FAILED
    CANCELLED = Status.CANCELLED


class DeliveryView(View):
    """The telling of a fact to a function, and to a person once one is known."""

    id: UUID
    event_id: UUID
    event_type: Annotated[str, Field(examples=["commune-selected.v1"])]
    organisation: Annotated[str | None, Field(description="Absente : toutes les organisations.", examples=["92071"])]
    function: ContactFunction
    contact_id: Annotated[UUID | None, Field(description="Absent tant que personne n'occupe la fonction.")]
    status: DeliveryStatus
    attempts: Annotated[int, Field(ge=0)]
    address: Annotated[str | None, Field(description="Adresse de la dernière tentative, effacée avec la personne.")]
    reason: Annotated[FailureReason | None, Field(description="Cause du dernier échec.")]
    last_attempt_at: datetime | None
    planned_at: datetime

    @classmethod
    def of(cls, item: DeliveryItem) -> Self:
        """From the read model."""
        return cls(**{name: getattr(item, name) for name in cls.model_fields})


@deliveries.get("", dependencies=[requires("delivery.list")])
async def browse_deliveries(
    work: Work,
    paging: Paging,
    status: Annotated[DeliveryStatus | None, Query(description="Seulement dans cet état.")] = None,
) -> Page[DeliveryView]:
    """List who was told of what, who was not, and why; newest first."""
    async with work:
        rows = await work.views.deliveries(status, after=after(paging), limit=paging.fetch)
    return paging.page(rows, DeliveryView.of, lambda row: (row.planned_at.isoformat(), str(row.id)))
