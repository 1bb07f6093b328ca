"""Texts, bodies, pages, cursors and file names."""

import json
from typing import Annotated

import pytest
from pydantic import ValidationError

from shared.kit.api.cursors import Cursors
from shared.kit.api.models import Line, Paragraph, StrictModel, text
from shared.kit.api.problems import ProblemError
from shared.kit.api.uploads import _name_in as name_in
from shared.kit.api.uploads import display_name


class Note(StrictModel):
    """A body."""

    title: Line
    body: Paragraph = "-"
    code: Annotated[str, text(3, shortest=0)] = ""
    weight: float = 0


def codes(**fields: object) -> list[str]:
    with pytest.raises(ValidationError) as refused:
        Note.model_validate_json(json.dumps(fields), strict=True)
    return [error["type"] for error in refused.value.errors()]


@pytest.mark.parametrize("hidden", ["\x07", "\x7f", "\x85", "\u202e", "\u2066", "\u200f", "\u2028", "\n", "\t"])
def test_9_control_and_bidirectional_characters_are_refused_in_a_line(hidden: str) -> None:
    assert codes(title=f"a{hidden}b") == ["forbidden_character"]


@pytest.mark.parametrize("hidden", ["\x07", "\x1b", "\u202e", "\u2067"])
def test_9_and_in_a_paragraph(hidden: str) -> None:
    assert codes(title="a", body=f"a{hidden}b") == ["forbidden_character"]


def test_a_paragraph_has_lines() -> None:
    assert Note(title="a", body="a\n\tb").body == "a\n\tb"


def test_a_text_is_stripped_and_composed() -> None:
    assert Note(title="  E\u0301lan ").title == "Élan"


def test_a_text_of_spaces_is_empty() -> None:
    assert codes(title="  ") == ["string_too_short"]


def test_a_text_has_a_longest_length() -> None:
    assert codes(title="a", code="abcd") == ["string_too_long"]


@pytest.mark.parametrize("field", ["role", "status", "score"])
def test_12_an_unknown_field_is_refused(field: str) -> None:
    assert codes(title="a", **{field: "x"}) == ["extra_forbidden"]


@pytest.mark.parametrize("value", [12, True, ["a"], {"a": 1}])
def test_a_value_of_another_type_is_not_converted(value: object) -> None:
    assert codes(title=value) == ["string_type"]


CURSORS = Cursors("k" * 32)


def test_a_cursor_gives_its_position_back() -> None:
    assert CURSORS.read("/v1/things?", CURSORS.sign("/v1/things?", ["Élan", 3])) == ("Élan", 3)


@pytest.mark.parametrize("tampered", ["", "x", "AAAA", "é", "*" * 20, "A" * 900])
def test_26_a_forged_cursor_is_refused(tampered: str) -> None:
    with pytest.raises(ProblemError, match="Curseur") as refused:
        CURSORS.read("/v1/things?", tampered)
    assert refused.value.status == 400


def test_26_a_changed_cursor_is_refused() -> None:
    cursor = CURSORS.sign("/v1/things?", ["a"])

    for position in range(len(cursor)):
        changed = cursor[:position] + ("A" if cursor[position] != "A" else "B") + cursor[position + 1 :]
        if changed[:-1] != cursor[:-1]:
            with pytest.raises(ProblemError):
                CURSORS.read("/v1/things?", changed)


def test_26_a_cursor_of_another_list_or_another_key_is_refused() -> None:
    for other in (CURSORS.sign("/v1/others?", ["a"]), Cursors("l" * 32).sign("/v1/things?", ["a"])):
        with pytest.raises(ProblemError):
            CURSORS.read("/v1/things?", other)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("lettre du maire.pdf", "lettre du maire.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Dossiers\\lettre.pdf", "lettre.pdf"),
        ("a\x00b.pdf", "ab.pdf"),
        ("facture\u202efdp.exe", "facturefdp.exe"),
        ("  ..  ", "document"),
        ("", "document"),
        ("a" * 300 + ".pdf", "a" * 116 + ".pdf"),
        ("<script>.png", "script.png"),
        ("e\u0301.pdf", "é.pdf"),
    ],
)
def test_47_a_file_name_is_only_for_display(given: str, shown: str) -> None:
    assert display_name(given) == shown


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ('attachment; filename="a.pdf"', "a.pdf"),
        ("attachment; filename*=UTF-8''lettre%20%C3%A9.pdf", "lettre é.pdf"),
        ("attachment", ""),
        ("", ""),
        ("attachment; filename*=NO-SUCH''%61", "a"),
        ("attachment\r\nX: y; filename=a", "a"),
    ],
)
def test_47_the_name_of_an_upload_is_read_whatever_its_form(header: str, name: str) -> None:
    assert name_in(header) == name
