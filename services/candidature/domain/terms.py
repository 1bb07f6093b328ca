"""The data of an edition that a call carries: dates, quota, criteria and scope are never code (R001, R008)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from services.candidature.domain.document import DocumentKind
from services.candidature.domain.eligibility import require_members
from services.candidature.domain.errors import InvalidCall
from shared.events.candidature import Challenge, Criterion
from shared.events.types import CallKind
from shared.kit.clock import date_in_paris
from shared.kit.refusals import FieldError


class TrainingPolicy(StrEnum):
    """Who is entitled to the training days: the sources give three answers, the edition chooses (R025, R090, R146)."""

    ALL_CANDIDATES = "all_candidates"
    ADMISSIBLE = "admissible"
    NOT_SELECTED = "not_selected"


COMMUNE_CRITERIA = (
    Criterion(code="challenge_relevance", label="Pertinence du défi et du secteur associé", weight=1),
    Criterion(code="policy_coherence", label="Cohérence des politiques publiques avec la démarche", weight=1),
    Criterion(code="resource_capacity", label="Capacité à mobiliser les ressources nécessaires", weight=1),
    Criterion(code="team_availability", label="Disponibilité des équipes", weight=1),
    Criterion(code="partner_diversity", label="Diversité des partenaires locaux", weight=1),
)

COMMUNE_DOCUMENTS = (DocumentKind.SECTOR_SHEET, DocumentKind.MAYOR_COMMITMENT, DocumentKind.PARTNER_SUPPORT)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a call says; `opens_at` and `closes_at` are instants, `quota` is soft."""

    edition: int
    kind: CallKind
    title: str
    opens_at: datetime
    closes_at: datetime
    wave: int | None = None
    notify_on: date | None = None
    quota: int | None = None
    criteria: tuple[Criterion, ...] = COMMUNE_CRITERIA
    scale_max: int = 5
    required_documents: tuple[DocumentKind, ...] = COMMUNE_DOCUMENTS
    projects_min: int | None = None
    projects_max: int | None = None
    communes: tuple[str, ...] = ()
    challenges: tuple[Challenge, ...] = ()
    training: TrainingPolicy = TrainingPolicy.ADMISSIBLE

    def check(self) -> None:
        """Raise UnknownCommune for communes that will not be members, else InvalidCall with every contradiction."""
        require_members(self.communes, on=date_in_paris(self.closes_at))
        errors = [*self._of_dates(), *self._of_criteria(), *self._of_projects(), *self._of_kind()]
        if errors:
            raise InvalidCall("Corrigez les champs indiqués.", errors=errors)

    def _of_dates(self) -> Iterator[FieldError]:
        if self.closes_at <= self.opens_at:
            yield FieldError("/closes_at", "closes_before_opening", "La clôture doit suivre l'ouverture.")
        if self.notify_on and self.notify_on < date_in_paris(self.closes_at):
            yield FieldError("/notify_on", "notified_before_closing", "La décision ne peut précéder la clôture.")

    def _of_criteria(self) -> Iterator[FieldError]:
        codes = [criterion.code for criterion in self.criteria]
        if not codes:
            yield FieldError("/criteria", "missing", "Indiquez au moins un critère.")
        if len(set(codes)) < len(codes):
            yield FieldError("/criteria", "duplicate", "Chaque critère ne figure qu'une fois.")

    def _of_projects(self) -> Iterator[FieldError]:
        if (self.projects_min is None) != (self.projects_max is None):
            yield FieldError("/projects_max", "missing", "Indiquez le minimum et le maximum de projets, ou aucun.")
        elif self.projects_min is not None and self.projects_max is not None and self.projects_max < self.projects_min:
            yield FieldError("/projects_max", "below_minimum", "Le maximum de projets est inférieur au minimum.")

    def _of_kind(self) -> Iterator[FieldError]:
        if self.kind is CallKind.EXPRESSION_OF_INTEREST:
            if self.wave is not None:
                yield FieldError("/wave", "unexpected", "Un appel aux communes n'a pas de vague.")
            return
        if self.wave is None:
            yield FieldError("/wave", "missing", "Un appel à projets appartient à une vague.")
        if not self.communes:
            yield FieldError("/communes", "missing", "Indiquez les communes de la vague.")
        if len(set(self.communes)) < len(self.communes):
            yield FieldError("/communes", "duplicate", "Chaque commune ne figure qu'une fois.")
        for index, challenge in enumerate(self.challenges):
            if challenge.commune not in self.communes:
                message = "Ce défi est celui d'une commune qui n'est pas dans la vague."
                yield FieldError(f"/challenges/{index}/commune", "outside_wave", message)
