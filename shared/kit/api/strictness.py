"""A body against its model: `"1"` is not a number, `1` is neither a text nor an instant; nothing is converted."""

from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from shared.kit.api.errors import field_errors
from shared.kit.api.problems import ProblemError

# What JSON can only write as a text, a list or an object; behind a BeforeValidator pydantic's strict mode forgets it.
_WRITTEN_OTHERWISE = frozenset(
    {
        *("date_type", "datetime_type", "time_type", "time_delta_type", "decimal_type", "bytes_type", "uuid_type"),
        *("tuple_type", "set_type", "frozen_set_type", "is_instance_of", "dataclass_type", "model_type"),
    }
)


def validated(adapter: TypeAdapter[Any], raw: bytes) -> Any:
    """The value of a JSON document without any conversion between JSON's own types; ProblemError 422 otherwise."""
    try:
        return adapter.validate_json(raw, strict=True)
    except ValidationError as error:
        converted = [one for one in _details(error) if not _only_written_otherwise(one)]
    try:
        value = adapter.validate_json(raw)
    except ValidationError as error:
        seen = {one["loc"] for one in converted}
        converted += [one for one in _details(error) if one["loc"] not in seen]
    if converted:
        raise ProblemError("validation-error", errors=field_errors(converted))
    return value


def _details(error: ValidationError) -> list[ErrorDetails]:
    return error.errors(include_url=False)


def _only_written_otherwise(error: ErrorDetails) -> bool:
    written = error["input"]
    if error["type"] == "int_type":  # JSON has one kind of number: 3.0 is the integer 3.
        return isinstance(written, float) and written.is_integer()
    return error["type"] in _WRITTEN_OTHERWISE and isinstance(written, str | list | dict)
