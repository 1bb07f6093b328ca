"""Bad inputs 1, 2, 6, 7, 8, 9 and 10: what the parser of the standard library would let through."""

import time

import pytest

from shared.kit.api.problems import ProblemError
from shared.kit.api.strict_json import parse


def refused(raw: bytes) -> ProblemError:
    with pytest.raises(ProblemError) as refusal:
        parse(raw)
    return refusal.value


def outcome(raw: bytes) -> tuple[int, str, list[tuple[str, str]]]:
    error = refused(raw)
    return error.status, error.named, [(field.pointer, field.code) for field in error.errors]


def test_plain_json_is_read() -> None:
    raw = '{"nom": "Élan", "taille": -12, "part": 0.5, "liste": [true, null]}'.encode()

    assert parse(raw) == {"nom": "Élan", "taille": -12, "part": 0.5, "liste": [True, None]}


@pytest.mark.parametrize("raw", [b"{", b'{"a": 1,}', b"{'a': 1}", b"{} {}", b'"\x01"', b"\xef\xbb\xbf{}", b"", b'"abc'])
def test_1_malformed_json(raw: bytes) -> None:
    assert outcome(raw) == (400, "malformed-json", [])


@pytest.mark.parametrize("raw", [b'{"a": "\xff"}', '{"a": 1}'.encode("utf-16"), '{"a": 1}'.encode("utf-32-le")])
def test_2_anything_but_utf_8(raw: bytes) -> None:
    assert outcome(raw) == (400, "malformed-json", [])


def test_6_more_than_32_levels() -> None:
    assert outcome(b"[" * 33 + b"]" * 33) == (400, "json-too-complex", [])


def test_6_thirty_two_levels_pass() -> None:
    assert parse(b"[" * 32 + b"]" * 32)


def test_6_more_than_10_000_values() -> None:
    assert outcome(b"[" + b",".join([b"1"] * 10_001) + b"]") == (400, "json-too-complex", [])


def test_6_brackets_and_commas_inside_a_text_do_not_count() -> None:
    text = '[{,\\"' * 5_000

    assert parse(f'{{"a": "{text}"}}'.encode())


@pytest.mark.parametrize("raw", [b'"' + b'\\"' * 100_000, b'\\"' * 100_000, b'"' * 200_000, b"[" * 200_000])
def test_6_hostile_nesting_is_refused_in_linear_time(raw: bytes) -> None:
    began = time.process_time()

    refused(raw)

    assert time.process_time() - began < 1


@pytest.mark.parametrize("raw", [b'{"a": 1, "a": 1}', b'[{"b": {"a": 1, "\\u0061": 2}}]'])
def test_7_duplicate_keys(raw: bytes) -> None:
    assert outcome(raw) == (400, "malformed-json", [])


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity", b"1e999", b"-1e999"])
def test_8_numbers_that_are_not_finite(number: bytes) -> None:
    assert outcome(b'{"a": [0, ' + number + b"]}") == (422, "validation-error", [("/a/1", "finite_number")])


@pytest.mark.parametrize("escaped", [b"\\u0000", b"\\ud800", b"\\udc00x"])
def test_9_nul_and_lone_surrogates(escaped: bytes) -> None:
    assert outcome(b'{"a/b": "' + escaped + b'"}') == (422, "validation-error", [("/a~1b", "forbidden_character")])


def test_9_the_same_in_a_key() -> None:
    assert outcome(b'{"x": {"\\u0000": 1}}') == (422, "validation-error", [("/x", "forbidden_character")])


@pytest.mark.parametrize("number", [b"9223372036854775808", b"-9223372036854775809", b"1" * 5_000])
def test_10_numbers_beyond_64_bits(number: bytes) -> None:
    assert outcome(b'{"a": ' + number + b"}") == (422, "validation-error", [("/a", "number_out_of_range")])


def test_10_the_largest_and_the_smallest_pass() -> None:
    assert parse(b"[9223372036854775807, -9223372036854775808]") == [2**63 - 1, -(2**63)]


def test_the_answer_to_a_thousand_faults_stays_short() -> None:
    assert len(refused(b"[" + b",".join([b"NaN"] * 1_000) + b"]").errors) == 50
