"""A dead letter given back: handled once, in order with its key, by its group alone, however often one tries."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from shared.events.topics import CANDIDATURE_EVENTS, CONTACTS, dead_letter_topic
from shared.kit.database import Database
from shared.kit.dead_letters import DeadLetters
from shared.kit.identity import new_id
from shared.kit.kafka import KafkaAccess
from shared.kit.record import Record, read
from shared.kit.redrive import redrive_key
from shared.kit.refusals import Conflict, NotFound
from tests.builders.messages import AT, a_record
from tests.infrastructure import broker
from tests.infrastructure.databases import OwnDatabase
from tests.infrastructure.running import Infrastructure
from tests.integration.messaging.test_inbox import Receiver
from tests.integration.operations.conftest import Qmi, operations

SERVICES = ("candidature", "selection")
BUG = [ZeroDivisionError("a bug")] * 5


async def dies(receiving: Receiver, subject: UUID, sequence: int = 1, *, offset: int = 0) -> Record:
    """A message the handler fails on until it is given up; then the bug is mended."""
    record = a_record(subject, sequence, offset=offset)
    receiving.failures[subject, sequence] = [*BUG]
    await receiving.take(record)
    await receiving.retry_all()
    receiving.failures.clear()
    return record


async def everything(database: Database) -> list[object]:
    """All a redrive may change."""
    tables = ("inbox", "parked", "operations", "settled_dead_letters")
    return [await database.pool.fetch(f"SELECT * FROM {table} ORDER BY 1, 2, 3") for table in tables]


async def ends(kafka: KafkaAccess, topic: str) -> dict[TopicPartition, int]:
    """How much a topic holds."""
    consumer = AIOKafkaConsumer(topic, **kafka.client_options())
    await consumer.start()
    found: dict[TopicPartition, int] = await consumer.end_offsets(list(consumer.assignment()))
    await consumer.stop()
    return found


async def test_a_message_that_died_of_a_bug_is_handled_once_when_given_back_after_the_fix(
    receiving: Receiver, qmi: Qmi, database: OwnDatabase, kafka: KafkaAccess
) -> None:
    subject = new_id()
    record = await dies(receiving, subject, offset=7)
    said_before = await ends(kafka, CANDIDATURE_EVENTS)
    answer = await qmi("dlq", "redrive", "--group", "selection", "--key", str(subject))
    row = await receiving.database.pool.fetchrow("SELECT * FROM parked")
    await receiving.retry_all()
    await receiving.take(record)

    assert (answer.code, answer.said["counts"]) == (0, {"redriven": 1})
    assert row is not None
    assert (row["consumer_group"], row["topic"], row["record_offset"]) == ("selection", CANDIDATURE_EVENTS, 7)
    assert (row["key"], row["value"]) == (record.key, record.value)
    headers = tuple(zip(row["header_names"], row["header_values"], strict=True))
    assert headers == (*record.headers, ("qmi_dlt_cycle", b"1"))
    assert await receiving.effects() == [(subject, 1)]
    assert await ends(kafka, CANDIDATURE_EVENTS) == said_before
    assert await operations(database) == [("astreinte", "dlq redrive", "selection")]


async def test_what_is_given_back_comes_before_what_came_after_it(receiving: Receiver, qmi: Qmi) -> None:
    subject, other = new_id(), new_id()
    for sequence in (1, 2):
        await dies(receiving, subject, sequence, offset=sequence)
    receiving.failures[subject, 4] = [NotFound("the first one")] * 2
    await receiving.take(a_record(subject, 4, offset=4), a_record(other, 1, offset=5))
    await receiving.take(a_record(subject, 5, offset=6))
    await qmi("dlq", "redrive", "--key", str(subject))
    await receiving.retry_all()

    assert await receiving.effects() == [(other, 1), *[(subject, sequence) for sequence in (1, 2, 4, 5)]]


async def test_the_order_of_a_key_is_kept_in_whatever_order_one_gives_it_back(receiving: Receiver, qmi: Qmi) -> None:
    subject = new_id()
    for sequence in range(1, 6):
        await dies(receiving, subject, sequence, offset=sequence)
    receiving.failures[subject, 6] = [NotFound("the others")] * 2
    await receiving.take(a_record(subject, 6, offset=6))
    listed = (await qmi("dlq", "list", "--key", str(subject))).said["dead_letters"]
    refs = {letter["record"]["sequence"]: letter["ref"] for letter in listed}
    for chosen in ((3,), (1, 5), (2, 4)):
        assert (await qmi("dlq", "redrive", *(refs[sequence] for sequence in chosen))).code == 0
    await receiving.retry_all()

    assert await receiving.effects() == [(subject, sequence) for sequence in range(1, 7)]


async def test_a_dry_run_says_the_same_and_changes_nothing(receiving: Receiver, qmi: Qmi) -> None:
    subject = new_id()
    await dies(receiving, subject)
    before = await everything(receiving.database)
    answer = await qmi("dlq", "redrive", "--key", str(subject), "--dry-run")

    assert (answer.said["dry_run"], answer.said["operation"]) == (True, None)
    assert answer.said["counts"] == {"redriven": 1}
    assert await everything(receiving.database) == before


async def test_a_dead_letter_is_given_back_once(receiving: Receiver, qmi: Qmi) -> None:
    subject = new_id()
    await dies(receiving, subject)
    first = await qmi("dlq", "redrive", "--key", str(subject))
    await receiving.retry_all()
    filtered = await qmi("dlq", "redrive", "--key", str(subject))
    named = await qmi("dlq", "redrive", first.said["messages"][0]["ref"])
    await receiving.retry_all()

    assert (filtered.code, filtered.said["messages"], filtered.said["already_settled"]) == (0, [], 1)
    assert (named.code, named.said["counts"]) == (1, {"already-redriven": 1})
    assert await receiving.effects() == [(subject, 1)]


async def test_again_is_for_who_wants_the_effect_twice(receiving: Receiver, qmi: Qmi) -> None:
    subject = new_id()
    await dies(receiving, subject)
    for more in ([], ["--again"]):
        await qmi("dlq", "redrive", "--key", str(subject), *more)
        await receiving.retry_all()

    assert await receiving.effects() == [(subject, 1)] * 2


async def test_the_copy_of_a_dead_letter_whose_commit_was_lost_doubles_nothing(
    receiving: Receiver, qmi: Qmi, make_producer: Callable[[], AIOKafkaProducer]
) -> None:
    subject = new_id()
    record = await dies(receiving, subject)
    dead_letters = DeadLetters(make_producer, "selection")
    await dead_letters.send(record, reason="handler-failed", detail="a bug", attempts=4)
    await dead_letters.stop()
    await qmi("dlq", "redrive", "--key", str(subject), "--limit", "1")
    await receiving.retry_all()
    answer = await qmi("dlq", "redrive", "--key", str(subject))
    await receiving.retry_all()

    assert (answer.code, answer.said["counts"]) == (1, {"already-handled": 1})
    assert await receiving.effects() == [(subject, 1)]


async def test_what_dies_again_is_counted_and_refused_in_the_end(receiving: Receiver, qmi: Qmi) -> None:
    subject = new_id()
    await dies(receiving, subject)
    for _ in range(2):
        receiving.failures[subject, 1] = [*BUG]
        await qmi("dlq", "redrive", "--key", str(subject))
        await receiving.retry_all()
    listed = await qmi("dlq", "list", "--key", str(subject), "--all")
    refused = await qmi("dlq", "redrive", "--key", str(subject), "--max-cycles", "2")

    assert [(it["cycle"], it["status"]) for it in listed.said["dead_letters"]] == [
        (0, "redriven"),
        (1, "redriven"),
        (2, "pending"),
    ]
    assert (refused.code, refused.said["counts"]) == (1, {"too-many-cycles": 1})


async def test_what_died_after_the_cut_off_is_left(receiving: Receiver, qmi: Qmi) -> None:
    subject = new_id()
    before = datetime.now(UTC).isoformat()
    await dies(receiving, subject)
    answer = await qmi("dlq", "redrive", "--group", "selection", "--key", str(subject), "--until", before)

    assert answer.said["messages"] == []
    assert await receiving.parked() == 0


@pytest.mark.parametrize("moment", ["in a transaction", "between two"])
async def test_a_redrive_that_is_cut_short_and_done_again_doubles_nothing(
    receiving: Receiver, qmi: Qmi, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    subjects = [new_id() for _ in range(3)]
    reason = f"cut-{new_id()}"
    for subject in subjects:
        receiving.failures[subject, 1] = [ValueError(reason)] * 5
        await receiving.take(a_record(subject))
    await receiving.retry_all()
    done = 0

    async def cut_short(*args: object, **more: object) -> object:
        nonlocal done
        outcomes = await redrive_key(*args, **more) if moment == "in a transaction" or done < 2 else []  # type: ignore[arg-type]
        done += 1
        if done == 3 - (moment == "in a transaction"):
            raise KeyboardInterrupt
        return outcomes

    monkeypatch.setattr("deploy.operations.letters.redrive_key", cut_short)
    cut = await qmi("dlq", "redrive", "--group", "selection", "--reason", reason)
    monkeypatch.undo()
    await receiving.retry_all()
    half_done = len(await receiving.effects())
    answer = await qmi("dlq", "redrive", "--group", "selection", "--reason", reason)
    await receiving.retry_all()

    assert (cut.code, half_done) == (130, 1 if moment == "in a transaction" else 2)
    assert answer.said["already_settled"] == half_done
    assert sorted(await receiving.effects()) == sorted((subject, 1) for subject in subjects)


async def test_what_cannot_be_read_is_not_given_back(receiving: Receiver, qmi: Qmi) -> None:
    key = str(new_id())
    raw = read(
        topic=CANDIDATURE_EVENTS,
        partition=0,
        offset=1,
        timestamp=AT,
        key=key.encode(),
        value=b"\xff",
        headers=(("odd", None), ("binary", b"\xff")),
    )
    await receiving.take(raw)
    shown = await qmi("dlq", "show", "--key", key)
    answer = await qmi("dlq", "redrive", "--key", key)

    [letter] = shown.said["dead_letters"]
    assert (letter["reason"], letter["payload"]) == ("missing-headers", "\\xff")
    assert letter["headers"] == [["odd", None], ["binary", "\\xff"]]
    assert (answer.code, answer.said["counts"]) == (1, {"unreadable": 1})


async def test_what_is_discarded_is_hidden_and_written_down(
    receiving: Receiver, qmi: Qmi, database: OwnDatabase
) -> None:
    subject = new_id()
    await dies(receiving, subject)
    await qmi("dlq", "discard", "--key", str(subject), "--because", "essai de charge")
    hidden = await qmi("dlq", "list", "--key", str(subject))
    shown = await qmi("dlq", "list", "--key", str(subject), "--all")
    refused = await qmi("dlq", "redrive", shown.said["dead_letters"][0]["ref"])

    assert hidden.said == {"dead_letters": [], "hidden": 1}
    assert [it["status"] for it in shown.said["dead_letters"]] == ["discarded"]
    assert refused.said["counts"] == {"already-discarded": 1}
    assert (await operations(database))[0] == ("astreinte", "dlq discard", "selection")


async def test_a_list_says_what_scripts_rely_on(receiving: Receiver, qmi: Qmi) -> None:
    subject = new_id()
    record = a_record(subject, offset=12)
    receiving.failures[subject, 1] = [Conflict("never")] * 2
    await receiving.take(record)
    answer = await qmi("dlq", "list", "--key", str(subject), "--topic", CANDIDATURE_EVENTS, "--reason", "never")

    [letter] = answer.said["dead_letters"]
    assert letter.pop("ref").startswith(dead_letter_topic(CANDIDATURE_EVENTS, "selection") + ":")
    assert abs((datetime.fromisoformat(letter.pop("died_at")) - datetime.now(UTC)).total_seconds()) < 60
    assert letter == {
        "status": "pending",
        "group": "selection",
        "reason": "conflict",
        "detail": "never",
        "attempts": 1,
        "cycle": 0,
        "record": {
            "topic": CANDIDATURE_EVENTS,
            "partition": 0,
            "offset": 12,
            "key": str(subject),
            "id": str(record.envelope.id),
            "type": "candidature-started.v1",
            "sequence": 1,
            "recorded_at": AT.isoformat(),
        },
    }


async def test_a_name_that_is_not_there_is_refused(qmi: Qmi, receiving: Receiver) -> None:
    answer = await qmi("dlq", "show", "qmi.candidature.events.v1.selection.dlt:0:999999")

    assert answer.code == 1
    assert "Introuvable" in answer.refusal


async def test_nobody_is_shown_without_a_trace(
    qmi: Qmi, database: OwnDatabase, infrastructure: Infrastructure, make_producer: Callable[[], AIOKafkaProducer]
) -> None:
    graveyard = dead_letter_topic(CONTACTS, "selection")
    if infrastructure.real_kafka:
        broker.create_topic(infrastructure.kafka, graveyard, 1)
    else:
        broker.touch_topic(infrastructure.kafka, graveyard)
    key = str(new_id())
    record = read(
        topic=CONTACTS,
        partition=0,
        offset=0,
        timestamp=AT,
        key=key.encode(),
        value=b'{"name": "Agent r\xc3\xa9f\xc3\xa9rent", "email": "agent@example.org"}',
        headers=(),
    )
    dead_letters = DeadLetters(make_producer, "selection")
    await dead_letters.send(record, reason="invalid-data", detail="agent@example.org", attempts=1)
    await dead_letters.stop()
    masked = await qmi("dlq", "show", "--key", key)
    before = await operations(database)
    revealed = await qmi("dlq", "show", "--key", key, "--reveal")

    [hidden], [seen] = masked.said["dead_letters"], revealed.said["dead_letters"]
    assert (hidden["payload"], hidden["detail"]) == ({"name": "•••", "email": "•••"}, "•••")
    assert (seen["payload"]["email"], seen["detail"]) == ("agent@example.org", "agent@example.org")
    assert before == []
    assert await operations(database) == [("astreinte", "dlq show --reveal", "selection")]
