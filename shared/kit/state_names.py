"""The states of the programme as people read them; codes are for machines."""

from collections.abc import Mapping

_FRENCH: Mapping[str, str] = {
    "abandoned": "abandonnée",
    "addressed": "adressé",
    "admitted": "recevable",
    "allocated": "répartition adoptée",
    "announced": "annoncé",
    "awaiting_contact": "en attente d'un contact",
    "cancelled": "annulée",
    "clean": "vérifié",
    "closed": "clos",
    "completed": "menée à son terme",
    "decided": "décidé",
    "draft": "brouillon",
    "evaluated": "évaluée",
    "expired": "arrivée à son terme",
    "failed": "échouée",
    "granted": "accordée",
    "in_force": "en vigueur",
    "inadmissible": "irrecevable",
    "infected": "infecté",
    "lapsed": "caduque",
    "not_selected": "non retenue",
    "open": "ouvert",
    "partly_signed": "signée en partie",
    "paused": "suspendue",
    "pending": "en attente",
    "pending_scan": "en cours d'analyse",
    "planned": "planifiée",
    "protocol_registered": "protocole enregistré",
    "published": "publié",
    "ratified": "ratifié",
    "ready": "prête",
    "recommended": "recommandation adoptée",
    "requested": "demandée",
    "reviewing": "en cours d'évaluation",
    "running": "en cours",
    "scoring": "en cours de notation",
    "selected": "retenue",
    "sending": "en cours d'envoi",
    "sent": "envoyée",
    "stopped": "arrêtée",
    "structuring": "en préparation",
    "submitted": "déposée",
    "unsealed": "notes levées",
    "waitlisted": "sur liste d'attente",
    "withdrawn": "retirée",
}


def french_state(code: str) -> str:
    """The French of a state; the code itself for one that has none yet (a test sees to it that all have)."""
    return _FRENCH.get(code, code)
