"""Change a call that is still a draft."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from services.candidature.usecases.ports import Work
from shared.kit.expectation import expect


@dataclass(frozen=True, slots=True)
class ReviseCall:
    """`changes` holds new values by the name of their field in Terms."""

    call_id: UUID
    expected: int
    changes: Mapping[str, Any]


async def revise_call(command: ReviseCall, work: Work) -> int:
    """Change the terms; returns the new version."""
    async with work:
        call = await work.calls.get(command.call_id)
        expect(command.expected, of=call)
        revised = call.revise(replace(call.terms, **command.changes))
        return await work.calls.save(revised)
