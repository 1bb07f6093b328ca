"""The two stores of a service, in memory and in PostgreSQL: a module that names them in STORES tests both alike."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from shared.kit.database import Database
from shared.kit.provenance import Provenance


@dataclass(frozen=True, slots=True)
class Stores:
    """How to make an empty store in memory, and units of work on each."""

    service: str
    memory: Callable[[], Any]
    in_memory: Callable[[Any], Any]
    in_postgresql: Callable[[Database, Provenance], Any]
