"""Where an experiment takes place, and who hosts it: the commune, or a partner on its land (R040)."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Site:
    """A place and its host; `host_agreed_on` is None as long as the host has not agreed."""

    name: str
    address: str | None
    host: str
    host_agreed_on: date | None
