"""What this service hears from the others, translated into its own use cases."""

from services.selection.domain.candidature import Candidature
from services.selection.domain.proposal import Proposal
from services.selection.usecases.admit_candidature import AdmitCandidature, admit_candidature
from services.selection.usecases.admit_proposal import AdmitProposal, admit_proposal
from services.selection.usecases.open_commune_round import OpenCommuneRound, open_commune_round
from services.selection.usecases.open_project_round import OpenProjectRound, open_project_round
from services.selection.usecases.ports import Work
from services.selection.usecases.withdraw_candidature import WithdrawCandidature, withdraw_candidature
from shared.events.candidature import CallClosed, CandidatureAdmitted, CandidatureWithdrawn, ProposalAdmitted
from shared.events.envelope import Envelope
from shared.events.topics import CANDIDATURE_EVENTS
from shared.events.types import CallKind
from shared.kit.clock import Clock
from shared.kit.consume import Subscribers

subscribers: Subscribers[Work] = Subscribers(group="selection")


@subscribers.on(CANDIDATURE_EVENTS)
async def on_candidature(message: Envelope, work: Work, clock: Clock) -> None:
    """A call has closed, a dossier or a proposal is admitted, a commune gives up: in any order of their keys."""
    match message.data:
        case CallClosed(kind=CallKind.EXPRESSION_OF_INTEREST) as closed:
            await open_commune_round(_commune_round(closed), work)
        case CallClosed(kind=CallKind.PROJECT, wave=int(wave)) as closed:
            await open_project_round(_project_round(closed, wave), work)
        case CandidatureAdmitted() as admitted:
            await admit_candidature(AdmitCandidature(_candidature(admitted)), work)
        case ProposalAdmitted() as admitted:
            await admit_proposal(AdmitProposal(_proposal(admitted)), work)
        case CandidatureWithdrawn() as gone:
            await withdraw_candidature(
                WithdrawCandidature(gone.call_id, gone.candidature_id, at=gone.withdrawn_at), work
            )
        case _:
            pass  # not for us, or newer than us


def _commune_round(closed: CallClosed) -> OpenCommuneRound:
    return OpenCommuneRound(
        call_id=closed.call_id,
        edition=closed.edition,
        criteria=closed.criteria,
        scale_max=closed.scale_max,
        quota=closed.quota,
        at=closed.closed_at,
    )


def _project_round(closed: CallClosed, wave: int) -> OpenProjectRound:
    return OpenProjectRound(
        call_id=closed.call_id,
        edition=closed.edition,
        wave=wave,
        communes=closed.communes,
        scale_max=closed.scale_max,
        projects_min=closed.projects_min,
        projects_max=closed.projects_max,
        at=closed.closed_at,
    )


def _candidature(admitted: CandidatureAdmitted) -> Candidature:
    return Candidature(
        id=admitted.candidature_id,
        call_id=admitted.call_id,
        edition=admitted.edition,
        commune=admitted.commune,
        admitted_at=admitted.admitted_at,
    )


def _proposal(admitted: ProposalAdmitted) -> Proposal:
    return Proposal(
        id=admitted.proposal_id,
        call_id=admitted.call_id,
        edition=admitted.edition,
        wave=admitted.wave,
        title=admitted.title,
        holder_id=admitted.holder_id,
        ranked_communes=admitted.ranked_communes,
        admitted_at=admitted.admitted_at,
    )
