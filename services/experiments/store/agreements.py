"""The agreements, in the table `agreements`; their signatures in `signatures`."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg

from services.experiments.domain.agreement import Agreement, Award, FixedText, Status
from services.experiments.domain.errors import AgreementNotFound
from services.experiments.domain.signature import Signature
from services.experiments.store.codecs import AUTHORITY, PARTY, TERMS, to_json
from shared.kit.access import Scope
from shared.kit.database import Connection
from shared.kit.refusals import Stale

_INSERT = """
INSERT INTO agreements (id, version, status, terms, text_content, text_digest, sent_at, overdue, in_force_from,
    abandoned_for, edition, commune, commune_party, candidature_id, deliberation_number, deliberation_date,
    announced_at, due_on)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
"""
_UPDATE = """
UPDATE agreements SET version = version + 1, status = $3, terms = $4, text_content = $5, text_digest = $6, sent_at = $7,
    overdue = $8, in_force_from = $9, abandoned_for = $10
WHERE id = $1 AND version = $2 RETURNING version
"""


class SqlAgreements:
    """The agreements of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, agreement_id: UUID, scope: Scope) -> Agreement:
        """One of them, to change; AgreementNotFound when not there or outside the scope."""
        agreement = await self.find(agreement_id)
        if agreement is None or not scope.includes(agreement.commune):
            raise AgreementNotFound(agreement_id)
        return agreement

    async def find(self, agreement_id: UUID) -> Agreement | None:
        """One of them, to change, if it exists."""
        rows = await self._connection.fetch("SELECT * FROM agreements WHERE id = $1 FOR UPDATE", agreement_id)
        return next(iter(await agreements_of(self._connection, rows)), None)

    async def standing(self, agreement_id: UUID) -> Status | None:
        """Where it stands now, without holding it; None when there is none."""
        status = await self._connection.fetchval("SELECT status FROM agreements WHERE id = $1", agreement_id)
        return Status(status) if status else None

    async def drafts_of(self, edition: int) -> list[Agreement]:
        """Those of an edition that nobody has received yet, to change."""
        rows = await self._connection.fetch(
            "SELECT * FROM agreements WHERE edition = $1 AND status = 'draft' ORDER BY commune FOR UPDATE", edition
        )
        return await agreements_of(self._connection, rows)

    async def add(self, agreement: Agreement) -> None:
        """A new agreement."""
        award = agreement.award
        await self._connection.execute(
            _INSERT,
            *_state(agreement),
            *(agreement.edition, agreement.commune, to_json(PARTY, agreement.commune_party), award.candidature_id),
            *(award.deliberation_number, award.deliberation_date, award.announced_at, agreement.due_on),
        )

    async def save(self, agreement: Agreement) -> int:
        """A changed agreement; returns its new version, or raises Stale."""
        version: int | None = await self._connection.fetchval(_UPDATE, *_state(agreement))
        if version is None:
            raise Stale
        await self._connection.executemany(
            "INSERT INTO signatures (agreement_id, rank, party, authority, signed_on, place, recorded_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
            [
                (agreement.id, rank, s.party, to_json(AUTHORITY, s.authority), s.signed_on, s.place, s.recorded_at)
                for rank, s in enumerate(agreement.signatures, 1)
            ],
        )
        return version


async def agreements_of(connection: Connection, rows: Sequence[asyncpg.Record]) -> list[Agreement]:
    """The agreements of these rows, with their signatures, read after the rows were held."""
    signatures = await connection.fetch(
        "SELECT * FROM signatures WHERE agreement_id = ANY($1::uuid[]) ORDER BY rank",
        [row["id"] for row in rows],
    )
    return [_agreement(row, [s for s in signatures if s["agreement_id"] == row["id"]]) for row in rows]


def _agreement(row: asyncpg.Record, signatures: Sequence[asyncpg.Record]) -> Agreement:
    return Agreement(
        id=row["id"],
        edition=row["edition"],
        commune=row["commune"],
        commune_party=PARTY.validate_python(row["commune_party"]),
        award=Award(
            candidature_id=row["candidature_id"],
            deliberation_number=row["deliberation_number"],
            deliberation_date=row["deliberation_date"],
            announced_at=row["announced_at"],
        ),
        terms=TERMS.validate_python(row["terms"]),
        due_on=row["due_on"],
        status=Status(row["status"]),
        text=FixedText(row["text_content"], row["text_digest"]) if row["text_digest"] else None,
        sent_at=row["sent_at"],
        signatures=tuple(_signature(signature) for signature in signatures),
        overdue=row["overdue"],
        in_force_from=row["in_force_from"],
        abandoned_for=row["abandoned_for"],
        version=row["version"],
    )


def _signature(row: asyncpg.Record) -> Signature:
    authority = AUTHORITY.validate_python(row["authority"])
    return Signature(row["party"], authority, row["signed_on"], row["place"], row["recorded_at"])


def _state(agreement: Agreement) -> tuple[Any, ...]:
    text = agreement.text
    return (
        *(agreement.id, agreement.version, agreement.status, to_json(TERMS, agreement.terms)),
        *(text.content if text else None, text.digest if text else None, agreement.sent_at, agreement.overdue),
        *(agreement.in_force_from, agreement.abandoned_for),
    )
