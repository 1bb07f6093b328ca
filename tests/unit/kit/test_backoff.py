"""How long a failed message waits."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as some

from shared.kit.park import Backoff


@given(attempt=some.integers(min_value=1, max_value=50))
def test_a_delay_is_between_half_and_the_whole_of_the_capped_exponential(attempt: int) -> None:
    whole = min(600.0, 0.5 * 3.0 ** (attempt - 1))

    assert timedelta(seconds=whole / 2) <= Backoff().delay(attempt) <= timedelta(seconds=whole)
