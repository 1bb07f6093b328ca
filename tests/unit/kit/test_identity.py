"""Identifiers."""

import time
from uuid import UUID

from shared.kit.identity import derived_id, new_id


def test_a_new_id_is_a_uuid_of_version_7() -> None:
    made = new_id()

    assert (made.version, made.variant) == (7, "specified in RFC 4122")


def test_new_ids_of_later_milliseconds_sort_later() -> None:
    earlier = new_id()
    time.sleep(0.002)

    assert earlier < new_id()


def test_a_new_id_tells_the_millisecond() -> None:
    before = time.time_ns() // 1_000_000

    assert before <= new_id().int >> 80 <= time.time_ns() // 1_000_000


def test_the_same_parts_derive_the_same_id() -> None:
    cause = UUID(int=7)

    assert derived_id("agreement", cause) == derived_id("agreement", cause)


def test_parts_do_not_run_together() -> None:
    assert derived_id("ab", "c") != derived_id("a", "bc")
