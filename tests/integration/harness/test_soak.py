"""Memory that grows is told from memory that is warm."""

from tests.faults.soak import Memory, flat


def test_a_process_that_warms_up_and_stays_is_flat() -> None:
    assert flat(Memory([40.0, 55.0, 60.0, 61.0, 61.5, 61.0, 61.2, 61.4, 61.3]))


def test_a_process_that_goes_on_growing_is_not() -> None:
    growing = Memory([50.0 + 2 * n for n in range(30)])

    assert growing.growth == 20.0
    assert not flat(growing)
