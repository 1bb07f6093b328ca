"""A released schema is compared as it was in git, whatever was done to its file since."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from deploy import schemas
from deploy.frozen import FOLDER, Frozen, as_text, everything
from shared.events.candidature import CallOpened


def git(folder: Path, *arguments: str) -> None:
    """Run git there, as nobody in particular."""
    identity = ["-c", "user.name=Platform", "-c", "user.email=platform@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def events(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of its own, in which what is frozen was released."""
    folder = tmp_path / "shared" / "events"
    shutil.copytree(FOLDER / "schemas", folder / "schemas")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "Release")
    monkeypatch.setattr(schemas, "ROOT", tmp_path)
    monkeypatch.setattr(schemas, "FOLDER", folder)
    monkeypatch.setattr(schemas, "everything", lambda: everything(folder))
    return folder


def test_nothing_breaks_what_was_just_released(events: Path) -> None:
    assert schemas.problems_since("HEAD") == []


def test_a_schema_taken_away_and_frozen_again_is_compared_all_the_same(events: Path) -> None:
    frozen = Frozen(CallOpened, events, public=False)
    released = frozen.generated()
    released["properties"]["place"] = {"type": "string"}
    frozen.path.write_text(as_text({**released, "required": [*released["required"], "place"]}))
    git(events, "commit", "-qam", "Release a place")
    frozen.path.unlink()
    frozen.freeze()

    assert schemas.problems_since("HEAD") == ["call-opened.v1, since HEAD: $.place: required field removed"]


def test_a_released_event_taken_away_is_found(events: Path) -> None:
    path = events / "schemas" / "call-forgotten.v1.json"
    path.write_text(json.dumps({}))
    git(events, "add", ".")
    git(events, "commit", "-qm", "Release a call to forget")
    path.unlink()

    assert schemas.problems_since("HEAD") == [
        "shared/events/schemas/call-forgotten.v1.json: changed or gone since HEAD"
    ]
