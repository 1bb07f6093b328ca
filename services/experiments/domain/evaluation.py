"""The evaluation of a solution on three criteria; every claim points to reports from the field (R072)."""

from dataclasses import dataclass
from uuid import UUID

from services.experiments.domain.errors import InvalidField
from shared.events.types import Conclusion

CRITERIA = ("effectiveness", "feasibility", "sustainability")
LOWEST_RATING = 1
HIGHEST_RATING = 5


@dataclass(frozen=True, slots=True)
class Assessment:
    """A rating from 1 (very low) to 5 (very high), its justification, and the field reports it rests on."""

    rating: int
    justification: str
    reports: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What was learnt of a solution, and the conclusion drawn."""

    effectiveness: Assessment
    feasibility: Assessment
    sustainability: Assessment
    conclusion: Conclusion

    @property
    def reports(self) -> frozenset[UUID]:
        """Every report some claim points to."""
        return frozenset(report for name in CRITERIA for report in getattr(self, name).reports)

    def check(self, known: frozenset[UUID]) -> None:
        """Refuse, naming the field, a claim that points to nothing, or to no report of this experiment."""
        for name in CRITERIA:
            cited = getattr(self, name).reports
            if not cited:
                message = "Chaque appréciation s'appuie sur au moins un compte rendu de terrain."
                raise InvalidField(f"/{name}/reports", "no-evidence", message)
            for index, report in enumerate(cited):
                if report not in known:
                    message = "Ce compte rendu n'appartient pas à l'expérimentation."
                    raise InvalidField(f"/{name}/reports/{index}", "unknown-report", message)
