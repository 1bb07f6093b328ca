"""How long to wait before a mail is tried again, and when to give up."""

from datetime import timedelta

MOST_ATTEMPTS = 8
_FIRST = timedelta(seconds=30)
_LONGEST = timedelta(hours=4)


def wait_after(attempt: int, luck: float) -> timedelta:
    """The pause after failed attempt `attempt` (1, 2…): four times longer each time, capped, spread by `luck` (0 to 1).

    Between half and the whole of 30 s, 2 min, 8 min, 32 min, 2 h 08, 4 h, 4 h: about eleven hours in all.
    """
    whole = min(_LONGEST, _FIRST * float(4 ** min(attempt - 1, 10)))
    return whole * (0.5 + luck / 2)
