"""What is wrong in the configuration stops the start, by name, on one screen."""

import os
from pathlib import Path

import pytest

from shared.kit.settings import ConfigurationError, Mode, Settings, read

RIGHT = {
    "QMI_DATABASE_URL": "postgresql://qmi_things:s3cret-of-the-database@db.example.org/qmi",
    "QMI_KAFKA": "kafka.example.org:9093",
    "QMI_KAFKA_SECURITY": "SSL",
    "QMI_ISSUER": "https://login.example.org/realms/qmi",
    "QMI_CURSOR_KEY": "0123456789abcdef0123456789abcdef",
}


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("QMI_")]:
        monkeypatch.delenv(name)
    for name, value in RIGHT.items():
        monkeypatch.setenv(name, value)


def problems() -> dict[str, str]:
    with pytest.raises(ConfigurationError) as refused:
        read(Settings, service="things")
    return refused.value.problems


def test_production_is_the_default() -> None:
    assert read(Settings, service="things").mode is Mode.PRODUCTION


def test_the_keys_of_the_issuer_are_found_beneath_it() -> None:
    assert read(Settings, service="things").keys_url == "https://login.example.org/realms/qmi/.well-known/jwks.json"


def test_a_secret_comes_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "url").write_text("postgresql://qmi_things:from-a-file@db.example.org/qmi\n")
    monkeypatch.delenv("QMI_DATABASE_URL")
    monkeypatch.setenv("QMI_DATABASE_URL_FILE", str(tmp_path / "url"))

    assert read(Settings, service="things").database_url == "postgresql://qmi_things:from-a-file@db.example.org/qmi"


def test_a_secret_file_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("QMI_CURSOR_KEY_FILE", str(tmp_path / "absent"))

    assert list(problems()) == ["QMI_CURSOR_KEY_FILE"]


def test_what_is_missing_is_named_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QMI_DATABASE_URL")
    monkeypatch.delenv("QMI_ISSUER")

    assert set(problems()) == {"QMI_DATABASE_URL", "QMI_ISSUER"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("QMI_MODE", "staging"),
        ("QMI_DATABASE_URL", "mysql://db.example.org/qmi"),
        ("QMI_KAFKA", "kafka.example.org"),
        ("QMI_KAFKA", "kafka.example.org:99999"),
        ("QMI_KAFKA_SECURITY", "SASL_PLAINTEXT"),
        ("QMI_ISSUER", "login.example.org"),
        ("QMI_SCANNER", "none"),
        ("QMI_DOCUMENTS", "/var/documents"),
        ("QMI_CURSOR_KEY", "short"),
        ("QMI_LOG_LEVEL", "LOUD"),
    ],
)
def test_a_wrong_value_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)

    found = problems()

    assert list(found) == [name]
    assert "should" not in found[name]
    assert value not in found[name] or name == "QMI_KAFKA"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("QMI_ISSUER", "http://127.0.0.1:8100/dev-issuer"),
        ("QMI_ISSUER", "https://login.example.org/dev-issuer"),
        ("QMI_ISSUER", "https://localhost/realms/qmi"),
        ("QMI_JWKS_URL", "http://login.example.org/keys"),
        ("QMI_KAFKA_SECURITY", "PLAINTEXT"),
        ("QMI_SANDBOX_CLOCK", "true"),
        ("QMI_CURSOR_KEY", "development-only-cursor-key-of-the-sandbox"),
    ],
)
def test_production_refuses_what_is_for_development(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)

    assert name in problems()


def test_production_refuses_the_signature_scanner_for_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QMI_DOCUMENTS", "s3://documents")

    assert list(problems()) == ["QMI_SCANNER"]


def test_production_accepts_plaintext_on_the_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QMI_KAFKA", "127.0.0.1:9092,[::1]:9092")
    monkeypatch.setenv("QMI_KAFKA_SECURITY", "PLAINTEXT")

    assert read(Settings, service="things").kafka_security == "PLAINTEXT"


def test_the_sandbox_accepts_the_development_issuer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QMI_MODE", "sandbox")
    monkeypatch.setenv("QMI_ISSUER", "http://127.0.0.1:8100/dev-issuer")

    assert read(Settings, service="things").sandbox


def test_sasl_needs_a_name_and_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QMI_KAFKA_SECURITY", "SASL_SSL")

    assert list(problems()) == ["QMI_KAFKA_USERNAME"]


def test_secrets_are_not_shown() -> None:
    settings = read(Settings, service="things")

    assert "s3cret" not in repr(settings)
    assert RIGHT["QMI_CURSOR_KEY"] not in repr(settings)
