"""Allocations: computed by the exact solver, compared by the jury, adopted by people."""

from uuid import UUID

from fastapi import APIRouter

from services.selection.api.allocation_models import AdoptionBody, AllocationBody, ScenarioView
from services.selection.api.deps import Reading, Seated, Work, after
from services.selection.usecases.adopt_allocation import AdoptAllocation, adopt_allocation
from services.selection.usecases.ports import Solver
from services.selection.usecases.propose_allocation import ProposeAllocation, propose_allocation
from shared.kit.api import Created, Now, Once, Page, Paging, problems, requires, router
from shared.kit.identity import new_id


def allocations(solver: Solver) -> APIRouter:
    """The routes, with the solver they use."""
    routes = router("/v1/project-rounds/{round_id}", tags=["Répartition territoriale"])

    @routes.post(
        "/allocations",
        status_code=201,
        dependencies=[requires("allocation.propose")],
        responses=problems(403, 404, 409),
    )
    async def propose(
        round_id: UUID, body: AllocationBody, reading: Reading, work: Work, once: Once, caller: Seated, now: Now
    ) -> Created:
        """Compute a scenario: the best allocation there is, with its proof, and its shortage if it has one."""
        await once.recall()
        created = Created(id=new_id())
        once.answers(work, created)
        command = ProposeAllocation(created.id, round_id, body.request, caller, at=now)
        await propose_allocation(command, solver, reading=reading, work=work)
        return created

    @routes.get("/allocations", dependencies=[requires("allocation.read")], responses=problems(404))
    async def browse(round_id: UUID, work: Work, caller: Seated, paging: Paging) -> Page[ScenarioView]:
        """List the scenarios of a round, the latest first."""
        async with work:
            caller.seat((await work.project_rounds.read(round_id)).panel)
            found = await work.views.scenarios(round_id, after=after(paging), limit=paging.fetch)
        return paging.page(found, ScenarioView.of, lambda scenario: (str(scenario.id),))

    @routes.get("/allocations/{scenario_id}", dependencies=[requires("allocation.read")], responses=problems(404))
    async def show(round_id: UUID, scenario_id: UUID, work: Work, caller: Seated) -> ScenarioView:
        """Show a scenario."""
        async with work:
            caller.seat((await work.project_rounds.read(round_id)).panel)
            return ScenarioView.of(await work.scenarios.get(round_id, scenario_id))

    @routes.post(
        "/adoption", status_code=204, dependencies=[requires("allocation.adopt")], responses=problems(403, 404, 409)
    )
    async def adopt(round_id: UUID, body: AdoptionBody, work: Work, caller: Seated, now: Now) -> None:
        """Adopt a scenario: every holder and every commune is told at once."""
        await adopt_allocation(AdoptAllocation(round_id, body.scenario_id, body.reason, caller, at=now), work)

    return routes
