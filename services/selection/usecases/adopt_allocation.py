"""Make a computed scenario the decision."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.selection.domain.proposal import Proposal
from services.selection.domain.scenario import Adoption, Scenario
from services.selection.domain.seat import Caller
from services.selection.usecases.ports import Work
from services.selection.usecases.problem_of import problem_of
from services.selection.usecases.read_models import ProjectResult


@dataclass(frozen=True, slots=True)
class AdoptAllocation:
    """The scenario chosen, and why; adopted by the chair of the jury or by the programme team."""

    round_id: UUID
    scenario_id: UUID
    reason: str
    caller: Caller
    at: datetime


async def adopt_allocation(command: AdoptAllocation, work: Work) -> None:
    """Tell every holder and every commune, all at once; a scenario the facts have overtaken is refused (R082, R089)."""
    async with work:
        round_ = await work.project_rounds.get(command.round_id)
        scenario = await work.scenarios.get(round_.id, command.scenario_id)
        proposals = await work.proposals.of_call(round_.call_id)
        round_.require_scoring()
        scenario.require_current(await problem_of(round_, scenario.request, work))
        adoption = Adoption(scenario.id, command.reason, command.caller.decider(round_.panel), command.at)
        round_, adopted, facts = round_.adopt(scenario, proposals, adoption)
        await work.project_rounds.save(round_)
        await work.project_results.add([_result(p, scenario, command.at) for p in proposals])
        await work.publish(round_.id, adopted)
        for fact in facts:
            await work.publish(fact.subject_id, fact)


def _result(proposal: Proposal, scenario: Scenario, at: datetime) -> ProjectResult:
    homes = {pair.proposal_id: pair.commune for pair in scenario.answer.pairs}
    return ProjectResult(
        proposal_id=proposal.id,
        round_id=scenario.round_id,
        edition=proposal.edition,
        wave=proposal.wave,
        title=proposal.title,
        holder_id=proposal.holder_id,
        commune=homes.get(proposal.id),
        decided_at=at,
    )
