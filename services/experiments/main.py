"""The two processes of the experiments service."""

from fastapi import FastAPI
from starlette.applications import Starlette

from services.experiments.api.access import RULES
from services.experiments.api.agreements import agreements
from services.experiments.api.evaluations import evaluations, results
from services.experiments.api.experiments import experiments
from services.experiments.api.preparation import preparation
from services.experiments.api.reports import reports
from services.experiments.api.terms import terms
from services.experiments.clocks import CLOCKS
from services.experiments.settings import Settings
from services.experiments.store.unit_of_work import SqlWork
from services.experiments.subscribers import subscribers
from shared.kit.api import create_api_app
from shared.kit.settings import load
from shared.kit.worker import create_worker_app


def create_api() -> FastAPI:
    """The HTTP process: `uvicorn services.experiments.main:create_api --factory`."""
    return create_api_app(
        settings=load(Settings),
        routers=[terms, agreements, experiments, preparation, reports, evaluations, results],
        access=RULES,
        work_factory=SqlWork,
        title="QMI · expérimentations",
        description="Conventions des communes lauréates, expérimentations, évaluations et résultats partagés.",
    )


def create_worker() -> Starlette:
    """The process that hears, sends and waits: `uvicorn services.experiments.main:create_worker --factory`."""
    return create_worker_app(settings=load(Settings), subscribers=subscribers, clocks=CLOCKS, work_factory=SqlWork)
