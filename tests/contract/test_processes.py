"""What an interpreter of its own shows: how a process ends, and what it loads."""

import os
import subprocess
import sys


def python(script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A process of this interpreter, ended; it knows no other settings than these."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("QMI_")}
    return subprocess.run(
        [sys.executable, "-c", script], env={**others, **environment}, capture_output=True, text=True, check=False
    )


def test_wrong_settings_end_the_process_with_2_and_a_short_message() -> None:
    done = python(
        "from shared.kit.settings import Settings, load; load(Settings, service='things')",
        QMI_ISSUER="http://127.0.0.1:8100/dev-issuer",
        QMI_KAFKA="kafka.example.org:9093",
        QMI_DATABASE_URL="postgresql://qmi:s3cret@db.example.org/qmi",
    )

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
