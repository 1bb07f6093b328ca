"""Agreements as JSON."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from services.experiments.api.deps import MonthText, Slug
from services.experiments.domain.agreement import Agreement, Status
from services.experiments.domain.month import Month
from services.experiments.domain.signature import Authority, Delegation, Deliberation, Signature
from services.experiments.domain.terms import DEFAULT_TEMPLATE, METROPOLE, EditionTerms, Party
from services.experiments.usecases.read_models import AgreementSummary
from shared.events.types import OrganisationId
from shared.kit.api import Day, Line, Reason, StrictModel, View


class InstitutionBody(StrictModel):
    """An institution that signs with the commune."""

    organisation: Slug
    name: Annotated[Line, Field(examples=[METROPOLE.name])]
    represented_by: Annotated[Line, Field(description="Une fonction, jamais un nom.", examples=["son Président"])]

    def party(self) -> Party:
        """As the domain has it."""
        return Party(self.organisation, self.name, self.represented_by)


_DEFAULT = InstitutionBody(
    organisation=METROPOLE.organisation, name=METROPOLE.name, represented_by=METROPOLE.represented_by
)


class TermsBody(StrictModel):
    """The terms of the agreements of an edition."""

    institutions: Annotated[tuple[InstitutionBody, ...], Field(min_length=1, max_length=5)] = (_DEFAULT,)
    ends_in: MonthText | None = None
    template: Slug = DEFAULT_TEMPLATE

    def terms(self, edition: int, version: int) -> EditionTerms:
        """As the domain has them."""
        institutions = tuple(institution.party() for institution in self.institutions)
        ends_in = Month.parse(self.ends_in) if self.ends_in else None
        return EditionTerms(edition, institutions, ends_in, self.template, version)


class DeliberationBody(StrictModel):
    """The signatory is authorised by a deliberation."""

    body: Annotated[Line, Field(examples=["Conseil municipal"])]
    deliberation_number: Annotated[Line, Field(examples=["2024-031"])]
    deliberation_date: Day

    def authority(self) -> Authority:
        """As the domain has it."""
        return Deliberation(self.body, self.deliberation_number, self.deliberation_date)


class DelegationBody(StrictModel):
    """The signatory signs by delegation of an office holder."""

    given_by: Annotated[Line, Field(description="La fonction de qui délègue.", examples=["le Maire"])]
    delegation_number: Annotated[Line, Field(examples=["ARR-2024-112"])]
    delegation_date: Day

    def authority(self) -> Authority:
        """As the domain has it."""
        return Delegation(self.given_by, self.delegation_number, self.delegation_date)


class SignatureBody(StrictModel):
    """The signature of a party, with the authority of its signatory."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "party": "93001",
                "authority": {
                    "body": "Conseil municipal",
                    "deliberation_number": "2024-031",
                    "deliberation_date": "2024-02-22",
                },
                "signed_on": "2024-03-01",
                "place": "Aubervilliers",
            }
        }
    )

    party: Annotated[OrganisationId, Field(description="Code INSEE de la commune, ou identifiant de l'institution.")]
    authority: DeliberationBody | DelegationBody
    signed_on: Day
    place: Line

    def signature(self, at: datetime) -> Signature:
        """As the domain has it."""
        return Signature(self.party, self.authority.authority(), self.signed_on, self.place, at)


class AbandonmentBody(StrictModel):
    """Why the agreement is given up."""

    reason: Reason


class PartyView(View):
    """A party."""

    organisation: str
    name: str
    represented_by: str


class TermsView(View):
    """The terms of the agreements of an edition; `ends_in` null: two years after the announcement."""

    edition: int
    institutions: tuple[PartyView, ...]
    ends_in: str | None
    template: str
    version: int

    @classmethod
    def of(cls, terms: EditionTerms) -> "TermsView":
        """As JSON."""
        return cls(
            edition=terms.edition,
            institutions=tuple(_party(party) for party in terms.institutions),
            ends_in=str(terms.ends_in) if terms.ends_in else None,
            template=terms.template,
            version=terms.version,
        )


class SignatureView(View):
    """A signature; the authority is a deliberation (`body`) or a delegation (`given_by`)."""

    party: str
    body: str | None
    given_by: str | None
    number: str
    taken_on: date
    signed_on: date
    place: str

    @classmethod
    def of(cls, signature: Signature) -> "SignatureView":
        """As JSON."""
        authority = signature.authority
        return cls(
            party=signature.party,
            body=authority.body if isinstance(authority, Deliberation) else None,
            given_by=authority.given_by if isinstance(authority, Delegation) else None,
            number=authority.number,
            taken_on=authority.taken_on,
            signed_on=signature.signed_on,
            place=signature.place,
        )


class AgreementSummaryView(View):
    """An agreement in a list."""

    id: UUID
    edition: int
    commune: str
    status: Status
    due_on: date
    overdue: bool
    ends_in: str
    in_force_from: date | None

    @classmethod
    def of(cls, agreement: AgreementSummary) -> "AgreementSummaryView":
        """As JSON."""
        return cls.model_validate(agreement, from_attributes=True)


class AgreementView(View):
    """An agreement; `digest` is the SHA-256 of its text once it is fixed."""

    id: UUID
    edition: int
    commune: str
    candidature_id: UUID
    status: Status
    parties: tuple[PartyView, ...]
    signatures: tuple[SignatureView, ...]
    due_on: date
    overdue: bool
    ends_in: str
    digest: str | None
    sent_at: datetime | None
    in_force_from: date | None
    abandoned_for: str | None
    version: int

    @classmethod
    def of(cls, agreement: Agreement) -> "AgreementView":
        """As JSON."""
        return cls(
            id=agreement.id,
            edition=agreement.edition,
            commune=agreement.commune,
            candidature_id=agreement.award.candidature_id,
            status=agreement.status,
            parties=tuple(_party(party) for party in agreement.parties),
            signatures=tuple(SignatureView.of(signature) for signature in agreement.signatures),
            due_on=agreement.due_on,
            overdue=agreement.overdue,
            ends_in=str(agreement.terms.ends_in),
            digest=agreement.text.digest if agreement.text else None,
            sent_at=agreement.sent_at,
            in_force_from=agreement.in_force_from,
            abandoned_for=agreement.abandoned_for,
            version=agreement.version,
        )


class TextView(View):
    """The text of an agreement, in Markdown; a draft of it as long as `digest` is null."""

    content: str
    digest: str | None


def _party(party: Party) -> PartyView:
    return PartyView(organisation=party.organisation, name=party.name, represented_by=party.represented_by)
