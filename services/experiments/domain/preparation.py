"""What an experiment gathers before its launch: protocol, site, resources; and what of it is missing."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self
from uuid import UUID

from services.experiments.domain.agreement import Status as AgreementStatus
from services.experiments.domain.errors import ResourceRequestNotFound
from services.experiments.domain.protocol import Protocol, RegisteredProtocol
from services.experiments.domain.resource import RequestStatus, ResourceRequest
from services.experiments.domain.site import Site
from shared.kit.refusals import FieldError

_STANDING = {
    AgreementStatus.DRAFT: "en préparation",
    AgreementStatus.SENT: "envoyée, sans signature",
    AgreementStatus.PARTLY_SIGNED: "signée en partie",
    AgreementStatus.EXPIRED: "arrivée à son terme",
    AgreementStatus.ABANDONED: "abandonnée",
}


@dataclass(frozen=True, slots=True)
class Preparation:
    """Protocol in its latest version, site, and every resource request."""

    protocol: RegisteredProtocol | None = None
    site: Site | None = None
    resources: tuple[ResourceRequest, ...] = ()

    def register(self, protocol: Protocol, *, at: datetime) -> Self:
        """With this protocol as a new version; unchanged when it is the one already registered."""
        protocol.check()
        if self.protocol is not None and self.protocol.digest == protocol.digest:
            return self
        version = 1 if self.protocol is None else self.protocol.version + 1
        return replace(self, protocol=RegisteredProtocol(version, protocol, protocol.digest, at))

    def add(self, request: ResourceRequest) -> Self:
        """With one more resource request."""
        return replace(self, resources=(*self.resources, request))

    def answer(self, request_id: UUID, status: RequestStatus, *, at: datetime) -> Self:
        """With that request granted or withdrawn; ResourceRequestNotFound, RequestClosed."""
        if all(request.id != request_id for request in self.resources):
            raise ResourceRequestNotFound(request_id)
        answered = (r.answer(status, at=at) if r.id == request_id else r for r in self.resources)
        return replace(self, resources=tuple(answered))

    def missing(self, agreement: AgreementStatus | None) -> tuple[FieldError, ...]:
        """Each condition of the launch not met, in French, with a code and a pointer into the experiment."""
        return (*_missing_agreement(agreement), *self._missing_protocol(), *self._missing_site(), *self._pending())

    def _missing_protocol(self) -> Iterator[FieldError]:
        if self.protocol is None:
            yield FieldError("/protocol", "protocol-missing", "Le protocole d'évaluation n'est pas enregistré.")

    def _missing_site(self) -> Iterator[FieldError]:
        if self.site is None:
            yield FieldError("/site", "site-missing", "Le site de l'expérimentation n'est pas choisi.")
        elif self.site.host_agreed_on is None:
            message = f"L'hôte du site, {self.site.host}, n'a pas encore donné son accord."
            yield FieldError("/site/host_agreed_on", "host-not-agreed", message)

    def _pending(self) -> Iterator[FieldError]:
        for request in self.resources:
            if request.pending:
                message = f"La ressource « {request.description} » n'est pas accordée par la commune."
                yield FieldError(f"/resources/{request.id}", "resource-not-granted", message)


def _missing_agreement(status: AgreementStatus | None) -> Iterator[FieldError]:
    if status is None:
        yield FieldError("/agreement", "agreement-missing", "La commune n'a pas encore de convention.")
    elif status is not AgreementStatus.IN_FORCE:
        message = f"La convention de la commune n'est pas en vigueur : elle est {_STANDING[status]}."
        yield FieldError("/agreement", "agreement-not-in-force", message)
