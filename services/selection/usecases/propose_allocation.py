"""Compute which project could go where."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.selection.domain.allocation import Problem, check
from services.selection.domain.project_round import ProjectRound
from services.selection.domain.scenario import Request, scenario_of
from services.selection.domain.seat import Caller
from services.selection.usecases.ports import Solver, Work
from services.selection.usecases.problem_of import problem_of


@dataclass(frozen=True, slots=True)
class ProposeAllocation:
    """What the jury imposes on a round; asked by a juror or by the programme team."""

    id: UUID
    round_id: UUID
    request: Callable[[ProjectRound], Request]
    caller: Caller
    at: datetime


async def propose_allocation(command: ProposeAllocation, solver: Solver, *, reading: Work, work: Work) -> None:
    """Keep a scenario with its proof: the software proposes, people decide (R019, R082).

    The inputs are read in a transaction of their own: none is held while the solver, which may take a minute, runs.
    """
    request, problem = await _read(command, reading)
    answer = await solver.solve(problem)
    check(problem, answer)
    async with work:
        round_ = await work.project_rounds.read(command.round_id)
        round_.require_scoring()
        scenario = scenario_of(problem, answer, id=command.id, round_id=round_.id, request=request, at=command.at)
        await work.scenarios.add(scenario)


async def _read(command: ProposeAllocation, work: Work) -> tuple[Request, Problem]:
    async with work:
        round_ = await work.project_rounds.read(command.round_id)
        command.caller.seat(round_.panel)
        round_.require_scoring()
        request = command.request(round_)
        problem = await problem_of(round_, request, work)
    problem.require_consistent()
    return request, problem
