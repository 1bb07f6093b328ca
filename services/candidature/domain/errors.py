"""The refusals of the candidature service, each with its own slug and French title."""

from collections.abc import Sequence
from datetime import datetime

from shared.kit.clock import french_instant
from shared.kit.refusals import Conflict, FieldError, Forbidden, Invalid, Refusal


class InvalidCall(Invalid):
    """The data of a call contradict each other."""

    slug = "invalid-call"
    title = "Appel incohérent"


class CallAlreadyExists(Conflict):
    """An edition has one commune call, and one project call per wave (R070)."""

    slug = "call-already-exists"
    title = "Cet appel existe déjà pour cette édition"


class CallNotOpen(Conflict):
    """The call is not open yet (R008)."""

    slug = "round-not-open"
    title = "L'appel n'est pas encore ouvert"

    def __init__(self, opens_at: datetime) -> None:
        super().__init__(f"Cet appel ouvre le {french_instant(opens_at)} (heure de Paris).")


class RoundClosed(Conflict):
    """The deadline has passed, by the clock of the server in Paris time (R008; bad-input 19)."""

    slug = "round-closed"
    title = "L'appel est clos"

    def __init__(self, closes_at: datetime) -> None:
        super().__init__(f"Cet appel est clos depuis le {french_instant(closes_at)} (heure de Paris).")


class RoundStillOpen(Conflict):
    """Dossiers are examined once the call is closed: until then the commune may still take its own back."""

    slug = "round-still-open"
    title = "L'appel n'est pas encore clos"

    def __init__(self, closes_at: datetime) -> None:
        moment = french_instant(closes_at)
        super().__init__(f"La recevabilité s'examine après la clôture, le {moment} (heure de Paris).")


class WrongKindOfCall(Invalid):
    """Communes answer the call for expressions of interest, innovators answer project calls."""

    slug = "wrong-kind-of-call"
    title = "Cet appel ne s'adresse pas à vous"


class UnknownCommune(Invalid):
    """Not a commune of the Métropole on that date; the successor is named when there is one (bad-input 16)."""

    slug = "unknown-commune"
    title = "Commune inconnue de la Métropole"


class AlreadyCandidate(Conflict):
    """One dossier per commune and call."""

    slug = "already-candidate"
    title = "Votre commune a déjà un dossier pour cet appel"


class IncompleteDossier(Invalid):
    """Only complete dossiers can be sent; each missing part is one error of the list."""

    slug = "dossier-incomplete"
    title = "Votre dossier est incomplet"

    def __init__(self, errors: Sequence[FieldError]) -> None:
        count = len(errors)
        parts = "1 élément manque" if count == 1 else f"{count} éléments manquent"
        super().__init__(f"{parts} à votre dossier.", errors=errors)


class DocumentsNotScanned(Conflict):
    """A dossier with a file that has not been checked yet cannot be sent."""

    slug = "documents-not-scanned"
    title = "Des fichiers sont encore en cours de vérification"


class DocumentNotAvailable(Conflict):
    """Only a file found clean can be downloaded (bad-input 49)."""

    slug = "document-not-available"
    title = "Ce fichier n'est pas disponible"


class DocumentInUse(Conflict):
    """Something else in the dossier rests on this file."""

    slug = "document-in-use"
    title = "Ce fichier est utilisé"


class TooManyDocuments(Conflict):
    """A dossier holds a bounded number of files."""

    slug = "too-many-documents"
    title = "Votre dossier contient trop de fichiers"


class DossierFull(Conflict):
    """A dossier holds a bounded number of sectors and supports."""

    slug = "dossier-full"
    title = "Votre dossier contient trop d'éléments"


class UnknownQuestion(Invalid):
    """An answer to a question the dossier does not ask."""

    slug = "unknown-question"
    title = "Question inconnue de ce formulaire"


class UnknownContact(Invalid):
    """A contact that is not in the directory of the organisation."""

    slug = "unknown-contact"
    title = "Contact inconnu de votre organisation"


class ContactErased(Conflict):
    """An erased contact does not come back: a new one is created."""

    slug = "contact-erased"
    title = "Ce contact a été effacé"


class ReservedFunction(Forbidden):
    """Some functions are told of decisions under embargo: the programme team alone says who holds them."""

    slug = "reserved-function"
    title = "Fonction désignée par l'équipe du programme"


class ContactKnown(Refusal):
    """Whoever changes a contact says which version was read (bad-input 21)."""

    slug = "precondition-required"
    title = "En-tête If-Match obligatoire"


class UnknownDocument(Invalid):
    """A document that is not in this dossier, or not of the kind needed."""

    slug = "unknown-document"
    title = "Document inconnu de ce dossier"


class NotAdmissible(Conflict):
    """Admissible means on time, complete and eligible; the verdict says otherwise."""

    slug = "not-admissible"
    title = "Ce dossier n'est pas recevable"


class ReasonsRequired(Invalid):
    """Nobody is turned away without being told why."""

    slug = "reasons-required"
    title = "Un motif est nécessaire"


class InvalidSiret(Invalid):
    """Not the number of a French establishment (bad-input 14)."""

    slug = "invalid-siret"
    title = "SIRET non valide"


class IncompleteProposal(Invalid):
    """A proposal lacks something that the jury needs."""

    slug = "proposal-incomplete"
    title = "Votre proposition est incomplète"
