"""The frozen schemas: as the code has them, the same bytes everywhere, and no stranger among them."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from deploy import event_docs, schemas
from deploy.frozen import FOLDER, Frozen, as_text, bare, everything
from shared.events import candidature
from shared.events.base import Event
from shared.events.candidature import CallOpened

EVERYTHING = pytest.mark.parametrize("frozen", list(everything()), ids=lambda frozen: frozen.name)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of what is frozen, to spoil."""
    for part in ("schemas", "examples"):
        shutil.copytree(FOLDER / part, tmp_path / part)
    return tmp_path


def call_opened(folder: Path, event_class: type[Event] = CallOpened) -> Frozen:
    """One frozen event of a folder, as another version of the code would have it."""
    return Frozen(event_class, folder, public=False)


def another_call_opened(annotation: object, **default: object) -> type[Event]:
    """CallOpened with one field more."""
    return type(
        "CallOpened",
        (CallOpened,),
        {"__annotations__": {"place": annotation}, "__module__": __name__, "__doc__": CallOpened.__doc__, **default},
    )


def test_nothing_is_out_of_date_breaking_or_personal() -> None:
    assert schemas.problems() == []


def test_the_documentation_is_up_to_date() -> None:
    assert schemas.DOCS.read_text() == event_docs.render(FOLDER)


def test_the_check_command_agrees() -> None:
    result = CliRunner().invoke(schemas.app, ["check"])

    assert (result.exit_code, result.output) == (0, "")


def test_the_schemas_are_the_same_bytes_in_another_process() -> None:
    script = "from deploy.frozen import *; print(''.join(as_text(f.generated()) for f in everything()), end='')"
    other = subprocess.run(
        [sys.executable, "-c", script], cwd=schemas.ROOT, env={"PYTHONHASHSEED": "7"}, capture_output=True, check=True
    )

    assert other.stdout.decode() == "".join(as_text(frozen.generated()) for frozen in everything())


@EVERYTHING
def test_a_schema_is_a_valid_json_schema(frozen: Frozen) -> None:
    Draft202012Validator.check_schema(json.loads(frozen.path.read_text()))


@EVERYTHING
def test_a_schema_is_named_by_the_header_that_leads_to_it(frozen: Frozen) -> None:
    face = "public:" if frozen.public else ""

    assert json.loads(frozen.path.read_text())["$id"] == f"urn:qmi:schema:{face}{frozen.event_class.event_type}"


@EVERYTHING
def test_a_schema_lets_the_fields_of_tomorrow_in(frozen: Frozen) -> None:
    assert "additionalProperties" not in frozen.path.read_text()


def test_a_schema_edited_by_hand_is_found(folder: Path) -> None:
    path = call_opened(folder).path
    path.write_text(path.read_text().replace("dossiers may be sent", "dossiers can be sent"))

    assert schemas.problems(folder) == [
        "call-opened.v1: the schema is not frozen as the code has it: run `make schemas`"
    ]


def test_a_missing_schema_is_found(folder: Path) -> None:
    call_opened(folder).path.unlink()

    assert schemas.problems(folder) == [
        "call-opened.v1: the schema is not frozen as the code has it: run `make schemas`"
    ]


def test_a_missing_example_is_found(folder: Path) -> None:
    call_opened(folder).example.unlink()

    assert "call-opened.v1: it has no example" in schemas.problems(folder)


def test_a_public_example_that_tells_more_is_found(folder: Path) -> None:
    example = Frozen(CallOpened, folder, public=True).example
    example.write_text(as_text({**json.loads(example.read_text()), "secret": 1}))

    assert schemas.problems(folder) == ["public call-opened.v1: the example is out of date: run `make schemas`"]


def test_the_schema_of_an_event_that_is_gone_is_found(folder: Path) -> None:
    (folder / "schemas" / "call-forgotten.v1.json").write_text("{}")

    assert schemas.problems(folder) == [
        "schemas/call-forgotten.v1.json: of no event of the code; a released one is never taken away"
    ]


def test_freezing_twice_writes_nothing(folder: Path) -> None:
    assert call_opened(folder).freeze() == []


def test_an_optional_field_may_be_frozen_and_the_version_before_is_kept(folder: Path) -> None:
    before = call_opened(folder).path.read_text()
    changed = call_opened(folder, another_call_opened(str | None, place=None))

    assert changed.breaking() == []
    assert [path.name for path in changed.freeze()] == ["call-opened.v1.1.json", "call-opened.v1.json"]
    assert changed.history[0].read_text() == before
    assert changed.problems() == []


def test_a_required_field_may_not_be_frozen(folder: Path) -> None:
    changed = call_opened(folder, another_call_opened(str))

    assert changed.problems() == ["call-opened.v1: version 1 and 2: $.place: required field added"]


def test_a_field_may_not_come_back_as_something_else(folder: Path) -> None:
    call_opened(folder, another_call_opened(str | None, place=None)).freeze()
    call_opened(folder).freeze()
    back = call_opened(folder, another_call_opened(int | None, place=None))

    assert back.breaking() == [
        "call-opened.v1: version 2 and 4: $.place[anyOf 0]: type changed from 'string' to 'integer'"
    ]


def test_words_for_people_change_without_a_new_version(folder: Path) -> None:
    reworded = call_opened(
        folder, type("CallOpened", (CallOpened,), {"__doc__": "Dossiers may be sent.", "__module__": ""})
    )

    assert [path.name for path in reworded.freeze()] == ["call-opened.v1.json"]
    assert reworded.history == []


def test_a_field_called_like_a_word_for_people_is_a_field() -> None:
    assert bare({"title": "Call", "properties": {"title": {"type": "string", "title": "Title"}}}) == {
        "properties": {"title": {"type": "string"}}
    }


def test_the_freeze_command_refuses_a_breaking_change(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    breaking = call_opened(folder, another_call_opened(str))
    before = breaking.path.read_text()
    monkeypatch.setattr(schemas, "everything", lambda: iter([breaking]))

    result = CliRunner().invoke(schemas.app, ["freeze"])

    assert (result.exit_code, breaking.path.read_text()) == (1, before)
    assert "$.place: required field added" in result.output


def test_every_public_event_of_the_thin_slice_is_told_to_partners() -> None:
    public = {frozen.event_class.__name__ for frozen in everything() if frozen.public}

    assert {"CandidatureSubmitted", "CommuneSelected", "ExperimentLaunched", "ProjectAllocated"} <= public
    assert candidature.CandidatureConcluded.__name__ not in public
