"""A slow, endless second look at the chain while the worker runs: tampering is said within a minute at its end."""

import time

import structlog

from shared.kit import audit_store
from shared.kit.audit_chain import Head, entry_of, genesis, link_hash
from shared.kit.database import Connection
from shared.kit.telemetry import AUDIT_BROKEN

log = structlog.get_logger(__name__)

_EVERY = 5.0
_PAGE = 200
_SAID = 100


class Watch:
    """Compares the end of the chain with what this process knows, then reads on, one page, from where it was."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._at = genesis(service)
        self._looked_at = 0.0
        self._said: set[tuple[str, int]] = set()

    async def look(self, connection: Connection, head: Head) -> None:
        """Every five seconds: the end of the chain, its last page, and one page of history."""
        if time.monotonic() - self._looked_at < _EVERY or not head.sequence:
            return
        self._looked_at = time.monotonic()
        if await audit_store.hash_at(connection, head.sequence) != head.chain_hash:
            self._alarm("head", head.sequence)
        await self._tail(connection, head)
        self._at = await self._page(connection, self._at, _PAGE)

    async def _tail(self, connection: Connection, head: Head) -> None:
        before = max(0, head.sequence - _PAGE)
        known = await audit_store.hash_at(connection, before) if before else genesis(self._service).chain_hash
        if known is None:
            self._alarm("seal", before)
        else:
            await self._page(connection, Head(before, known), _PAGE)

    async def _page(self, connection: Connection, at: Head, limit: int) -> Head:
        """Read a page of seals after `at`; where to go on, the beginning again at the end."""
        page = await audit_store.sealed_after(connection, at.sequence, limit)
        for seal, row in page:
            due = link_hash(at.chain_hash, at.sequence + 1, seal.entry, seal.settled, seal.sealed_at)
            if seal.chain_hash != due:
                self._alarm("seal", seal.sequence)
            if row is None or entry_of(row) != seal.entry:
                self._alarm("row", seal.sequence)
            at = Head(seal.sequence, seal.chain_hash)
        return at if page else genesis(self._service)

    def _alarm(self, what: str, sequence: int) -> None:
        AUDIT_BROKEN.set(1)
        if (what, sequence) in self._said or len(self._said) >= _SAID:
            return
        self._said.add((what, sequence))
        log.critical("audit_broken", service=self._service, what=what, sequence=sequence)
