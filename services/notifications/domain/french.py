"""French as people read it: plurals, ranks, the names of things."""

from datetime import date

from shared.events.types import CallKind, Conclusion, ContactFunction
from shared.territory import UnknownCommune, commune

FUNCTIONS = {
    ContactFunction.PROGRAMME: "équipe du programme",
    ContactFunction.ELECTED_REFERENT: "élu référent",
    ContactFunction.REFERENT_AGENT: "agent référent",
    ContactFunction.COMMUNICATION_REFERENT: "référent communication",
    ContactFunction.EXPERT: "expert",
    ContactFunction.SIGNATORY: "signataire",
    ContactFunction.COMMITTEE_MEMBER: "membre du comité de sélection",
    ContactFunction.JUROR: "membre du jury",
    ContactFunction.PROJECT_HOLDER: "porteur de projet",
    ContactFunction.PARTNER: "partenaire",
}
CALLS = {
    CallKind.EXPRESSION_OF_INTEREST: "appel à manifestation d’intérêt",
    CallKind.PROJECT: "appel à projets",
    CallKind.UNKNOWN: "appel",
}
CONCLUSIONS = {
    Conclusion.CONCLUSIVE: "concluante",
    Conclusion.PARTLY: "concluante en partie",
    Conclusion.NOT_CONCLUSIVE: "non concluante",
    Conclusion.UNKNOWN: "précisée dans le rapport",
}


def commune_name(insee: str, on: date) -> str:
    """The name of a commune on a date, else its name now, else its code: a label never stops a letter."""
    for day in (on, None):
        try:
            return commune(insee, day).name
        except UnknownCommune:
            continue
    return insee


def plural(count: int, singular: str, plural: str | None = None) -> str:
    """« 0 dossier », « 1 dossier », « 2 dossiers »."""
    return f"{count} {singular if count < 2 else plural or singular + 's'}"


def ordinal(rank: int) -> str:
    """« 1er », « 2e »: the rank of a thing, masculine."""
    return "1er" if rank == 1 else f"{rank}e"
