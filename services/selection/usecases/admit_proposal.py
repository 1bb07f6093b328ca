"""Let an admitted proposal before the jury of its wave."""

from dataclasses import dataclass

from services.selection.domain.errors import AdmittedTooLate
from services.selection.domain.proposal import Proposal
from services.selection.usecases.ports import Work


@dataclass(frozen=True, slots=True)
class AdmitProposal:
    """The candidature service says that this proposal may be examined."""

    proposal: Proposal


async def admit_proposal(command: AdmitProposal, work: Work) -> None:
    """Before the call closes or after, until an allocation is adopted."""
    async with work:
        round_ = await work.project_rounds.of_call(command.proposal.call_id)
        if round_ is not None and not round_.admits:
            raise AdmittedTooLate
        await work.proposals.add(command.proposal)
