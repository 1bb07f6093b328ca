"""The named refusals of this service."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from shared.kit.clock import french_date
from shared.kit.refusals import Conflict, FieldError, Forbidden, Invalid, NotFound


class AgreementNotFound(NotFound):
    """No such agreement, or none you may see."""

    title = "Convention introuvable"

    def __init__(self, agreement_id: UUID) -> None:
        super().__init__(f"Aucune convention ne porte l'identifiant {agreement_id}.")


class AgreementConflict(Conflict):
    """The commune already has an agreement in this edition, born of another candidature."""

    slug = "agreement-already-drafted"
    title = "La commune a déjà une convention dans cette édition"


class AlreadySigned(Conflict):
    """A party signs once."""

    slug = "already-signed"
    title = "Cette partie a déjà signé la convention"

    def __init__(self, party: str) -> None:
        super().__init__(f"La partie « {party} » a déjà signé la convention.")


class AgreementOver(Conflict):
    """The month in which the agreement ends is over: it can bind nobody any more."""

    slug = "agreement-over"
    title = "Le terme de la convention est dépassé"

    def __init__(self, last_day: date) -> None:
        super().__init__(f"La convention prenait fin le {french_date(last_day)} : elle ne peut plus être conclue.")


class NotASignatory(Forbidden):
    """One signs for one's own party only."""

    slug = "not-a-signatory"
    title = "Vous ne pouvez pas signer pour cette partie"


class LaureatesOnly(Forbidden):
    """Results are shared with the laureate communes (R076)."""

    slug = "laureates-only"
    title = "Les résultats sont réservés aux communes lauréates"


class ExperimentNotFound(NotFound):
    """No such experiment, or none you may see."""

    title = "Expérimentation introuvable"

    def __init__(self, experiment_id: UUID) -> None:
        super().__init__(f"Aucune expérimentation ne porte l'identifiant {experiment_id}.")


class ExperimentConflict(Conflict):
    """The project is already tested elsewhere: one experiment per project."""

    slug = "experiment-already-planned"
    title = "Ce projet a déjà une expérimentation, dans une autre commune"


class ProtocolNotFound(NotFound):
    """The experiment has no protocol yet."""

    title = "Protocole introuvable"


class EvaluationNotFound(NotFound):
    """The experiment is not evaluated yet."""

    title = "Évaluation introuvable"


class ResourceRequestNotFound(NotFound):
    """No such resource request in this experiment."""

    title = "Demande de ressource introuvable"

    def __init__(self, request_id: UUID) -> None:
        super().__init__(f"Aucune demande de ressource ne porte l'identifiant {request_id}.")


class RequestClosed(Conflict):
    """A resource request is answered once."""

    slug = "request-closed"
    title = "Cette demande de ressource n'est plus en attente"


class ProtocolFrozen(Conflict):
    """What the experiment is judged by does not change once it runs (R075)."""

    slug = "protocol-frozen"
    title = "Le protocole est figé depuis le lancement"


class SiteFrozen(Conflict):
    """The experiment runs where it was launched."""

    slug = "site-frozen"
    title = "Le site est figé depuis le lancement"


class NotReady(Conflict):
    """Something the launch requires is missing; `errors` names each thing."""

    slug = "not-ready"
    title = "L'expérimentation n'est pas prête à être lancée"

    def __init__(self, missing: Sequence[FieldError]) -> None:
        super().__init__("Avant le lancement : " + " ".join(item.message for item in missing), errors=missing)


class InvalidField(Invalid):
    """One field breaks a rule."""

    def __init__(self, pointer: str, code: str, message: str) -> None:
        super().__init__(message, errors=(FieldError(pointer, code, message),))
