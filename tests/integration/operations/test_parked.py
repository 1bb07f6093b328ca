"""What waits, seen, hurried and given up from the command line."""

from shared.kit.identity import new_id
from shared.kit.park import Backoff
from shared.kit.refusals import NotFound
from tests.builders.messages import a_record
from tests.infrastructure.databases import OwnDatabase
from tests.integration.messaging.test_inbox import Receiver
from tests.integration.operations.conftest import Qmi, operations

SERVICES = ("candidature", "selection")


async def test_what_waits_is_listed_with_the_head_of_its_key(receiving: Receiver, qmi: Qmi) -> None:
    subject, other = new_id(), new_id()
    for key in (subject, other):
        receiving.failures[key, 1] = [NotFound("the round")] * 2
        await receiving.take(a_record(key, 1, offset=3))
    await receiving.take(a_record(subject, 2, offset=4))
    answer = await qmi("parked", "list", "--service", "selection", "--key", str(subject))
    filtered = await qmi("parked", "list", "--reason", "THE ROUND", "--limit", "1")

    told = [(it["head"], it["reason"], it["attempts"], it["record"]["offset"]) for it in answer.said["parked"]]
    assert told == [(True, "NotFound: the round", 1, 3), (False, "behind", 0, 4)]
    assert {it["ref"].partition(":")[0] for it in answer.said["parked"]} == {"selection"}
    assert [it["record"]["key"] for it in filtered.said["parked"]] == [str(subject)]


async def test_a_retry_makes_it_due_at_once(receiving: Receiver, qmi: Qmi, database: OwnDatabase) -> None:
    subject = new_id()
    receiving.inbox._backoff = Backoff(first=600.0)
    receiving.failures[subject, 1] = [NotFound("not yet")]
    await receiving.take(a_record(subject))
    rehearsed = await qmi("parked", "retry", "--key", str(subject), "--dry-run")
    tried_too_early = await receiving.inbox.retry_parked()
    answer = await qmi("parked", "retry", "--key", str(subject))
    await receiving.retry_all()

    assert (rehearsed.said["counts"], tried_too_early) == ({"due": 1}, False)
    assert (answer.code, answer.said["counts"]) == (0, {"due": 1})
    assert await receiving.effects() == [(subject, 1)]
    assert await operations(database) == [("astreinte", "parked retry", "selection")]


async def test_what_is_given_up_is_dead_the_rest_of_its_key_goes_on_and_it_can_come_back(
    receiving: Receiver, qmi: Qmi, database: OwnDatabase
) -> None:
    subject = new_id()
    receiving.inbox._backoff = Backoff(first=600.0)
    receiving.failures[subject, 1] = [NotFound("never")] * 2
    await receiving.take(a_record(subject, 1, offset=1), a_record(subject, 2, offset=2))
    receiving.failures.clear()
    [head, _] = (await qmi("parked", "list", "--key", str(subject))).said["parked"]
    rehearsed = await qmi("parked", "discard", head["ref"], "--because", "essai", "--dry-run")
    waiting = await receiving.parked()
    answer = await qmi("parked", "discard", head["ref"], "--because", "jamais créé")
    await receiving.retry_all()
    [letter] = (await qmi("dlq", "list", "--key", str(subject))).said["dead_letters"]

    assert (rehearsed.said["counts"], waiting) == ({"discarded": 1}, 2)
    assert (answer.code, answer.said["messages"]) == (
        0,
        [{"ref": head["ref"], "key": str(subject), "outcome": "discarded"}],
    )
    assert (letter["reason"], letter["detail"], letter["record"]["offset"]) == ("discarded", "jamais créé", 1)
    assert await receiving.effects() == [(subject, 2)]
    assert await operations(database) == [("astreinte", "parked discard", "selection")]

    await qmi("dlq", "redrive", letter["ref"])
    await receiving.retry_all()
    assert await receiving.effects() == [(subject, 2), (subject, 1)]


async def test_what_no_longer_waits_is_refused_by_name(receiving: Receiver, qmi: Qmi) -> None:
    gone = await qmi("parked", "retry", "selection:999999")
    nonsense = await qmi("parked", "retry", "elsewhere:1")

    assert (gone.code, nonsense.code) == (1, 1)
    assert "selection:999999" in gone.refusal
    assert "service:numéro" in nonsense.refusal


async def test_what_waits_is_shown_whole(receiving: Receiver, qmi: Qmi) -> None:
    subject = new_id()
    receiving.failures[subject, 1] = [NotFound("not yet")] * 2
    await receiving.take(a_record(subject, extra=(("odd", None),)))
    [shown] = (await qmi("parked", "show", "--key", str(subject))).said["parked"]

    assert shown["payload"]["candidature_id"] == str(subject)
    assert shown["headers"][-1] == ["odd", None]


async def test_no_service_may_write_what_was_done_by_hand(database: OwnDatabase, receiving: Receiver) -> None:
    pool = receiving.database.pool
    rights = await pool.fetch(
        "SELECT name, privilege FROM unnest($1::text[]) AS name, unnest($2::text[]) AS privilege"
        " WHERE has_table_privilege('qmi_selection', name, privilege)",
        ["operations", "settled_dead_letters"],
        ["INSERT", "UPDATE", "DELETE", "TRUNCATE"],
    )

    assert rights == []
