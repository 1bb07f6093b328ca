"""Calls, dossiers, proposals and contacts as tests need them: valid by default, and invented."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from services.candidature.domain.call import Call, CallStatus
from services.candidature.domain.candidature import Candidature, Status
from services.candidature.domain.completeness import Check, Report
from services.candidature.domain.contact import Contact
from services.candidature.domain.document import Document, DocumentKind, ScanStatus
from services.candidature.domain.dossier import Dossier, PartnerKind, Sector, Support, TeamRole
from services.candidature.domain.pitch import Holder, Maturity, Pitch
from services.candidature.domain.proposal import Origin, Proposal, ProposalStatus
from services.candidature.domain.questions import COMMUNE_QUESTIONS, QuestionSet
from services.candidature.domain.terms import Terms
from services.candidature.domain.verdict import Verdict, deadline_verdict
from shared.events.candidature import Challenge
from shared.events.types import CallKind, ContactFunction, LegalForm, Locale
from shared.kit.identity import new_id

OPENS_AT = datetime(2023, 10, 22, 22, 0, tzinfo=UTC)  # 23 October 2023, 00:00 in Paris
CLOSES_AT = datetime(2024, 1, 12, 22, 59, 59, tzinfo=UTC)  # 12 January 2024, 23:59:59 in Paris
DURING = datetime(2023, 12, 1, 9, 0, tzinfo=UTC)
AFTER = datetime(2024, 1, 15, 9, 0, tzinfo=UTC)
COMMUNE = "93001"
WAVE_COMMUNES = ("93001", "91027", "94033")


def some_terms(**changes: Any) -> Terms:
    """Those of the commune call of edition 2."""
    terms = Terms(
        edition=2,
        kind=CallKind.EXPRESSION_OF_INTEREST,
        title="Appel à manifestation d'intérêt, édition 2",
        opens_at=OPENS_AT,
        closes_at=CLOSES_AT,
        quota=4,
    )
    return replace(terms, **changes)


def some_project_terms(**changes: Any) -> Terms:
    """Those of the first project call of edition 2."""
    terms = some_terms(
        kind=CallKind.PROJECT,
        wave=1,
        title="Appel à projets, vague 1",
        required_documents=(),
        projects_min=6,
        projects_max=8,
        communes=WAVE_COMMUNES,
        challenges=tuple(Challenge(commune=commune, title="Défi inventé") for commune in WAVE_COMMUNES),
    )
    return replace(terms, **changes)


def a_call(status: CallStatus = CallStatus.OPEN, terms: Terms | None = None, **changes: Any) -> Call:
    """An open call to communes, unless told otherwise."""
    return replace(Call(new_id(), terms or some_terms(), QuestionSet(1, COMMUNE_QUESTIONS), status), **changes)


def a_project_call(status: CallStatus = CallStatus.OPEN, **changes: Any) -> Call:
    """An open project call, unless told otherwise."""
    return replace(Call(new_id(), some_project_terms(), QuestionSet(1, ()), status), **changes)


def a_document(kind: DocumentKind = DocumentKind.OTHER, **changes: Any) -> Document:
    """A clean PDF, unless told otherwise."""
    document = Document(
        id=new_id(),
        candidature_id=new_id(),
        kind=kind,
        name="lettre.pdf",
        media_type="application/pdf",
        size=1_234,
        sha256="0" * 64,
        object_key="key",
        uploaded_by="agent",
        uploaded_at=DURING,
        status=ScanStatus.CLEAN,
    )
    return replace(document, **changes)


def full_documents() -> tuple[Document, ...]:
    """One clean file of each required kind."""
    kinds = (DocumentKind.MAYOR_COMMITMENT, DocumentKind.SECTOR_SHEET, DocumentKind.PARTNER_SUPPORT)
    return tuple(a_document(kind) for kind in kinds)


def a_sector(**changes: Any) -> Sector:
    """A sector with its sheet."""
    return replace(Sector(new_id(), "Centre", "Un quartier inventé autour de la gare."), **changes)


def a_support(document_id: UUID, **changes: Any) -> Support:
    """The support of an association."""
    return replace(Support(new_id(), "Les Jardins Partagés", PartnerKind.ASSOCIATION, document_id), **changes)


def a_full_dossier(support_document: UUID) -> Dossier:
    """A dossier in which nothing is missing."""
    return Dossier(
        answers={question.key: "Réponse inventée." for question in COMMUNE_QUESTIONS},
        team={TeamRole.ELECTED_REFERENT: (new_id(),), TeamRole.REFERENT_AGENT: (new_id(),)},
        sectors=(a_sector(),),
        supports=(a_support(support_document),),
    )


def a_candidature(status: Status = Status.DRAFT, call: Call | None = None, **changes: Any) -> Candidature:
    """The dossier of a commune, in any state."""
    of = call or a_call()
    candidature = Candidature(
        id=new_id(),
        call_id=of.id,
        edition=of.terms.edition,
        commune=COMMUNE,
        questions_version=of.questions.version,
        started_at=DURING,
        status=status,
        submitted_at=None if status in {Status.DRAFT, Status.LAPSED} else DURING,
    )
    return replace(candidature, **changes)


def a_report(*, complete: bool = True, waiting: bool = False) -> Report:
    """A report of one rule, met or not."""
    return Report((Check("supports.one", "/supports", "Un partenaire", complete, "Ajoutez un soutien.", waiting),))


def a_verdict(call: Call, *, eligible: bool = True, complete: bool = True) -> Verdict:
    """The verdict on a dossier sent in time."""
    return deadline_verdict(
        call, a_report(complete=complete), commune=COMMUNE, submitted_at=DURING, is_member=eligible, at=AFTER
    )


def a_holder(**changes: Any) -> Holder:
    """A French start-up; the SIRET is valid and invented."""
    return replace(Holder("Ombrières Inventées", LegalForm.STARTUP, siret="12345678200002"), **changes)


def a_pitch(**changes: Any) -> Pitch:
    """A pitch in which nothing is missing."""
    pitch = Pitch(
        title="Ombrières démontables",
        holder=a_holder(),
        solution="Des ombrières qui suivent le soleil.",
        themes=("îlots de chaleur",),
        maturity=Maturity.TESTED,
        ranked_communes=("91027", "93001"),
    )
    return replace(pitch, **changes)


def a_proposal(status: ProposalStatus = ProposalStatus.DRAFT, call: Call | None = None, **changes: Any) -> Proposal:
    """The proposal of an innovator, in any state."""
    of = call or a_project_call()
    proposal = Proposal(
        id=new_id(),
        call_id=of.id,
        edition=of.terms.edition,
        wave=of.terms.wave or 1,
        organisation="siret:12345678200002",
        pitch=a_pitch(),
        origin=Origin.OPEN,
        started_at=DURING,
        status=status,
        submitted_at=None if status is ProposalStatus.DRAFT else DURING,
    )
    return replace(proposal, **changes)


def a_contact(**changes: Any) -> Contact:
    """An invented agent of a commune."""
    contact = Contact(
        id=new_id(),
        organisation=COMMUNE,
        function=ContactFunction.REFERENT_AGENT,
        name="Agent référent",
        email="agent@example.org",
        locale=Locale.FRENCH,
    )
    return replace(contact, **changes)
