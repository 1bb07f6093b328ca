"""The chapters of an edition, in order; each finds where things stand, and does what is left to do."""

from collections.abc import Awaitable, Callable

from deploy.demo.chapters.agreements import agreements
from deploy.demo.chapters.allocation import allocation
from deploy.demo.chapters.closing import closing
from deploy.demo.chapters.committee import committee
from deploy.demo.chapters.commune_call import commune_call
from deploy.demo.chapters.decision import decision
from deploy.demo.chapters.directory import directory
from deploy.demo.chapters.dossiers import dossiers
from deploy.demo.chapters.field import field
from deploy.demo.chapters.preparation import preparation
from deploy.demo.chapters.project_call import project_call
from deploy.demo.chapters.results import results
from deploy.demo.stage import Stage

Chapter = Callable[[Stage], Awaitable[None]]

CHAPTERS: dict[str, tuple[str, Chapter]] = {
    "directory": ("L’annuaire", directory),
    "commune_call": ("L’appel aux communes", commune_call),
    "dossiers": ("Les dossiers", dossiers),
    "closing": ("La clôture et la recevabilité", closing),
    "committee": ("Le comité de sélection", committee),
    "decision": ("La décision", decision),
    "agreements": ("Les conventions", agreements),
    "project_call": ("L’appel à projets de la première vague", project_call),
    "allocation": ("Le jury et la répartition territoriale", allocation),
    "preparation": ("La préparation et le lancement", preparation),
    "field": ("Sur le terrain", field),
    "results": ("L’évaluation et les résultats", results),
}
