"""The two processes of the selection service."""

from fastapi import FastAPI
from starlette.applications import Starlette

from services.selection.api.access import RULES
from services.selection.api.allocations import allocations
from services.selection.api.candidatures import candidatures
from services.selection.api.commune_rounds import commune_rounds
from services.selection.api.decisions import commune_results, decisions
from services.selection.api.project_rounds import project_results, project_rounds
from services.selection.clocks import CLOCKS
from services.selection.gateways.solver import HighsSolver
from services.selection.settings import Settings
from services.selection.store.unit_of_work import SqlWork
from services.selection.subscribers import subscribers
from shared.kit.api import create_api_app
from shared.kit.settings import load
from shared.kit.worker import create_worker_app


def create_api() -> FastAPI:
    """The HTTP process: `uvicorn services.selection.main:create_api --factory`."""
    return create_api_app(
        settings=load(Settings),
        routers=[
            commune_rounds,
            candidatures,
            decisions,
            commune_results,
            project_rounds,
            allocations(HighsSolver()),
            project_results,
        ],
        access=RULES,
        work_factory=SqlWork,
        title="QMI · sélection",
        description="Choix des communes lauréates et des projets, répartition territoriale.",
    )


def create_worker() -> Starlette:
    """The process that hears, sends and waits: `uvicorn services.selection.main:create_worker --factory`."""
    return create_worker_app(settings=load(Settings), subscribers=subscribers, clocks=CLOCKS, work_factory=SqlWork)
