"""The letters: French, complete, and deaf to whatever a text from outside would make them do (bad-input 24)."""

import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from services.notifications.domain.audience import AUDIENCES, audience_of
from services.notifications.domain.letter import Letter
from services.notifications.gateways.letters import TEMPLATES, TemplateLetters
from shared.events.base import Event
from shared.events.candidature import (
    CallOpened,
    CandidatureFoundInadmissible,
    CandidatureSubmitted,
    ProposalFoundInadmissible,
)
from shared.events.experiments import (
    AgreementDrafted,
    AgreementOverdue,
    AgreementSent,
    ExperimentEvaluated,
    FieldReported,
    ProtocolRegistered,
)
from shared.events.selection import (
    CommuneSelected,
    CommuneWaitlisted,
    ProjectAllocated,
    RecommendationAdopted,
    RecommendationRatified,
    ScoresUnsealed,
)
from shared.events.types import CallKind, Conclusion, ContactFunction
from tests.builders.notifications import COMMUNE, a_contact, a_fact, an_event

COMPOSER = TemplateLetters()
HOSTILE = "<script>alert(1)</script>"
LETTERS = [(kind, addressee) for kind in AUDIENCES for addressee in sorted(audience_of(an_event(kind)), key=repr)]


def a_letter_about(event: Event, **contact: object) -> Letter:
    return COMPOSER.compose(a_fact(event), a_contact(**contact))


@pytest.mark.parametrize(("kind", "addressee"), LETTERS, ids=lambda value: getattr(value, "event_type", str(value)))
def test_every_fact_has_a_letter_for_everyone_it_is_told_to(kind: type[Event], addressee: object) -> None:
    organisation = getattr(addressee, "organisation", None) or "paris-and-co"
    function = getattr(addressee, "function", ContactFunction.PROGRAMME)

    letter = a_letter_about(an_event(kind), organisation=organisation, function=function)

    assert letter.text.startswith("Bonjour Camille Exemple,\n\n")
    assert "<h1 style=" in letter.html
    assert not re.search(r"[{}]|None|undefined|unknown|\bUTC\b|\+00:00", letter.subject + letter.text)


def test_no_template_is_left_without_a_fact() -> None:
    names = {kind.event_type.rpartition(".")[0] for kind in AUDIENCES} | {"base"}

    assert {path.name for path in TEMPLATES.iterdir()} == {
        f"{name}.{part}" for name in names for part in ("txt", "html")
    }


def test_a_laureate_reads_its_name_the_deliberation_and_the_reasons() -> None:
    event = an_event(
        CommuneSelected,
        commune=COMMUNE,
        edition=2,
        reasons=("Un défi bien posé.", "Des équipes disponibles."),
        deliberation_number="BM2024/02/06/10",
        deliberation_date="2024-02-06",
    )

    letter = a_letter_about(event)

    assert letter.subject == "Votre commune est lauréate"
    assert letter.text == (
        "Bonjour Camille Exemple,\n\n"
        "Félicitations\u00a0! La commune de Sceaux est lauréate de l’édition 2 des Quartiers Métropolitains"
        " d’Innovation.\n\n"
        "Cette décision résulte de la délibération BM2024/02/06/10 du 6 février 2024.\n\n"
        "Motifs\u00a0:\n- Un défi bien posé.\n- Des équipes disponibles.\n\n"
        "Et maintenant\u00a0?\n"
        "Une convention sera signée avec la Métropole du Grand Paris dans un délai d’un mois."
        " Vous allez recevoir le texte à signer.\n\n"
        "L’équipe du programme Quartiers Métropolitains d’Innovation\nMétropole du Grand Paris\n\n"
        "--\nCe message vous est adressé au titre de votre fonction\u00a0: agent référent.\n"
        "Il est envoyé automatiquement par la plateforme du programme.\n"
    )


def test_a_waitlisted_commune_reads_its_rank() -> None:
    assert "au 2e rang" in a_letter_about(an_event(CommuneWaitlisted, commune=COMMUNE, rank=2)).text


def test_the_commune_and_the_team_read_different_words_about_the_same_fact() -> None:
    event = an_event(CandidatureSubmitted, commune=COMMUNE)

    ours = a_letter_about(event)
    theirs = a_letter_about(event, organisation="paris-and-co", function=ContactFunction.PROGRAMME)

    assert (ours.subject, theirs.subject) == ("Votre candidature est déposée", "Candidature déposée\u00a0: Sceaux")


def test_the_opening_of_a_call_says_until_when() -> None:
    letter = a_letter_about(an_event(CallOpened, closes_at="2024-01-12T22:59:59Z"))

    assert "et se termine le 12 janvier 2024 à 23 h 59 (heure de Paris)" in letter.text
    assert "et se termine le 12 janvier 2024 à 23 h 59 (heure de Paris)" in letter.html


@pytest.mark.parametrize("kind", [ProtocolRegistered, FieldReported])
def test_an_agent_who_follows_eight_experiments_reads_which_one_it_is(kind: type[Event]) -> None:
    letter = a_letter_about(an_event(kind, commune=COMMUNE, title="Ombrières inventées"))

    assert "l’expérimentation «\u00a0Ombrières inventées\u00a0», à Sceaux" in letter.text
    assert "l’expérimentation «\u00a0Ombrières inventées\u00a0», à Sceaux" in unescape(letter.html)


@pytest.mark.parametrize(
    ("kind", "missing"),
    [
        (CallOpened, "closes_at"),
        (ScoresUnsealed, "edition"),
        (RecommendationAdopted, "edition"),
        (RecommendationRatified, "edition"),
        (ProtocolRegistered, "title"),
        (FieldReported, "title"),
    ],
)
def test_what_an_older_event_does_not_say_is_left_out(kind: type[Event], missing: str) -> None:
    letter = a_letter_about(an_event(kind, **{missing: None}))

    assert "None" not in letter.subject + letter.text + letter.html


@pytest.mark.parametrize("kind", [ScoresUnsealed, RecommendationAdopted, RecommendationRatified])
def test_a_step_of_a_decision_says_of_which_edition(kind: type[Event]) -> None:
    assert a_letter_about(an_event(kind, edition=3)).subject.endswith(" (édition 3)")


@pytest.mark.parametrize("kind", [AgreementDrafted, AgreementSent, AgreementOverdue])
def test_the_due_day_of_an_agreement_is_still_in_time(kind: type[Event]) -> None:
    assert "au plus tard le 6 mars 2024" in a_letter_about(an_event(kind, due_on="2024-03-06")).text


def test_an_innovator_turned_away_reads_why() -> None:
    event = an_event(ProposalFoundInadmissible, title="Ombrières inventées", reasons=("Hors sujet.",))

    letter = a_letter_about(event, organisation=event.holder_id, function=ContactFunction.PROJECT_HOLDER)

    assert letter.subject == "Votre proposition n’est pas recevable"
    assert "- Hors sujet." in letter.text
    assert "<li style=" in letter.html


@pytest.mark.parametrize("path", sorted(TEMPLATES.iterdir()), ids=lambda path: path.name)
def test_french_punctuation_keeps_to_its_word(path: Path) -> None:
    words = re.sub(r"<style>.*?</style>|{{.*?}}|{%.*?%}|<[^>]*>", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)

    assert not re.search(r" [:;?!»]|« |'", words)


def test_instants_are_told_in_paris_time() -> None:
    event = an_event(CandidatureSubmitted, commune=COMMUNE, submitted_at="2024-01-12T22:30:00Z")

    assert "le 12 janvier 2024 à 23\u00a0h\u00a030" in a_letter_about(event).text.replace(
        "23 h 30", "23\u00a0h\u00a030"
    )


def test_the_names_of_communes_take_their_article() -> None:
    assert "la commune du Kremlin-Bicêtre" in a_letter_about(an_event(AgreementSent, commune="94043")).text


def test_a_kind_of_call_newer_than_us_is_a_call() -> None:
    event = an_event(CallOpened, kind=CallKind.UNKNOWN)

    assert a_letter_about(event, function=ContactFunction.PROGRAMME).subject == "L’appel de l’édition 2 est ouvert"


def test_a_conclusion_newer_than_us_sends_to_the_report() -> None:
    event = an_event(ExperimentEvaluated, commune=COMMUNE, conclusion=Conclusion.UNKNOWN)

    assert "précisée dans le rapport" in a_letter_about(event).text


def test_a_title_with_markup_is_escaped_in_html_and_left_as_it_is_in_text() -> None:
    letter = a_letter_about(an_event(ProjectAllocated, commune=COMMUNE, title=HOSTILE))

    assert "<script" not in letter.html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in letter.html
    assert HOSTILE in letter.text


def test_reasons_and_names_are_escaped_too() -> None:
    event = an_event(CandidatureFoundInadmissible, commune=COMMUNE, reasons=(f'"><img src=x onerror=1>{HOSTILE}',))

    letter = a_letter_about(event, name=HOSTILE)

    assert not _Tags.of(letter.html) & {"script", "img"}


@pytest.mark.parametrize("title", ["{{ 7 * 7 }}", "{% for x in y %}", "{{ event.__class__.__mro__ }}", "{# vu #}"])
def test_a_title_is_never_a_template(title: str) -> None:
    letter = a_letter_about(an_event(ProjectAllocated, commune=COMMUNE, title=title))

    assert title in letter.text
    assert title in letter.html


def test_a_title_with_line_breaks_cannot_forge_a_paragraph() -> None:
    title = "Compost\r\n\r\nVotre mot de passe a expiré\x00 : répondez"

    letter = a_letter_about(an_event(ProjectAllocated, commune=COMMUNE, title=title))

    assert "« Compost Votre mot de passe a expiré : répondez »" in letter.text.replace("\u00a0", " ")


def test_no_text_from_outside_stands_in_a_subject() -> None:
    event = an_event(ProjectAllocated, commune=COMMUNE, title="Titre\r\nBcc: tous@example.org")

    assert a_letter_about(event).subject == "Un projet sera expérimenté dans votre commune"


def test_the_page_says_its_language_its_title_and_loads_nothing() -> None:
    html = a_letter_about(an_event(CommuneSelected, commune=COMMUNE)).html

    assert '<html lang="fr">' in html
    assert "<title>Votre commune est lauréate</title>" in html
    assert not _Tags.of(html) & {"style", "link", "img", "script"}


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.found.add(tag)

    @classmethod
    def of(cls, html: str) -> set[str]:
        parser = cls()
        parser.feed(html)
        return parser.found
