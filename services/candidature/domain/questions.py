"""The questions of the dossier: versioned, so that a dossier answers the ones it started with."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from services.candidature.domain.errors import UnknownQuestion
from shared.kit.refusals import FieldError


class Section(StrEnum):
    """The three parts of the form (R124)."""

    ABOUT_YOU = "about_you"
    YOUR_PROJECT = "your_project"
    YOUR_MOTIVATIONS = "your_motivations"


@dataclass(frozen=True, slots=True)
class Question:
    """One question: its key in the answers, its French wording, whether it must be answered, the longest answer."""

    key: str
    section: Section
    label: str
    required: bool = True
    longest: int = 5_000


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """The questions of a call in one version."""

    version: int
    questions: tuple[Question, ...]

    def by_key(self) -> dict[str, Question]:
        """Every question by its key."""
        return {question.key: question for question in self.questions}

    def check(self, answers: Mapping[str, str | None]) -> None:
        """Refuse answers to questions that are not asked, and those that are too long."""
        if errors := list(self._misfits(answers)):
            raise UnknownQuestion("Certaines réponses ne correspondent pas au formulaire.", errors=errors)

    def _misfits(self, answers: Mapping[str, str | None]) -> Iterator[FieldError]:
        known = self.by_key()
        for key, text in answers.items():
            if key not in known:
                message = "Ce formulaire ne pose pas cette question."
                yield FieldError(f"/answers/{key}", "unknown_question", message)
            elif text and len(text) > known[key].longest:
                message = f"La réponse dépasse {known[key].longest} caractères."
                yield FieldError(f"/answers/{key}", "too_long", message)

    def followed_by(self, questions: Iterable[Question]) -> "QuestionSet":
        """The next version."""
        return QuestionSet(self.version + 1, tuple(questions))


COMMUNE_QUESTIONS = (
    Question("presentation", Section.ABOUT_YOU, "Présentez votre commune et le service qui porte la candidature."),
    Question("challenge", Section.YOUR_PROJECT, "Quel défi adressez-vous aux expérimentateurs ?"),
    Question("themes", Section.YOUR_PROJECT, "Quels thèmes ce défi recouvre-t-il ?", longest=1_000),
    Question("policy_coherence", Section.YOUR_PROJECT, "En quoi la démarche est-elle cohérente avec vos politiques ?"),
    Question("resources", Section.YOUR_PROJECT, "Quelles ressources pouvez-vous mobiliser pour les expérimentations ?"),
    Question("team_availability", Section.YOUR_PROJECT, "Quelle disponibilité vos équipes auront-elles ?"),
    Question("local_partners", Section.YOUR_PROJECT, "Quels partenaires locaux soutiennent la démarche ?"),
    Question("motivations", Section.YOUR_MOTIVATIONS, "Pourquoi votre commune souhaite-t-elle participer ?"),
)
