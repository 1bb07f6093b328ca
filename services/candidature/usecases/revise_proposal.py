"""Change a proposal that has not been sent."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from services.candidature.usecases.ports import Work
from shared.kit.access import Scope
from shared.kit.expectation import expect


@dataclass(frozen=True, slots=True)
class ReviseProposal:
    """`changes` holds new values by the name of their field in Pitch."""

    proposal_id: UUID
    changes: Mapping[str, Any]
    expected: int
    scope: Scope
    at: datetime


async def revise_proposal(command: ReviseProposal, work: Work) -> int:
    """Change what it says; returns its new version."""
    async with work:
        proposal = await work.proposals.get(command.proposal_id, command.scope)
        call = await work.calls.read(proposal.call_id)
        revised = proposal.revise(call, replace(proposal.pitch, **command.changes), at=command.at)
        if revised == proposal:
            return proposal.version
        expect(command.expected, of=proposal)
        return await work.proposals.save(revised)
