"""The person-free rule: nothing about a person in an event, except tagged fields on the contacts topic."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from shared.events.base import Event

# Words of a field name that tell something of a person, in English and in French.
TELLING = frozenset(
    {
        *("name", "names", "firstname", "lastname", "surname", "fullname", "nickname", "initials", "nom", "noms"),
        *("prenom", "prenoms", "email", "emails", "mail", "mailbox", "courriel", "phone", "phones", "telephone", "tel"),
        *("mobile", "portable", "fax", "address", "addresses", "adresse", "birth", "birthday", "birthdate", "born"),
        *("naissance", "age", "gender", "sex", "sexe", "civility", "civilite", "nationality", "photo", "picture"),
        *("signature", "iban", "passport", "ssn", "login", "username", "ip"),
    }
)
# Words for a person, harmless when the field is an opaque id.
PEOPLE = frozenset({"person", "people", "contact", "contacts", "author", "personne", "auteur"})


def person_problems(event_class: type[Event], schema: Mapping[str, Any]) -> list[str]:
    """What breaks the rule in one event, given its full JSON Schema; empty when nothing does."""
    fields = list(_fields(schema, schema.get("$defs", {}), ()))
    tagged = {path for path, field in fields if field.get("x-personal")}
    suspect = {path for path, _ in fields if looks_personal(path.rpartition(".")[2])}
    name = event_class.event_type
    if event_class.stream != "contacts":
        both = sorted(tagged | suspect)
        return [f"{name}: {path} tells of a person, which only the contacts topic may" for path in both]
    problems = [f"{name}: {path} tells of a person and is not tagged Personal" for path in sorted(suspect - tagged)]
    if event_class.public_fields:
        problems.append(f"{name}: a contact has no public face")
    return problems


def looks_personal(name: str) -> bool:
    """Whether a field name holds a word about persons; an opaque id (`contact_id`) tells of nobody."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    words = {word for word in re.split(r"[^a-z0-9]+", spaced) if word}
    opaque = not words.isdisjoint({"id", "ids"})
    return not words.isdisjoint(TELLING if opaque else TELLING | PEOPLE)


def _fields(
    schema: Any, definitions: Mapping[str, Any], seen: tuple[str, ...], path: str = ""
) -> Iterator[tuple[str, Any]]:
    """Every field at any depth, through references, lists and alternatives."""
    if isinstance(schema, list):
        for item in schema:
            yield from _fields(item, definitions, seen, path)
    if not isinstance(schema, Mapping):
        return
    reference = schema.get("$ref")
    if isinstance(reference, str) and reference not in seen:
        yield from _fields(definitions[reference.removeprefix("#/$defs/")], definitions, (*seen, reference), path)
    for name, field in schema.get("properties", {}).items():
        here = f"{path}.{name}".lstrip(".")
        yield here, field
        yield from _fields(field, definitions, seen, here)
    for word, inner in schema.items():
        if word not in {"properties", "$defs"}:
            if word == "x-personal" and path:
                yield path, schema
            yield from _fields(inner, definitions, seen, path)
