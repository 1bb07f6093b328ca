"""What an innovator says of itself and of its solution."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from pydantic import TypeAdapter, ValidationError

from services.candidature.domain.call import Call
from services.candidature.domain.errors import IncompleteProposal, InvalidSiret
from shared.events.types import LegalForm, Siret
from shared.kit.refusals import FieldError, Invalid

_SIRET: TypeAdapter[str] = TypeAdapter(Siret)


class Maturity(StrEnum):
    """How far the solution has come."""

    PROTOTYPE = "prototype"
    TESTED = "tested"
    DEPLOYED = "deployed"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who carries the project: French, with a SIRET, or foreign, with a country and its own identifier (R042, R045)."""

    name: str
    legal_form: LegalForm
    legal_form_label: str | None = None
    country: str = "FR"
    siret: str | None = None
    national_id: str | None = None

    def require_siret(self) -> None:
        """Refuse a SIRET whose form or check digit is wrong."""
        if self.siret is None:
            return
        try:
            _SIRET.validate_python(self.siret)
        except ValidationError as error:
            message = "Un SIRET compte 14 chiffres, dont une clé de contrôle."
            raise InvalidSiret(message, errors=[FieldError("/holder/siret", "invalid_siret", message)]) from error

    def problems(self) -> Iterator[FieldError]:
        """What contradicts in the identity of the holder."""
        if self.country == "FR":
            if self.siret is None:
                yield FieldError("/holder/siret", "missing", "Indiquez le SIRET de la structure.")
            if self.national_id is not None:
                yield FieldError("/holder/national_id", "unexpected", "Une structure française donne son SIRET.")
            return
        if self.national_id is None:
            yield FieldError("/holder/national_id", "missing", "Indiquez l'identifiant national de la structure.")
        if self.siret is not None:
            yield FieldError("/holder/siret", "unexpected", "Le SIRET est celui d'une structure française.")


@dataclass(frozen=True, slots=True)
class Pitch:
    """What the innovator says; a draft may leave parts blank."""

    title: str
    holder: Holder
    solution: str = ""
    themes: tuple[str, ...] = ()
    maturity: Maturity | None = None
    ranked_communes: tuple[str, ...] = ()
    needs: str = ""
    learning_goal: str = ""

    def check(self, call: Call) -> None:
        """Refuse what contradicts itself or the wave of the call."""
        self.holder.require_siret()
        errors = [*self.holder.problems(), *self._of_communes(call)]
        if errors:
            raise Invalid("Corrigez les champs indiqués.", errors=errors)

    def require_complete(self) -> None:
        """Refuse to send a proposal that lacks what the jury needs."""
        needed = (
            (self.solution, "solution", "Décrivez la solution."),
            (self.themes, "themes", "Indiquez un thème au moins."),
            (self.maturity, "maturity", "Indiquez la maturité de la solution."),
            (self.ranked_communes, "ranked_communes", "Classez une commune au moins."),
        )
        errors = [FieldError(f"/{name}", "missing", message) for value, name, message in needed if not value]
        if errors:
            raise IncompleteProposal("Complétez les champs indiqués.", errors=errors)

    def _of_communes(self, call: Call) -> Iterator[FieldError]:
        if len(set(self.ranked_communes)) < len(self.ranked_communes):
            yield FieldError("/ranked_communes", "duplicate", "Chaque commune ne figure qu'une fois.")
        for index, commune in enumerate(self.ranked_communes):
            if commune not in call.terms.communes:
                message = f"La commune {commune} n'est pas dans cette vague."
                yield FieldError(f"/ranked_communes/{index}", "outside_wave", message)
