"""Where commands find things, and what they understand of what is typed."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.commands.output import Refused
from deploy.commands.reach import instant, operator_name, reach, service_of
from deploy.operations.replaying import dead_letter_topics_of, subscriptions
from deploy.stack.layout import NoStack
from shared.events.topics import CANDIDATURE_EVENTS, CONTACTS
from shared.kit.consume import Subscribers
from shared.kit.unit_of_work import SqlUnitOfWork


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2024-03-01", datetime(2024, 2, 29, 23, tzinfo=UTC)),
        ("2024-07-01T14:00", datetime(2024, 7, 1, 12, tzinfo=UTC)),
        ("2024-07-01T14:00:00Z", datetime(2024, 7, 1, 14, tzinfo=UTC)),
        ("2024-07-01T14:00+01:00", datetime(2024, 7, 1, 13, tzinfo=UTC)),
        (None, None),
    ],
)
def test_an_instant_is_in_paris_unless_it_says_otherwise(typed: str | None, meant: datetime | None) -> None:
    assert instant(typed) == meant


@pytest.mark.parametrize("typed", ["hier", "2024-02-30", "", "25:00"])
def test_what_is_no_instant_is_refused(typed: str) -> None:
    with pytest.raises(Refused, match="instant"):
        instant(typed)


def test_a_group_works_for_the_service_of_its_name_or_the_one_named() -> None:
    assert service_of("selection", None) == "selection"
    assert service_of("essai", "selection") == "selection"
    with pytest.raises(Refused, match="--service"):
        service_of("essai", None)


def test_what_is_given_comes_before_the_running_stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("QMI_ADMIN_DATABASE_URL", "QMI_ADMIN_DATABASE_URL_FILE", "QMI_KAFKA_SECURITY"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "dsn").write_text("postgresql://owner@db/qmi\n")
    found = reach("kafka:9092", "postgresql://given@db/qmi", tmp_path / "none.json")
    monkeypatch.setenv("QMI_ADMIN_DATABASE_URL_FILE", str(tmp_path / "dsn"))

    assert (found.access.servers, found.owner_dsn) == ("kafka:9092", "postgresql://given@db/qmi")
    assert reach("kafka:9092", None, tmp_path / "none.json").owner_dsn == "postgresql://owner@db/qmi"
    with pytest.raises((Refused, NoStack), match="--kafka"):
        reach(None, None, tmp_path / "none.json")


def test_somebody_acts() -> None:
    assert operator_name("astreinte") == "astreinte"
    assert operator_name(None)


def test_a_new_group_gets_dead_letter_topics_like_those_of_its_service() -> None:
    made = dead_letter_topics_of("essai", "notifications", subscriptions("notifications", ()))

    assert {f"{CANDIDATURE_EVENTS}.essai.dlt", f"{CONTACTS}.essai.dlt"} <= {topic.name for topic in made}
    assert {topic.partitions for topic in made} == {1}


def test_subscriptions_may_be_in_the_name_of_another_group() -> None:
    subscribers: Subscribers[SqlUnitOfWork] = Subscribers("selection")

    assert subscribers.heard_by(None) is subscribers
    assert subscribers.heard_by("essai").group == "essai"
    assert subscribers.heard_by("essai").handlers is subscribers.handlers
