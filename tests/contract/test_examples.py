"""The examples: one of each event, true to its schema and to its class."""

import json

import pytest
from jsonschema import Draft202012Validator, ValidationError
from pydantic import ValidationError as Refusal

from deploy.frozen import Frozen, as_text, everything
from shared.events.base import public_model
from shared.territory import communes_on

WITH_DATA = [frozen for frozen in everything() if not frozen.event_class.tombstone]
EXAMPLES = pytest.mark.parametrize("frozen", WITH_DATA, ids=lambda frozen: frozen.name)


def validator(frozen: Frozen) -> Draft202012Validator:
    """A validator of the frozen schema that also checks formats."""
    schema = json.loads(frozen.path.read_text())
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


@EXAMPLES
def test_an_example_is_valid_by_an_independent_validator(frozen: Frozen) -> None:
    validator(frozen).validate(json.loads(frozen.example.read_text()))


@EXAMPLES
def test_an_example_is_what_the_class_reads_and_writes(frozen: Frozen) -> None:
    model = public_model(frozen.event_class) if frozen.public else frozen.event_class
    event = model.model_validate_json(frozen.example.read_text())
    event.check_emittable()

    assert as_text(event.model_dump(mode="json")) == frozen.example.read_text()


@EXAMPLES
def test_an_example_without_one_of_its_fields_is_refused_by_both(frozen: Frozen) -> None:
    example = json.loads(frozen.example.read_text())
    model = public_model(frozen.event_class) if frozen.public else frozen.event_class
    for field in json.loads(frozen.path.read_text())["required"]:
        without = {name: value for name, value in example.items() if name != field}
        with pytest.raises(ValidationError):
            validator(frozen).validate(without)
        with pytest.raises(Refusal):
            model.model_validate(without)


@EXAMPLES
def test_the_communes_of_an_example_are_members_of_the_metropole(frozen: Frozen) -> None:
    example = json.loads(frozen.example.read_text())
    named = {*example.get("communes", ()), *example.get("ranked_communes", ()), *filter(None, [example.get("commune")])}

    assert named <= {member.insee for member in communes_on()}


def test_a_tombstone_has_an_example_without_value() -> None:
    tombstones = [frozen for frozen in everything() if frozen.event_class.tombstone]

    assert [json.loads(frozen.example.read_text()) for frozen in tombstones] == [None]


def test_the_examples_speak_french_with_its_accents() -> None:
    text = "".join(frozen.example.read_text() for frozen in WITH_DATA)

    assert {"é", "è", "à"} <= set(text)
    assert "\\u" not in text
