"""The experiments, in `experiments`; versions of their protocols in `protocols`, and `resource_requests`."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg

from services.experiments.domain.errors import ExperimentNotFound
from services.experiments.domain.experiment import Allocation, Experiment
from services.experiments.domain.lifecycle import Status
from services.experiments.domain.preparation import Preparation
from services.experiments.domain.protocol import RegisteredProtocol
from services.experiments.domain.resource import RequestStatus, ResourceRequest
from services.experiments.store.codecs import EVALUATION, PROTOCOL, SITE, to_json
from shared.events.types import ResourceKind
from shared.kit.access import Scope
from shared.kit.database import Connection
from shared.kit.refusals import Stale

_INSERT = """
INSERT INTO experiments (id, version, status, site, launched_at, ended_at, reason, evaluation, evaluated_at,
    proposal_id, edition, wave, commune, title, holder_id, planned_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
"""
_UPDATE = """
UPDATE experiments SET version = version + 1, status = $3, site = $4, launched_at = $5, ended_at = $6, reason = $7,
    evaluation = $8, evaluated_at = $9
WHERE id = $1 AND version = $2 RETURNING version
"""


class SqlExperiments:
    """The experiments of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, experiment_id: UUID, scope: Scope) -> Experiment:
        """One of them, to change; ExperimentNotFound when not there or outside the scope."""
        experiment = await self.find(experiment_id)
        if experiment is None or not visible(experiment, scope):
            raise ExperimentNotFound(experiment_id)
        return experiment

    async def find(self, experiment_id: UUID) -> Experiment | None:
        """One of them, to change, if it exists."""
        rows = await self._connection.fetch("SELECT * FROM experiments WHERE id = $1 FOR UPDATE", experiment_id)
        return next(iter(await experiments_of(self._connection, rows)), None)

    async def of_commune(self, edition: int, commune: str) -> list[Experiment]:
        """All those of a commune in an edition, to change, in a fixed order so that two transactions do not embrace."""
        rows = await self._connection.fetch(
            "SELECT * FROM experiments WHERE edition = $1 AND commune = $2 ORDER BY id FOR UPDATE", edition, commune
        )
        return await experiments_of(self._connection, rows)

    async def add(self, experiment: Experiment) -> None:
        """A new experiment."""
        allocation = experiment.allocation
        await self._connection.execute(
            _INSERT,
            *_state(experiment),
            *(allocation.proposal_id, allocation.edition, allocation.wave, allocation.commune, allocation.title),
            *(allocation.holder_id, experiment.planned_at),
        )
        await self._keep_preparation(experiment)

    async def save(self, experiment: Experiment) -> int:
        """A changed experiment; returns its new version, or raises Stale."""
        version: int | None = await self._connection.fetchval(_UPDATE, *_state(experiment))
        if version is None:
            raise Stale
        await self._keep_preparation(experiment)
        return version

    async def _keep_preparation(self, experiment: Experiment) -> None:
        protocol = experiment.preparation.protocol
        if protocol is not None:
            await self._connection.execute(
                "INSERT INTO protocols (experiment_id, version, content, digest, registered_at)"
                " VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
                *(experiment.id, protocol.version, to_json(PROTOCOL, protocol.protocol), protocol.digest),
                protocol.registered_at,
            )
        await self._connection.executemany(
            "INSERT INTO resource_requests (id, experiment_id, kind, description, requested_at, status, answered_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO UPDATE SET status = $6, answered_at = $7",
            [
                (r.id, experiment.id, r.kind, r.description, r.requested_at, r.status, r.answered_at)
                for r in experiment.preparation.resources
            ],
        )


def visible(experiment: Experiment, scope: Scope) -> bool:
    """Whether it is tested in the commune in scope, or carried by the holder in scope."""
    return scope.includes(experiment.allocation.commune) or scope.includes(experiment.allocation.holder_id)


async def experiments_of(connection: Connection, rows: Sequence[asyncpg.Record]) -> list[Experiment]:
    """The experiments of these rows, with what they gathered, read after the rows were held."""
    ids = [row["id"] for row in rows]
    protocols = await connection.fetch(
        "SELECT DISTINCT ON (experiment_id) * FROM protocols WHERE experiment_id = ANY($1::uuid[])"
        " ORDER BY experiment_id, version DESC",
        ids,
    )
    requests = await connection.fetch(
        "SELECT * FROM resource_requests WHERE experiment_id = ANY($1::uuid[]) ORDER BY requested_at, id", ids
    )
    latest = {row["experiment_id"]: protocol_of(row) for row in protocols}
    return [
        _experiment(row, latest.get(row["id"]), [r for r in requests if r["experiment_id"] == row["id"]])
        for row in rows
    ]


def protocol_of(row: asyncpg.Record) -> RegisteredProtocol:
    """A version of a protocol from its row."""
    content = PROTOCOL.validate_python(row["content"])
    return RegisteredProtocol(row["version"], content, row["digest"], row["registered_at"])


def allocation_of(row: asyncpg.Record) -> Allocation:
    """The decision an experiment rests on, from its row."""
    return Allocation(
        proposal_id=row["proposal_id"],
        edition=row["edition"],
        wave=row["wave"],
        commune=row["commune"],
        title=row["title"],
        holder_id=row["holder_id"],
    )


def _experiment(
    row: asyncpg.Record, protocol: RegisteredProtocol | None, requests: Sequence[asyncpg.Record]
) -> Experiment:
    site = SITE.validate_python(row["site"]) if row["site"] else None
    return Experiment(
        id=row["id"],
        allocation=allocation_of(row),
        planned_at=row["planned_at"],
        status=Status(row["status"]),
        preparation=Preparation(protocol, site, tuple(_request(request) for request in requests)),
        launched_at=row["launched_at"],
        ended_at=row["ended_at"],
        reason=row["reason"],
        evaluation=EVALUATION.validate_python(row["evaluation"]) if row["evaluation"] else None,
        evaluated_at=row["evaluated_at"],
        version=row["version"],
    )


def _request(row: asyncpg.Record) -> ResourceRequest:
    return ResourceRequest(
        id=row["id"],
        kind=ResourceKind(row["kind"]),
        description=row["description"],
        requested_at=row["requested_at"],
        status=RequestStatus(row["status"]),
        answered_at=row["answered_at"],
    )


def _state(experiment: Experiment) -> tuple[Any, ...]:
    return (
        *(experiment.id, experiment.version, experiment.status, to_json(SITE, experiment.preparation.site)),
        *(experiment.launched_at, experiment.ended_at, experiment.reason),
        *(to_json(EVALUATION, experiment.evaluation), experiment.evaluated_at),
    )
