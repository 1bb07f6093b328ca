"""Experiments: read by their commune and their holder, led by the programme team from structuring to their end."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from services.experiments.api.deps import CommuneFilter, EditionFilter, Work
from services.experiments.api.experiment_models import ExperimentSummaryView, ExperimentView, ReasonBody
from services.experiments.domain.lifecycle import Status
from services.experiments.usecases.complete_experiment import CompleteExperiment, complete_experiment
from services.experiments.usecases.launch_experiment import LaunchExperiment, launch_experiment
from services.experiments.usecases.pause_experiment import PauseExperiment, pause_experiment
from services.experiments.usecases.resume_experiment import ResumeExperiment, resume_experiment
from services.experiments.usecases.start_structuring import StartStructuring, start_structuring
from services.experiments.usecases.stop_experiment import StopExperiment, stop_experiment
from shared.kit.api import Now, Page, Paging, Within, etag, problems, requires, router

experiments = router("/v1/experiments", tags=["Expérimentations"])

StatusFilter = Annotated[Status | None, Query(description="Un état seulement.")]


@experiments.get("", dependencies=[requires("experiment.read")])
async def browse(
    work: Work,
    within: Within,
    paging: Paging,
    edition: EditionFilter = None,
    commune: CommuneFilter = None,
    status: StatusFilter = None,
) -> Page[ExperimentSummaryView]:
    """List the experiments by edition and commune."""
    position = paging.after
    after = (int(position[0]), str(position[1]), UUID(position[2])) if position else None
    async with work:
        rows = await work.views.experiments(
            within, edition=edition, commune=commune, status=status, after=after, limit=paging.fetch
        )
    return paging.page(
        rows, ExperimentSummaryView.of, lambda row: (row.allocation.edition, row.allocation.commune, str(row.id))
    )


@experiments.get("/{experiment_id}", dependencies=[requires("experiment.read")], responses=problems(404))
async def show(experiment_id: UUID, work: Work, within: Within, response: Response) -> ExperimentView:
    """Show an experiment, and what its launch still requires."""
    async with work:
        standing = await work.views.experiment(experiment_id, within)
    etag(response, standing.experiment.version)
    return ExperimentView.of(standing)


@experiments.post(
    "/{experiment_id}/structuring",
    status_code=204,
    dependencies=[requires("experiment.structure")],
    responses=problems(404, 409),
)
async def structure(experiment_id: UUID, work: Work, within: Within, now: Now, response: Response) -> None:
    """Start to structure a planned experiment."""
    etag(response, await start_structuring(StartStructuring(experiment_id, within, at=now), work))


@experiments.post(
    "/{experiment_id}/launch",
    status_code=204,
    dependencies=[requires("experiment.launch")],
    responses=problems(404, 409),
)
async def launch(experiment_id: UUID, work: Work, within: Within, now: Now, response: Response) -> None:
    """Launch an experiment; `not-ready` names each thing that is missing."""
    etag(response, await launch_experiment(LaunchExperiment(experiment_id, within, at=now), work))


@experiments.post(
    "/{experiment_id}/pause", status_code=204, dependencies=[requires("experiment.pause")], responses=problems(404, 409)
)
async def pause(
    experiment_id: UUID, body: ReasonBody, work: Work, within: Within, now: Now, response: Response
) -> None:
    """Pause a running experiment, with a reason."""
    etag(response, await pause_experiment(PauseExperiment(experiment_id, body.reason, within, at=now), work))


@experiments.post(
    "/{experiment_id}/resumption",
    status_code=204,
    dependencies=[requires("experiment.resume")],
    responses=problems(404, 409),
)
async def resume(experiment_id: UUID, work: Work, within: Within, now: Now, response: Response) -> None:
    """Resume a paused experiment."""
    etag(response, await resume_experiment(ResumeExperiment(experiment_id, within, at=now), work))


@experiments.post(
    "/{experiment_id}/stop", status_code=204, dependencies=[requires("experiment.stop")], responses=problems(404, 409)
)
async def stop(experiment_id: UUID, body: ReasonBody, work: Work, within: Within, now: Now, response: Response) -> None:
    """Stop an experiment before its term, with a reason."""
    etag(response, await stop_experiment(StopExperiment(experiment_id, body.reason, within, at=now), work))


@experiments.post(
    "/{experiment_id}/completion",
    status_code=204,
    dependencies=[requires("experiment.complete")],
    responses=problems(404, 409),
)
async def complete(experiment_id: UUID, work: Work, within: Within, now: Now, response: Response) -> None:
    """Complete an experiment that has ended as planned."""
    etag(response, await complete_experiment(CompleteExperiment(experiment_id, within, at=now), work))
