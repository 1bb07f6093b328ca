"""What `qmi` answers when it cannot, and when it can."""

import json
from pathlib import Path

import pytest

from deploy import cli
from deploy.stack import ports
from deploy.stack.layout import Layout, Stack
from deploy.stack.signing import key_in


@pytest.fixture(autouse=True)
def layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    for name in ("QMI_ADMIN_DATABASE_URL", "QMI_ADMIN_DATABASE_URL_FILE", "QMI_KAFKA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("QMI_VAR", str(tmp_path))
    return Layout(tmp_path)


@pytest.fixture
def qmi(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> "Qmi":
    return Qmi(monkeypatch, capfd)


class Qmi:
    """The command, as typed: its exit code, what it printed, what it complained of."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capfd = capfd

    def __call__(self, *words: str) -> tuple[object, str, str]:
        self._monkeypatch.setattr("sys.argv", ["qmi", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = self._capfd.readouterr()
        return ended.value.code, printed.out, printed.err


def test_without_a_stack_one_is_told_what_to_do(qmi: Qmi) -> None:
    code, out, err = qmi("stack")

    assert (code, out) == (1, "")
    assert "make run" in err
    assert "Traceback" not in err


def test_a_wrong_call_is_not_a_failure_of_the_stack(qmi: Qmi) -> None:
    assert qmi("token")[0] == 2
    assert qmi("nonsense")[0] == 2


def test_an_unknown_service_is_refused_by_name(qmi: Qmi) -> None:
    code, _, err = qmi("migrate", "candidatures")

    assert code == 1
    assert "« candidatures »" in err


def test_a_database_that_does_not_answer_is_one_line(qmi: Qmi, layout: Layout) -> None:
    dsn = f"postgresql://qmi_owner:x@127.0.0.1:{ports.any_free()}/qmi"
    Stack(database=dsn).write(layout.description)

    code, _, err = qmi("migrate", "candidature")

    assert code == 1
    assert len(err.strip().splitlines()) == 1


def test_a_token_is_signed_here_when_the_issuer_is_stopped_and_its_key_is_at_hand(qmi: Qmi, layout: Layout) -> None:
    issuer = f"http://127.0.0.1:{ports.any_free()}/dev-issuer"
    key_in(layout.secrets)

    code, out, _ = qmi("token", "--role", "programme", "--issuer", issuer, "--json")

    assert code == 0
    assert json.loads(out)["issuer"] == issuer
    assert json.loads(out)["access_token"].count(".") == 2


def test_without_issuer_nor_key_there_is_no_token(qmi: Qmi) -> None:
    issuer = f"http://127.0.0.1:{ports.any_free()}/dev-issuer"

    code, out, err = qmi("token", "--role", "programme", "--issuer", issuer)

    assert (code, out) == (1, "")
    assert "make run" in err


def test_the_declared_topics_can_be_read_by_a_script(qmi: Qmi) -> None:
    code, out, _ = qmi("topics", "show", "--json")

    assert code == 0
    assert "qmi.candidature.events.v1" in {topic["name"] for topic in json.loads(out)}


def test_forgetting_leaves_what_belongs_to_others(qmi: Qmi, layout: Layout) -> None:
    for file in (layout.mails / "1.eml", layout.secrets / "cursor", layout.secrets / "compose" / "postgres"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()

    assert qmi("clean-data")[0] == 0

    assert [file for file in layout.root.rglob("*") if file.is_file() and file.name != "lock"] == [
        layout.secrets / "compose" / "postgres"
    ]
