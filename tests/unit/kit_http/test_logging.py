"""Logs are one JSON object a line, whoever speaks, and name nobody."""

import io
import json
import logging
import sys
from collections.abc import Iterator

import pytest
import structlog

from shared.kit.logging import configure_logging
from shared.kit.settings import Mode, Settings
from shared.kit.telemetry import REGISTRY


@pytest.fixture
def _configured() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    settings = Settings(
        mode=Mode.SANDBOX,
        service="things",
        database_url="postgresql://db.example.org/qmi",
        kafka="127.0.0.1:9092",
        issuer="https://login.example.org/realms/qmi",
    )
    configure_logging(settings)
    yield
    root.handlers[:], root.level = handlers, level
    structlog.contextvars.clear_contextvars()
    structlog.reset_defaults()


def lines(output: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in output.splitlines()]


@pytest.mark.usefixtures("_configured")
def test_a_line_carries_the_request_and_the_service(capsys: pytest.CaptureFixture[str]) -> None:
    structlog.contextvars.bind_contextvars(request_id="r-1")

    structlog.get_logger("here").info("thing_made", size=3)

    (line,) = lines(capsys.readouterr().out)
    told = {name: line[name] for name in ("event", "level", "logger", "request_id", "service", "size")}
    assert told == {
        "event": "thing_made",
        "level": "info",
        "logger": "here",
        "request_id": "r-1",
        "service": "things",
        "size": 3,
    }


@pytest.mark.usefixtures("_configured")
@pytest.mark.parametrize("odd", ["half a pair: \ud83d", 2**70, {3: "three"}, {"a set"}])
def test_a_line_is_written_whatever_it_says(capsys: pytest.CaptureFixture[str], odd: object) -> None:
    structlog.get_logger("here").info("thing_made", odd=odd)

    (line,) = lines(capsys.readouterr().out)
    assert line["odd"] in (odd, {"3": "three"}, "{'a set'}")


@pytest.mark.usefixtures("_configured")
def test_the_libraries_speak_the_same_way(capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger("uvicorn.error").warning("a %s of the server", "word")

    (line,) = lines(capsys.readouterr().out)
    assert (line["event"], line["level"], line["service"]) == ("a word of the server", "warning", "things")


@pytest.mark.usefixtures("_configured")
def test_a_reader_that_went_away_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = io.StringIO()
    gone.close()
    monkeypatch.setattr(sys, "stdout", gone)

    structlog.get_logger("here").info("thing_made")
    logging.getLogger("uvicorn.error").warning("a word of the server")


@pytest.mark.usefixtures("_configured")
def test_what_is_below_the_level_is_not_said(capsys: pytest.CaptureFixture[str]) -> None:
    structlog.get_logger("here").debug("thing_considered")
    logging.getLogger("uvicorn.error").debug("a word of the server")

    assert capsys.readouterr().out == ""


@pytest.mark.usefixtures("_configured")
def test_nobody_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    structlog.get_logger("here").info("sent", email="jo@example.org", token="t", reason="no box for jo@example.org")

    (line,) = lines(capsys.readouterr().out)
    assert (line["email"], line["token"], line["reason"]) == ("***", "***", "no box for ***")


@pytest.mark.usefixtures("_configured")
def test_the_row_an_error_of_the_database_quotes_is_masked(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        raise ValueError("duplicate key\nDETAIL: Key (name)=(Dupont) already exists.")
    except ValueError:
        structlog.get_logger("here").exception("failed")

    (line,) = lines(capsys.readouterr().out)
    assert "ValueError: duplicate key" in line["exception"]
    assert "Dupont" not in line["exception"]


@pytest.mark.usefixtures("_configured")
def test_errors_are_counted_by_word_and_those_of_a_library_by_its_name() -> None:
    def counted(event: str) -> float:
        return REGISTRY.get_sample_value("qmi_logged_errors_total", {"event": event}) or 0

    before = counted("thing_broke"), counted("library:aiokafka")

    structlog.get_logger("shared.kit.thing").error("thing_broke", thing="any")
    structlog.get_logger("shared.kit.thing").warning("thing_bent")
    logging.getLogger("aiokafka.consumer").error("Unable to reach %s", "node 7")

    assert (counted("thing_broke"), counted("library:aiokafka")) == (before[0] + 1, before[1] + 1)
    assert counted("thing_bent") == 0
    assert REGISTRY.get_sample_value("qmi_last_error_timestamp_seconds", {"event": "thing_broke"})
