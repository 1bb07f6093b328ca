"""Evaluations, and the results every laureate commune shares."""

from datetime import datetime
from uuid import UUID

from fastapi import Response

from services.experiments.api.deps import CommuneFilter, EditionFilter, Work
from services.experiments.api.evaluation_models import EvaluationBody, EvaluationView, ResultView
from services.experiments.domain.errors import EvaluationNotFound
from services.experiments.usecases.evaluate_experiment import EvaluateExperiment, evaluate_experiment
from services.experiments.usecases.read_results import ReadResults, read_results
from shared.kit.api import IfMatch, Now, Page, Paging, Within, etag, problems, requires, router

evaluations = router("/v1/experiments/{experiment_id}/evaluation", tags=["Évaluation"])
results = router("/v1/results", tags=["Évaluation"])


@evaluations.put(
    "",
    status_code=204,
    dependencies=[requires("experiment.evaluate")],
    responses=problems(404, 409, 412, 428),
)
async def evaluate(
    experiment_id: UUID,
    body: EvaluationBody,
    expected: IfMatch,
    work: Work,
    within: Within,
    now: Now,
    response: Response,
) -> None:
    """Evaluate an experiment that has ended; each criterion points to field reports."""
    command = EvaluateExperiment(experiment_id, body.evaluation(), expected, within, at=now)
    etag(response, await evaluate_experiment(command, work))


@evaluations.get("", dependencies=[requires("experiment.read")], responses=problems(404))
async def show(experiment_id: UUID, work: Work, within: Within) -> EvaluationView:
    """Show the evaluation of an experiment."""
    async with work:
        standing = await work.views.experiment(experiment_id, within)
    if standing.experiment.evaluation is None:
        raise EvaluationNotFound
    return EvaluationView.of(standing.experiment.evaluation)


@results.get("", dependencies=[requires("result.read")])
async def browse(
    work: Work, within: Within, paging: Paging, edition: EditionFilter = None, commune: CommuneFilter = None
) -> Page[ResultView]:
    """List what the evaluated experiments of all communes taught, the latest first; shared by all laureates."""
    after = (datetime.fromisoformat(paging.after[0]), UUID(paging.after[1])) if paging.after else None
    rows = await read_results(ReadResults(within, edition, commune, after, paging.fetch), work)
    return paging.page(rows, ResultView.of, lambda row: (row.evaluated_at.isoformat(), str(row.experiment_id)))
