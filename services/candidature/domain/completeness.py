"""The completeness report: rule by rule, what is missing in a dossier and how to mend it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from services.candidature.domain.document import Document, DocumentKind, ScanStatus
from services.candidature.domain.dossier import REQUIRED_ROLES, Dossier, TeamRole
from services.candidature.domain.errors import DocumentsNotScanned, IncompleteDossier
from services.candidature.domain.questions import QuestionSet
from shared.kit.refusals import FieldError


@dataclass(frozen=True, slots=True)
class Check:
    """One rule: a stable code, where it applies, whether it is met, and how to mend it, in French."""

    rule: str
    pointer: str
    label: str
    met: bool
    remedy: str
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """All the rules for one dossier at one moment."""

    checks: tuple[Check, ...]

    @property
    def complete(self) -> bool:
        """Whether the dossier can be sent as it is."""
        return all(check.met for check in self.checks)

    @property
    def missing(self) -> tuple[FieldError, ...]:
        """What the people of the commune still have to do."""
        failed = (check for check in self.checks if not check.met and not check.waiting)
        return tuple(FieldError(check.pointer, check.rule, check.remedy) for check in failed)

    def require_complete(self) -> None:
        """Raise IncompleteDossier for what is missing, else DocumentsNotScanned for what is still being checked."""
        if self.missing:
            raise IncompleteDossier(self.missing)
        if waiting := [check for check in self.checks if not check.met]:
            errors = [FieldError(check.pointer, check.rule, check.remedy) for check in waiting]
            raise DocumentsNotScanned("Réessayez dans quelques instants.", errors=errors)


_ROLES: Mapping[TeamRole, str] = {
    TeamRole.ELECTED_REFERENT: "un élu référent",
    TeamRole.REFERENT_AGENT: "un agent référent",
}

_DOCUMENTS: Mapping[DocumentKind, tuple[str, str]] = {
    DocumentKind.MAYOR_COMMITMENT: ("Lettre d'engagement du maire", "Déposez la lettre signée par le maire."),
    DocumentKind.SECTOR_SHEET: ("Fiche du secteur proposé", "Déposez la fiche de présentation d'un secteur au moins."),
    DocumentKind.PARTNER_SUPPORT: ("Soutien d'un partenaire local", "Déposez un document attestant un soutien."),
    DocumentKind.OTHER: ("Autre pièce demandée", "Déposez la pièce complémentaire demandée."),
}


def completeness(
    dossier: Dossier,
    questions: QuestionSet,
    required: Iterable[DocumentKind],
    documents: Iterable[Document],
) -> Report:
    """Judge a dossier by the questions it started with and the documents its call requires (R124 to R131)."""
    files = tuple(documents)
    return Report(
        (
            *_of_form(dossier, questions),
            *_of_team(dossier),
            *_of_sectors(dossier),
            *_of_documents(required, files),
            *_of_supports(dossier, files),
            *_of_scans(files),
        )
    )


def _of_form(dossier: Dossier, questions: QuestionSet) -> Iterator[Check]:
    for question in questions.questions:
        if question.required:
            met = bool(dossier.answers.get(question.key, "").strip())
            pointer = f"/answers/{question.key}"
            yield Check(f"form.{question.key}", pointer, question.label, met, f"Répondez à : {question.label}")


def _of_team(dossier: Dossier) -> Iterator[Check]:
    for role in REQUIRED_ROLES:
        who = _ROLES[role]
        met = bool(dossier.team.get(role))
        yield Check(f"team.{role}", f"/team/{role}", who.capitalize(), met, f"Désignez {who} parmi vos contacts.")


def _of_sectors(dossier: Dossier) -> Iterator[Check]:
    remedy = "Proposez un secteur au moins, avec son nom et sa description."
    yield Check("sectors.one", "/sectors", "Un secteur proposé", bool(dossier.sectors), remedy)
    for sector in dossier.sectors:
        described = bool(sector.name.strip() and sector.description.strip())
        label = f"Présentation du secteur « {sector.name} »"
        yield Check("sectors.described", f"/sectors/{sector.id}", label, described, "Décrivez ce secteur.")


def _of_documents(required: Iterable[DocumentKind], files: tuple[Document, ...]) -> Iterator[Check]:
    for kind in required:
        label, remedy = _DOCUMENTS[kind]
        met = any(document.kind is kind and document.usable for document in files)
        yield Check(f"documents.{kind}", "/documents", label, met, remedy)


def _of_supports(dossier: Dossier, files: tuple[Document, ...]) -> Iterator[Check]:
    usable = {document.id for document in files if document.usable}
    met = any(support.document_id in usable for support in dossier.supports)
    remedy = "Ajoutez le soutien d'un partenaire local, avec le document qui l'atteste."
    yield Check("supports.one", "/supports", "Un partenaire local", met, remedy)


def _of_scans(files: tuple[Document, ...]) -> Iterator[Check]:
    pending = [document for document in files if document.status is ScanStatus.PENDING_SCAN]
    remedy = "Patientez : la vérification des fichiers déposés se termine."
    yield Check("documents.scanned", "/documents", "Fichiers vérifiés", not pending, remedy, waiting=True)
