"""Edition 2 from the first call to the last evaluation, through four real services, and what people got of it."""

import io
import json
from collections import Counter
from typing import Any

import pytest

from deploy.audit.database import verify
from deploy.audit.evidence import public_keys, tokens_on
from deploy.demo.chapters.directory import everybody
from deploy.demo.material import material
from deploy.demo.narrator import Narrator
from deploy.demo.people import elected_referent, referent_agent
from deploy.demo.play import play
from deploy.demo.summary import Summary
from deploy.stack.layout import SERVICES
from shared.events.base import CE_TYPE_PREFIX
from shared.kit.kafka import KafkaAccess
from tests.e2e.broker_state import dead_letters
from tests.e2e.listener import listen
from tests.e2e.town import Received, Town
from tests.infrastructure.containers import KafkaContainer
from tests.infrastructure.embedded import EmbeddedKafka

pytestmark = pytest.mark.timeout(300)

LAUREATES = material().facts.laureates.communes
APPLICANTS = tuple(text.insee for text in material().dossiers.submitted)
ADDRESS = {entry.person: entry.email for entry in everybody(material())}


def referents(communes: tuple[str, ...]) -> list[str]:
    """The addresses of the two people who answer for each of these communes."""
    return sorted(ADDRESS[who(insee)] for insee in communes for who in (elected_referent, referent_agent))


@pytest.fixture(scope="module")
async def summary(town: Town, say: Narrator) -> Summary:
    """The edition, played once for the whole module."""
    return await play(town.stack, say=say)


@pytest.fixture(scope="module")
def mails(town: Town, summary: Summary) -> list[Received]:
    """What the mail server has received."""
    return town.mails()


@pytest.fixture(scope="module")
async def heard(summary: Summary, kafka: KafkaContainer | EmbeddedKafka) -> list[dict[str, Any]]:
    """What a partner hears of it."""
    return await listen(kafka)


def test_the_edition_reaches_its_figures(summary: Summary) -> None:
    assert summary.figures == {
        "candidature-submitted.v1": 8,
        "candidature-admitted.v1": 8,
        "commune-selected.v1": 6,
        "agreement-entered-into-force.v1": 6,
        "proposal-submitted.v1": 30,
        "project-allocated.v1": 19,
        "experiment-launched.v1": 19,
        "experiment-completed.v1": 19,
        "experiment-evaluated.v1": 19,
    }


def test_the_account_tells_refusals_and_marks_what_is_invented(summary: Summary, page: io.StringIO) -> None:
    told = page.getvalue()

    assert told.count("✗") == 14
    assert "Recommander six communes sans motiver le dépassement : refus 422" in told
    assert "optimum prouvé" in told
    assert "✎ inventé" in told


def test_every_mail_is_sent_and_none_twice(summary: Summary, mails: list[Received]) -> None:
    assert summary.mails == {"sent": len(mails)}
    assert [found for found, times in Counter(mail.message_id for mail in mails).items() if times > 1] == []


def test_laureates_and_they_alone_are_congratulated(mails: list[Received]) -> None:
    congratulated = [mail.to for mail in mails if mail.subject == "Votre commune est lauréate"]

    assert sorted(congratulated) == referents(LAUREATES)


def test_the_others_learn_their_decision(mails: list[Received]) -> None:
    others = tuple(insee for insee in APPLICANTS if insee not in LAUREATES)
    told = [mail.to for mail in mails if mail.subject == "Décision sur votre candidature"]

    assert sorted(told) == referents(others)


def test_whoever_left_a_draft_learns_that_it_lapsed(mails: list[Received]) -> None:
    told = [mail.to for mail in mails if mail.subject == "Votre candidature n’a pas été déposée"]

    assert sorted(told) == referents(("93048",))


def test_the_opening_is_told_to_every_interested_commune(mails: list[Received]) -> None:
    subject = "L’appel à manifestation d’intérêt de l’édition 2 est ouvert"
    told = {mail.to for mail in mails if mail.subject == subject}

    assert set(referents(material().dossiers.interested)) <= told


def test_mails_are_in_french_as_text_and_as_page(mails: list[Received]) -> None:
    assert [mail.subject for mail in mails if not mail.text.startswith("Bonjour ")] == []
    assert [mail.subject for mail in mails if '<html lang="fr"' not in mail.html] == []


def test_nobody_real_is_written_to(mails: list[Received]) -> None:
    assert {mail.to for mail in mails} <= set(ADDRESS.values())


def test_a_partner_hears_the_facts_of_the_edition(heard: list[dict[str, Any]]) -> None:
    told = Counter(record["attributes"]["type"].removeprefix(CE_TYPE_PREFIX) for record in heard)

    assert told == {
        "call-published.v1": 2,
        "call-opened.v1": 2,
        "call-closed.v1": 2,
        "candidature-submitted.v1": 8,
        "candidature-admitted.v1": 8,
        "round-announced.v1": 1,
        "commune-selected.v1": 6,
        "agreement-entered-into-force.v1": 6,
        "proposal-submitted.v1": 30,
        "proposal-admitted.v1": 30,
        "project-allocated.v1": 19,
        "experiment-planned.v1": 19,
        "experiment-launched.v1": 19,
        "experiment-completed.v1": 19,
        "experiment-evaluated.v1": 19,
    }


def test_what_a_partner_hears_is_cloudevents(heard: list[dict[str, Any]]) -> None:
    needed = {"specversion", "id", "source", "type", "subject", "time", "dataschema", "datacontenttype", "sequence"}

    assert [record for record in heard if not needed <= record["attributes"].keys()] == []
    assert {record["attributes"]["specversion"] for record in heard} == {"1.0"}
    assert {record["attributes"]["datacontenttype"] for record in heard} == {"application/json"}
    assert len({record["attributes"]["id"] for record in heard}) == len(heard)


def test_a_partner_hears_nothing_of_anybody(heard: list[dict[str, Any]]) -> None:
    everything = json.dumps(heard, ensure_ascii=False)
    people = list(everybody(material()))

    assert "@" not in everything
    assert [entry.label for entry in people if entry.label in everything] == []
    assert [entry.person for entry in people if str(entry.person.id) in everything] == []
    assert [record["headers"] for record in heard if "ce_actorid" in record["headers"]] == []


def test_a_partner_hears_each_subject_of_a_service_in_order(heard: list[dict[str, Any]]) -> None:
    sequences: dict[tuple[str, str], list[int]] = {}
    for record in sorted(heard, key=lambda record: (record["topic"], record["partition"], record["offset"])):
        attributes = record["attributes"]
        assert record["key"] == attributes["subject"]
        sequences.setdefault((attributes["source"], record["key"]), []).append(int(attributes["sequence"]))

    assert [key for key, found in sequences.items() if found != sorted(set(found))] == []
    assert max(len(found) for found in sequences.values()) == 4


async def test_nothing_is_left_parked_or_waiting(town: Town, summary: Summary) -> None:
    nothing = {"candidature": 0, "selection": 0, "experiments": 0, "notifications": 0}

    assert await town.count("parked") == nothing
    assert await town.count("outbox") == nothing


@pytest.mark.parametrize("service", SERVICES)
async def test_every_log_is_what_was_sealed_and_signed(town: Town, summary: Summary, service: str) -> None:
    keys = public_keys(None, town.layout)
    signed = await tokens_on(KafkaAccess(town.stack.kafka))

    report = await verify(town.database.admin_dsn, service, keys, signed)

    assert report.findings == []
    assert report.sealed > 0
    assert report.checkpoints > 0


def test_no_letter_is_dead(summary: Summary, kafka: KafkaContainer | EmbeddedKafka) -> None:
    assert dead_letters(kafka.address) == 0


async def test_played_again_it_says_that_it_is_played(town: Town, summary: Summary, say: Narrator) -> None:
    again = await play(town.stack, say=say)

    assert again.already_played
    assert again.figures == summary.figures
    assert len(town.mails()) == summary.mails["sent"]
