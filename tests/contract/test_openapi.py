"""The OpenAPI document of each service: valid 3.1, whole, and true to itself, so that a client can be generated."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from tests.contract.applications import SERVICES, application, operations_of

Document = dict[str, Any]
Found = tuple[str, Any]


def document_of(service: str) -> Document:
    """The document of the sandbox: that of production, and the clock."""
    return application(service).openapi()


def walk(node: Any, at: str = "#") -> Iterator[Found]:
    """Every value of a document with its pointer."""
    yield at, node
    if isinstance(node, dict):
        for name, value in node.items():
            yield from walk(value, f"{at}/{str(name).replace('~', '~0').replace('/', '~1')}")
    if isinstance(node, list):
        for index, value in enumerate(node):
            yield from walk(value, f"{at}/{index}")


def schemas(document: Document) -> Iterator[Found]:
    """Every schema of a document, those inside others included: an example is not one."""
    for at, node in walk(document):
        steps = at.split("/")
        named = len(steps) > 2 and steps[-2] in {"schemas", "properties", "patternProperties", "$defs"}
        listed = len(steps) > 2 and steps[-2] in {"anyOf", "oneOf", "allOf", "prefixItems"}
        plain = steps[-1] in {"schema", "items", "additionalProperties"}
        quoted = {"example", "examples", "default", "const", "enum"} & set(steps)
        if isinstance(node, dict) and (named or listed or plain) and not quoted:
            yield at, node


def examples(document: Document) -> Iterator[tuple[str, Any, Document]]:
    """Every example of a document: its place, itself, the schema it illustrates."""
    for at, schema in schemas(document):
        for number, example in enumerate(schema.get("examples", [])):
            yield f"{at}/examples/{number}", example, schema
        if "example" in schema:
            yield f"{at}/example", schema["example"], schema
    for at, node in walk(document["paths"], "#/paths"):
        if isinstance(node, dict) and isinstance(node.get("schema"), dict):
            if "example" in node:
                yield f"{at}/example", node["example"], node["schema"]
            for name, example in (node.get("examples") or {}).items():
                yield f"{at}/examples/{name}", example["value"], node["schema"]


def wrong(example: Any, schema: Document, document: Document) -> str | None:
    """Why an example is not what it illustrates, or None."""
    whole = {**{name: value for name, value in schema.items() if name != "$id"}, "components": document["components"]}
    validator = Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER)
    error: ValidationError | None = next(validator.iter_errors(example), None)
    return error.message if error else None


@pytest.mark.parametrize("service", SERVICES)
def test_it_is_a_valid_openapi_3_1_document(service: str) -> None:
    document = document_of(service)

    assert document["openapi"].startswith("3.1.")
    schemathesis.openapi.from_dict(document).validate()


@pytest.mark.parametrize("service", SERVICES)
def test_its_schemas_are_valid_json_schemas(service: str) -> None:
    document = document_of(service)

    assert len(document["components"]["schemas"]) > 1
    for _, schema in schemas(document):
        Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("service", SERVICES)
def test_operation_ids_are_unique(service: str) -> None:
    counted = Counter(operation["operationId"] for operation in operations_of(document_of(service)).values())

    assert [name for name, times in counted.items() if times > 1] == []


@pytest.mark.parametrize("service", SERVICES)
def test_every_reference_leads_somewhere_and_every_component_is_used(service: str) -> None:
    document = document_of(service)
    places = {at for at, _ in walk(document)}
    references = {node["$ref"] for _, node in walk(document) if isinstance(node, dict) and "$ref" in node}
    components = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}

    assert references - places == set()
    assert components - references == set()


@pytest.mark.parametrize("service", SERVICES)
def test_examples_are_what_they_illustrate(service: str) -> None:
    document = document_of(service)
    found = list(examples(document))

    assert len(found) > 10
    assert {at: why for at, example, schema in found if (why := wrong(example, schema, document))} == {}


@pytest.mark.parametrize("service", SERVICES)
def test_defaults_are_values_one_may_send(service: str) -> None:
    document = document_of(service)
    found = [(at, schema["default"], schema) for at, schema in schemas(document) if "default" in schema]

    assert {at: why for at, default, schema in found if (why := wrong(default, schema, document))} == {}


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_says_what_it_does_and_who_may(service: str) -> None:
    operations = operations_of(document_of(service))

    assert [name for name, operation in operations.items() if not operation.get("summary")] == []
    assert [name for name, operation in operations.items() if not operation.get("tags")] == []
    assert [name for name, operation in operations.items() if operation["security"] != [{"jeton": []}]] == []


@pytest.mark.parametrize("service", SERVICES)
def test_every_answer_with_a_body_has_a_schema(service: str) -> None:
    answers = {
        f"{name} {status} {media_type}": content
        for name, operation in operations_of(document_of(service)).items()
        for status, response in operation["responses"].items()
        for media_type, content in response.get("content", {}).items()
    }

    assert [name for name, content in answers.items() if not content.get("schema")] == []


@pytest.mark.parametrize("service", SERVICES)
def test_request_bodies_refuse_what_they_do_not_know(service: str) -> None:
    document = document_of(service)
    bodies = {
        name: content["schema"]
        for name, operation in operations_of(document).items()
        for media_type, content in operation.get("requestBody", {}).get("content", {}).items()
        if media_type == "application/json"
    }
    open_ones = [name for name, schema in bodies.items() if not closed(schema, document)]

    assert open_ones == []


def closed(schema: Document, document: Document) -> bool:
    """Whether an object of this schema, and each of its choices, takes no unknown field."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    choices = schema.get("anyOf") or schema.get("oneOf")
    return all(closed(choice, document) for choice in choices) if choices else schema["additionalProperties"] is False
