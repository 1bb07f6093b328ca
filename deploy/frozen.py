"""What is frozen of the events, in git: their JSON Schemas, every version of them, and an example of each."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from deploy.compatibility import ANNOTATIONS, transitive_incompatibilities
from shared.events.base import Event, dataschema_of, public_model
from shared.events.registry import EVENTS

FOLDER = Path(__file__).resolve().parent.parent / "shared" / "events"


class Frozen:
    """One face of one event, internal or public, as a folder keeps it."""

    def __init__(self, event_class: type[Event], folder: Path, *, public: bool) -> None:
        face = Path("public") if public else Path()
        file = f"{event_class.event_type}.json"
        self.event_class = event_class
        self.public = public
        self.name = ("public " if public else "") + event_class.event_type
        self.path = folder / "schemas" / face / file
        self.example = folder / "examples" / face / file
        self.whole_example = folder / "examples" / file

    @property
    def history(self) -> list[Path]:
        """The versions before the one in force, oldest first."""
        found = (self.path.parent / "history").glob(f"{self.event_class.event_type}.*.json")
        return sorted(found, key=lambda path: int(path.suffixes[-2][1:]))

    def generated(self) -> dict[str, Any]:
        """The schema as the code has it now."""
        return schema_of(self.event_class, public=self.public)

    def breaking(self) -> list[str]:
        """Why the code breaks a version that was released; empty when it breaks none."""
        released = [json.loads(path.read_text()) for path in (*self.history, self.path) if path.exists()]
        found = transitive_incompatibilities([*released, self.generated()])
        return [f"{self.name}: {problem}" for problem in found]

    def problems(self) -> list[str]:
        """What is breaking, or not written down as the code has it."""
        if found := self.breaking():
            return found
        if not self.path.exists() or self.path.read_text() != as_text(self.generated()):
            found.append(f"{self.name}: the schema is not frozen as the code has it: run `make schemas`")
        if not self.whole_example.exists():
            found.append(f"{self.name}: it has no example")
        elif self.public and (not self.example.exists() or self.example.read_text() != as_text(self.public_example())):
            found.append(f"{self.name}: the example is out of date: run `make schemas`")
        return found

    def public_example(self) -> dict[str, Any]:
        """What partners get of the example."""
        example = json.loads(self.whole_example.read_text())
        return {field: value for field, value in example.items() if field in self.event_class.public_fields}

    def freeze(self) -> list[Path]:
        """Write what is out of date, keeping the version before in the history; the files written."""
        written: list[Path] = []
        text, before = as_text(self.generated()), self.path.read_text() if self.path.exists() else None
        if before is not None and bare(json.loads(before)) != bare(self.generated()):
            earlier = self.path.parent / "history" / f"{self.event_class.event_type}.{len(self.history) + 1}.json"
            _write(earlier, before, written)
        _write(self.path, text, written)
        if self.public and self.whole_example.exists():
            _write(self.example, as_text(self.public_example()), written)
        return written


class _WithoutTitles(GenerateJsonSchema):
    """Pydantic titles every field with its own name: noise in a file people read."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def schema_of(event_class: type[Event], *, public: bool = False) -> dict[str, Any]:
    """The JSON Schema (2020-12) of the data of an event, or of its public face."""
    model = public_model(event_class) if public else event_class
    schema = model.model_json_schema(schema_generator=_WithoutTitles)
    if event_class.tombstone:
        schema = {"title": schema["title"], "description": schema["description"], "x-tombstone": True}
    identity = dataschema_of(event_class.event_type, public=public)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": identity, **schema}


def as_text(document: Any) -> str:
    """JSON with sorted keys and a last line feed: the same bytes on every machine."""
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def bare(schema: Any) -> Any:
    """A schema without its words for people."""
    if isinstance(schema, list):
        return [bare(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    return {
        word: {name: bare(field) for name, field in value.items()} if word in {"properties", "$defs"} else bare(value)
        for word, value in schema.items()
        if word not in ANNOTATIONS
    }


def everything(folder: Path = FOLDER) -> Iterator[Frozen]:
    """What is frozen of every event: the internal face, and the public one where there is one."""
    for event_class in EVENTS.values():
        yield Frozen(event_class, folder, public=False)
        if event_class.public_fields:
            yield Frozen(event_class, folder, public=True)


def _write(path: Path, text: str, written: list[Path]) -> None:
    if not path.exists() or path.read_text() != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        written.append(path)
