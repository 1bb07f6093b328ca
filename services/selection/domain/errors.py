"""The refusals of the selection service, each with its own slug and French title."""

from collections.abc import Sequence
from datetime import datetime

from shared.kit.clock import french_instant
from shared.kit.refusals import Conflict, FieldError, Forbidden, Invalid


class RoundAlreadyOpen(Conflict):
    """A call opens one round, once."""

    slug = "round-already-open"
    title = "Cette procédure est déjà ouverte"


class NotAMember(Forbidden):
    """Only the members of the panel take part (bad-input 22)."""

    slug = "not-a-member"
    title = "Vous n'êtes pas membre de ce comité"


class NotTheChair(Forbidden):
    """This belongs to the chair of the panel."""

    slug = "not-the-chair"
    title = "Cette décision revient à la présidence"


class ChairAlreadyNamed(Conflict):
    """A panel has one chair."""

    slug = "chair-already-named"
    title = "Une présidence est déjà désignée"


class ConflictOfInterest(Forbidden):
    """A conflict blocks reading and scoring this file (bad-input 23)."""

    slug = "conflict-of-interest"
    title = "Conflit d'intérêts"

    def __init__(self) -> None:
        super().__init__("Vous êtes en conflit d'intérêts avec ce dossier : vous ne pouvez ni le lire ni le noter.")


class ConflictStands(Conflict):
    """A declared conflict is lifted by the chair, never by the member who declared it."""

    slug = "conflict-stands"
    title = "Ce conflit ne peut être levé que par la présidence"


class NoConflictToLift(Conflict):
    """There is no conflict in force between this member and this file."""

    slug = "no-conflict-to-lift"
    title = "Aucun conflit à lever"


class DeclarationRequired(Conflict):
    """Before reading anything, a member says of every file whether there is a conflict."""

    slug = "declaration-required"
    title = "Déclaration d'intérêts à compléter"

    def __init__(self, missing: int) -> None:
        super().__init__(
            "Avant de lire ou de noter un dossier, vous devez déclarer pour chacun si vous êtes en conflit d'intérêts. "
            f"Déclarations manquantes : {missing}."
        )


class ReviewsClosed(Conflict):
    """The scores are unsealed: none may change any more (bad-input 22)."""

    slug = "reviews-closed"
    title = "Les évaluations sont closes"


class InvalidReview(Invalid):
    """A review scores every criterion, on the scale, with a justification."""

    slug = "invalid-review"
    title = "Évaluation incomplète ou hors barème"


class ScoresSealed(Conflict):
    """Nobody sees a total, an order or another's scores before the unsealing."""

    slug = "scores-sealed"
    title = "Les notes sont encore sous scellés"


class ReviewsMissing(Conflict):
    """While reviews are missing, the chair alone may unseal, with a reason."""

    slug = "reviews-missing"
    title = "Des évaluations manquent encore"

    def __init__(self, missing: int) -> None:
        super().__init__(
            f"Évaluations manquantes : {missing}. La présidence peut lever les scellés avant, en donnant un motif."
        )


class EmptyPanel(Conflict):
    """A committee with nobody in it decides nothing."""

    slug = "empty-panel"
    title = "Ce comité n'a aucun membre"


class UnknownMember(Invalid):
    """Somebody said to be present has no seat on the panel."""

    slug = "unknown-member"
    title = "Personne inconnue de ce comité"


class QuorumNotReached(Invalid):
    """A decision needs the majority of the panel present."""

    slug = "quorum-not-reached"
    title = "Le quorum n'est pas atteint"

    def __init__(self, present: int, quorum: int) -> None:
        super().__init__(f"Membres présents : {present}. Quorum : {quorum}.")


class InvalidRecommendation(Invalid):
    """Every candidature ends in exactly one list, with its reasons."""

    slug = "invalid-recommendation"
    title = "Recommandation incomplète"


class OverQuota(Invalid):
    """More communes than the quota need a written reason (R006, R220)."""

    slug = "over-quota-reason-required"
    title = "Dépassement du quota à motiver"

    def __init__(self, selected: int, quota: int) -> None:
        detail = f"Communes retenues : {selected}, pour un quota de {quota}. Un motif écrit est nécessaire."
        super().__init__(detail, errors=[FieldError("/over_quota_reason", "required", "Motif du dépassement attendu.")])


class InvalidRatification(Invalid):
    """The dates of the deliberation and of the announcement follow one another."""

    slug = "invalid-ratification"
    title = "Délibération incohérente"


class UnderEmbargo(Conflict):
    """Nothing is announced before its time (R088)."""

    slug = "under-embargo"
    title = "L'annonce est sous embargo"

    def __init__(self, announce_at: datetime) -> None:
        super().__init__(f"L'annonce est prévue le {french_instant(announce_at)} (heure de Paris).")


class AdmittedTooLate(Conflict):
    """The decision is already taken: an admission can no longer enter this round."""

    slug = "admitted-too-late"
    title = "Admission postérieure à la décision"


class WithdrawnTooLate(Conflict):
    """The commune gave up after its decision was announced: people decide what follows."""

    slug = "withdrawn-too-late"
    title = "Retrait postérieur à l'annonce"


class ScoreOffScale(Invalid):
    """A score is a whole number on the scale of the call."""

    slug = "score-off-scale"
    title = "Note hors barème"

    def __init__(self, scale_max: int) -> None:
        message = f"La note va de 0 à {scale_max}."
        super().__init__(message, errors=[FieldError("/score", "off_scale", message)])


class ProposalsNotScored(Conflict):
    """The jury scores every proposal before any is allocated."""

    slug = "proposals-not-scored"
    title = "Des projets n'ont pas encore de note"

    def __init__(self, missing: int) -> None:
        super().__init__(f"Projets sans aucune note du jury : {missing}.")


class InvalidAllocation(Invalid):
    """The bounds or the imposed pairs contradict each other."""

    slug = "invalid-allocation"
    title = "Paramètres de répartition incohérents"

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__(" ".join(error.message for error in errors), errors=errors)


class NoAnswerInTime(Conflict):
    """The solver found no allocation at all in the time it is given."""

    slug = "allocation-not-found"
    title = "Aucune répartition trouvée dans le temps imparti"


class ScenarioOutdated(Conflict):
    """Scores, interests or proposals have changed since this scenario was computed."""

    slug = "scenario-outdated"
    title = "Ce scénario ne correspond plus aux notes et aux intérêts"
