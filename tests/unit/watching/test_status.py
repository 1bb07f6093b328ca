"""What is wrong with a service, from what its processes say; and the command that tells it."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from deploy import cli
from deploy.stack import ports
from deploy.watching import thresholds
from deploy.watching.samples import AWAY, Process, read
from deploy.watching.status import Status, status_of

NOW = 1_700_000_000.0
QUIET = "qmi_outbox_pending 0\nqmi_outbox_oldest_seconds 0\n"


def a_process(exposition: str = "", *, state: str = "ready") -> Process:
    """A process that says this beside having nothing to do."""
    return Process(state, {}, read(QUIET + exposition))


def seen(worker: str = "", api: str = "") -> Status:
    """A service whose processes say this."""
    return status_of("candidature", a_process(api), a_process(worker), now=NOW)


def test_a_service_that_has_nothing_to_do_is_well() -> None:
    status = seen()

    assert (status.api, status.worker, status.wrong) == ("ready", "ready", ())
    assert (status.outbox, status.parked, status.dead, status.overdue) == (0, 0, 0, 0)


def test_a_lag_not_yet_measured_is_not_known() -> None:
    assert seen().lag is None
    assert seen('qmi_consumer_lag{group="g",partition="0",topic="a"} 0\n').lag == 0


def test_figures_are_added_over_partitions_reasons_and_kinds() -> None:
    status = seen(
        'qmi_consumer_lag{group="g",partition="0",topic="a"} 2\n'
        'qmi_consumer_lag{group="g",partition="1",topic="a"} 3\n'
        'qmi_dead_lettered_messages_total{group="g",reason="bad-key",topic="a"} 1\n'
        'qmi_dead_lettered_messages_total{group="g",reason="bad-key",topic="b"} 2\n'
        'qmi_deadlines_overdue{kind="call.open"} 4\n'
        'qmi_deadlines_overdue{kind="call.close"} 1\n'
    )

    assert (status.lag, status.lag_by_partition) == (5, {"a/0": 2, "a/1": 3})
    assert (status.dead, status.dead_by_reason) == (3, {"bad-key": 3})
    assert status.overdue == 5


@pytest.mark.parametrize(
    ("metric", "limit", "wrong"),
    [
        ("qmi_outbox_oldest_seconds", thresholds.OUTBOX_AGE, "outbox"),
        ('qmi_consumer_lag{group="g",partition="0",topic="a"}', thresholds.LAG, "lag"),
        ('qmi_parked_oldest_seconds{group="g"}', thresholds.PARKED_AGE, "parked"),
        ('qmi_deadlines_overdue_oldest_seconds{kind="k"}', thresholds.OVERDUE_AGE, "deadlines"),
        ("qmi_relay_refused_total", 0, "relay"),
        ("qmi_audit_broken", 0, "audit"),
    ],
)
def test_a_figure_is_wrong_above_its_threshold(metric: str, limit: int, wrong: str) -> None:
    assert seen(f"{metric} {limit}\n").wrong == ()
    assert seen(f"{metric} {limit + 1}\n").wrong == (wrong,)


@pytest.mark.parametrize(
    ("event", "within", "wrong"),
    [
        ("dead_lettered", thresholds.DEAD_WITHIN, "dead"),
        ("deadline_failed", thresholds.DEADLINE_FAILED_WITHIN, "deadlines"),
    ],
)
def test_what_happened_is_wrong_for_a_while(event: str, within: int, wrong: str) -> None:
    def happened(ago: int) -> Status:
        return seen(f'qmi_last_error_timestamp_seconds{{event="{event}"}} {NOW - ago}\n')

    assert happened(within - 1).wrong == (wrong,)
    assert happened(within + 1).wrong == ()
    assert (happened(5).last_error, happened(5).last_error_at) == (event, NOW - 5)


def test_the_outbox_is_seen_by_the_api_when_the_worker_is_gone() -> None:
    api = a_process("qmi_outbox_pending 7\nqmi_outbox_oldest_seconds 90\n")
    status = status_of("candidature", api, AWAY, now=NOW)

    assert (status.worker, status.outbox, status.outbox_age) == ("away", 7, 90.0)
    assert status.wrong == ("worker", "outbox")
    assert (status.lag, status.dead) == (None, None)


def test_what_is_not_known_is_not_nought() -> None:
    unknown = Process("not-ready", {"database": "failed"}, read("qmi_outbox_pending NaN\n"))
    status = status_of("candidature", unknown, unknown, now=NOW)

    assert (status.outbox, status.parked, status.overdue) == (None, None, None)
    assert status.wrong == ("api", "worker")
    assert status.checks == {"database": "failed"}


def test_a_worker_nobody_can_reach_from_here_is_not_held_against_it() -> None:
    status = status_of("candidature", a_process(), None, now=NOW)

    assert (status.worker, status.lag, status.wrong) == ("unknown", None, ())


@pytest.fixture
def process() -> Iterator[str]:
    """A process that answers as ours do; its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told = {"/readyz": json.dumps({"status": "ready", "checks": {"database": "ok"}}), "/metrics": QUIET}
            self.send_response(200)
            self.end_headers()
            self.wfile.write(told[self.path].encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def qmi(monkeypatch: pytest.MonkeyPatch, *words: str) -> object:
    """The exit code of the command, as typed."""
    monkeypatch.setattr("sys.argv", ["qmi", "status", *words])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return ended.value.code


def test_the_command_says_that_all_is_well(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], process: str
) -> None:
    code = qmi(monkeypatch, "--api", f"candidature={process}", "--worker", f"candidature={process}")

    assert code == 0
    assert "tout va bien" in capfd.readouterr().out


def test_the_command_names_what_is_wrong_and_fails(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], process: str
) -> None:
    nobody = f"http://127.0.0.1:{ports.any_free()}"
    addresses = ("--api", f"candidature={process}", "--worker", f"candidature={nobody}")

    assert qmi(monkeypatch, *addresses) == 1
    assert "candidature : le worker ne répond pas" in capfd.readouterr().out
    assert qmi(monkeypatch, *addresses, "--json") == 1
    [told] = json.loads(capfd.readouterr().out)
    assert (told["api"], told["worker"], told["wrong"], told["outbox"]) == ("ready", "away", ["worker"], 0)


def test_without_a_stack_or_with_a_bad_address_one_is_told(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("QMI_VAR", str(tmp_path))

    assert qmi(monkeypatch) == 1
    assert "make run" in capfd.readouterr().err
    assert qmi(monkeypatch, "--api", "candidature") == 1
    assert "service=URL" in capfd.readouterr().err
