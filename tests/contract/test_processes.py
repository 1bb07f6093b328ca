"""What an interpreter of its own shows: how a process ends, and what it loads."""

import subprocess
import sys

import pytest


def python(script: str) -> subprocess.CompletedProcess[str]:
    """A process of this interpreter, ended."""
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)


def test_wrong_settings_end_the_process_with_2_and_a_short_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QMI_ISSUER", "http://127.0.0.1:8100/dev-issuer")
    monkeypatch.setenv("QMI_KAFKA", "kafka.example.org:9093")
    monkeypatch.setenv("QMI_DATABASE_URL", "postgresql://qmi:s3cret@db.example.org/qmi")

    done = python("from shared.kit.settings import Settings, load; load(Settings, service='things')")

    assert (done.returncode, done.stdout) == (2, "")
    assert "QMI_ISSUER : l'émetteur de développement" in done.stderr
    assert len(done.stderr.splitlines()) <= 24
    assert "Traceback" not in done.stderr
    assert "s3cret" not in done.stderr


def test_where_tracing_is_off_its_libraries_are_not_loaded() -> None:
    done = python(
        "import sys, services.candidature.main\n"
        "print([m for m in sys.modules if m.startswith(('opentelemetry.sdk', 'opentelemetry.exporter'))])"
    )

    assert (done.returncode, done.stdout.strip()) == (0, "[]")
