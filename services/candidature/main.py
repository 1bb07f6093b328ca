"""The two processes of the candidature service."""

from fastapi import FastAPI
from starlette.applications import Starlette

from services.candidature.api.access import RULES
from services.candidature.api.calls import calls
from services.candidature.api.candidatures import candidatures
from services.candidature.api.contacts import contacts
from services.candidature.api.documents import documents
from services.candidature.api.dossiers import dossiers
from services.candidature.api.proposals import proposals
from services.candidature.clocks import CLOCKS
from services.candidature.gateways.scans import scan_documents
from services.candidature.settings import Settings
from services.candidature.store.unit_of_work import SqlWork
from services.candidature.subscribers import subscribers
from shared.kit.api import create_api_app
from shared.kit.settings import load
from shared.kit.worker import create_worker_app


def create_api() -> FastAPI:
    """The HTTP process: `uvicorn services.candidature.main:create_api --factory`."""
    return create_api_app(
        settings=load(Settings),
        routers=[calls, candidatures, dossiers, documents, proposals, contacts],
        access=RULES,
        work_factory=SqlWork,
        title="QMI · candidatures",
        description="Appels, dossiers des communes, propositions des innovateurs, annuaire des contacts.",
    )


def create_worker() -> Starlette:
    """The process that hears, sends and waits: `uvicorn services.candidature.main:create_worker --factory`."""
    return create_worker_app(
        settings=load(Settings),
        subscribers=subscribers,
        clocks=CLOCKS,
        work_factory=SqlWork,
        tasks=[scan_documents],
    )
