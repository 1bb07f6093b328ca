"""A worker in production signs its checkpoints, or does not start."""

import pytest

from shared.kit.kafka import KafkaAccess
from shared.kit.sealing import audit_tasks, signing_key
from shared.kit.settings import ConfigurationError, Mode, Settings

SEED = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"


def settings_of(mode: Mode, audit_key: str | None) -> Settings:
    return Settings(
        service="candidature",
        mode=mode,
        database_url="postgresql://nobody@127.0.0.1:1/nothing",
        kafka="127.0.0.1:1",
        issuer="https://issuer.example.org/qmi",
        cursor_key="a key that signs cursors and that nobody else knows",
        audit_key=audit_key,
    )


def test_production_without_a_key_does_not_start(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        audit_tasks(settings_of(Mode.PRODUCTION, None), KafkaAccess("127.0.0.1:1"))

    assert ended.value.code == 2
    assert "QMI_AUDIT_KEY : obligatoire en production" in capsys.readouterr().err


@pytest.mark.parametrize("mode", list(Mode))
def test_what_is_no_key_is_refused_by_name_and_not_shown(mode: Mode) -> None:
    with pytest.raises(ConfigurationError) as refused:
        signing_key(settings_of(mode, "a password typed in the wrong place"))

    assert refused.value.problems.keys() == {"QMI_AUDIT_KEY"}
    assert "wrong place" not in str(refused.value)


def test_a_sandbox_may_seal_without_signing() -> None:
    access = KafkaAccess("127.0.0.1:1")

    assert len(audit_tasks(settings_of(Mode.SANDBOX, None), access)) == 1
    assert len(audit_tasks(settings_of(Mode.SANDBOX, SEED), access)) == 3
