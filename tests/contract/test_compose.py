"""What docker-compose.yml promises: the whole platform, closed to other machines, without a secret in it."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.events.base import SERVICES

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
CONTAINERS: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: container for name, container in CONTAINERS.items() if "build" in container}
ONCE = {name for name, container in CONTAINERS.items() if container.get("restart") == "no"}


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_has_its_api_its_worker_and_its_migration(service: str) -> None:
    commands = {name: CONTAINERS[f"{service}-{name}"]["command"] for name in ("api", "worker")}

    assert commands == {"api": ["api"], "worker": ["worker"]}
    assert CONTAINERS[f"migrate-{service}"]["command"] == ["migrate"]
    assert {CONTAINERS[name]["build"]["args"]["SERVICE"] for name in CONTAINERS if service in name} == {service}


def test_what_stays_up_says_whether_it_is_healthy() -> None:
    silent = {name for name, container in CONTAINERS.items() if "healthcheck" not in container}

    assert silent == ONCE | {"mailpit"}


def test_ports_are_open_to_this_machine_only() -> None:
    ports = [port for container in CONTAINERS.values() for port in container.get("ports", ())]

    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_what_we_build_can_write_nowhere_and_gain_nothing() -> None:
    for container in OURS.values():
        assert container["read_only"] is True
        assert container["cap_drop"] == ["ALL"]
        assert container["security_opt"] == ["no-new-privileges:true"]


def test_a_password_is_always_a_file() -> None:
    settings = {name for container in CONTAINERS.values() for name in container.get("environment", {})}
    words = ("PASSWORD", "DATABASE_URL", "CURSOR_KEY", "AUDIT_KEY")
    secret = {name for name in settings if any(word in name for word in words)}

    assert all(name.endswith("_FILE") for name in secret)
    assert all(entry.keys() == {"file"} for entry in COMPOSE["secrets"].values())


def test_a_service_is_given_its_own_secrets_only() -> None:
    for service in SERVICES:
        own = [f"database_url_{service}", "cursor_key"]

        assert CONTAINERS[f"{service}-api"]["secrets"] == own
        assert CONTAINERS[f"{service}-worker"]["secrets"] == [*own, "audit_key"]


def test_the_secrets_it_needs_are_made_once_and_kept(tmp_path: Path) -> None:
    script = tmp_path / "deploy" / "secrets.sh"
    script.parent.mkdir()
    script.write_bytes((ROOT / "deploy" / "secrets.sh").read_bytes())

    made = [_contents(tmp_path, script) for _ in range(2)]

    assert made[0].keys() == {Path(entry["file"]).name for entry in COMPOSE["secrets"].values()}
    assert made[0] == made[1]
    assert len(set(made[0].values())) == len(made[0])
    assert (tmp_path / "var" / "secrets").stat().st_mode & 0o077 == 0


def _contents(root: Path, script: Path) -> dict[str, str]:
    subprocess.run(["bash", str(script)], check=True, stdin=subprocess.DEVNULL)
    return {file.name: file.read_text() for file in (root / "var" / "secrets" / "compose").iterdir()}
