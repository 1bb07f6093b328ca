"""Rounds, panels, candidatures and proposals as tests need them: valid by default, and invented."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from services.selection.domain.allocation import Bounds, Pair, Problem
from services.selection.domain.candidature import Candidature
from services.selection.domain.commune_round import CommuneRound, Status
from services.selection.domain.declaration import Interests
from services.selection.domain.panel import Member, Panel
from services.selection.domain.project_round import ProjectRound
from services.selection.domain.proposal import Proposal
from services.selection.domain.recommendation import Ballot, Ratification, Recommendation
from services.selection.domain.review import Mark, Review
from services.selection.usecases.open_commune_round import commune_round_id
from services.selection.usecases.open_project_round import project_round_id
from shared.events.candidature import CallClosed, Criterion
from shared.events.types import CallKind

CLOSED_AT = datetime(2024, 1, 12, 22, 59, 59, tzinfo=UTC)  # 12 January 2024, 23:59:59 in Paris
REVIEWED_AT = datetime(2024, 1, 22, 9, 0, tzinfo=UTC)
UNSEALED_AT = datetime(2024, 1, 29, 9, 0, tzinfo=UTC)
RECOMMENDED_AT = datetime(2024, 1, 30, 9, 0, tzinfo=UTC)
DELIBERATED_ON = date(2024, 2, 6)
RATIFIED_AT = datetime(2024, 2, 6, 15, 0, tzinfo=UTC)
ANNOUNCED_AT = datetime(2024, 2, 7, 9, 0, tzinfo=UTC)

CALL = UUID(int=0xCA11)
PROJECT_CALL = UUID(int=0xCA12)
ROUND = commune_round_id(CALL)
PROJECT_ROUND = project_round_id(PROJECT_CALL)
WAVE_COMMUNES = ("93001", "91027", "94033")

CRITERIA = (
    Criterion(code="challenge", label="La pertinence du défi et du secteur", weight=3),
    Criterion(code="policies", label="La cohérence des politiques publiques avec la démarche", weight=2),
    Criterion(code="resources", label="La capacité à mobiliser les ressources", weight=2),
    Criterion(code="teams", label="La disponibilité des équipes", weight=2),
    Criterion(code="partners", label="La diversité des partenaires locaux", weight=1),
)


def person(number: int) -> UUID:
    """The nth person on a panel."""
    return UUID(int=0xBE0000 + number)


def file(number: int) -> UUID:
    """The nth candidature, or the nth proposal."""
    return UUID(int=0xF1000000 + number)


CHAIR, MEMBER, OTHER = person(1), person(2), person(3)


def a_panel() -> Panel:
    """The chair, from the Métropole; a member from the operator; a partner expert."""
    return Panel(
        (
            Member(CHAIR, "metropole-grand-paris", chair=True),
            Member(MEMBER, "paris-and-co"),
            Member(OTHER, "institut-paris-region"),
        )
    )


def a_round(status: Status = Status.REVIEWING, **changes: Any) -> CommuneRound:
    """A commune round of edition 2, with a panel of three, under review unless told otherwise."""
    round_ = CommuneRound(
        id=ROUND,
        call_id=CALL,
        edition=2,
        criteria=CRITERIA,
        scale_max=5,
        quota=4,
        opened_at=CLOSED_AT,
        status=status,
        panel=a_panel(),
    )
    return replace(round_, **changes)


def a_candidature(number: int = 1, commune: str = "93001", **changes: Any) -> Candidature:
    """An admitted dossier."""
    return replace(Candidature(file(number), CALL, 2, commune, CLOSED_AT), **changes)


def clear(member_id: UUID = MEMBER, candidature: Candidature | None = None) -> Interests:
    """A member without any conflict with a file."""
    return Interests(ROUND, (candidature or a_candidature()).id, member_id, same_body=False, declared=None)


def marks(*scores: int | None, criteria: Sequence[Criterion] = CRITERIA) -> dict[str, Mark]:
    """One mark per criterion, in order, None where it does not apply."""
    return {c.code: Mark(score, "Justifié.") for c, score in zip(criteria, scores, strict=True)}


def a_review(candidature: int, member_id: UUID, *scores: int | None) -> Review:
    """A submitted review."""
    return Review(ROUND, file(candidature), member_id, 1, marks(*scores), REVIEWED_AT)


def a_ballot(selected: Sequence[int], waitlisted: Sequence[int] = (), not_selected: Sequence[int] = ()) -> Ballot:
    """The nth candidatures in each list, each with a reason."""
    named = [file(number) for number in (*selected, *waitlisted, *not_selected)]
    return Ballot(
        selected=tuple(map(file, selected)),
        waitlisted=tuple(map(file, waitlisted)),
        not_selected=tuple(map(file, not_selected)),
        reasons=dict.fromkeys(named, ("Motif inventé.",)),
    )


def a_recommendation(ballot: Ballot | None = None, **changes: Any) -> Recommendation:
    """One selected, one waitlisted, one not selected, by the whole panel."""
    ballot = ballot or a_ballot([1], [2], [3])
    named = (*ballot.selected, *ballot.waitlisted, *ballot.not_selected)
    recommendation = Recommendation(ballot.places(named), (CHAIR, MEMBER, OTHER), "CR-2024-01-30", None, RECOMMENDED_AT)
    return replace(recommendation, **changes)


def a_ratification(**changes: Any) -> Ratification:
    """By the Bureau, on 6 February 2024, announced the next morning."""
    ratification = Ratification("Bureau métropolitain", "BM2024/02/06/10", DELIBERATED_ON, ANNOUNCED_AT, RATIFIED_AT)
    return replace(ratification, **changes)


def a_ratified_round(**changes: Any) -> CommuneRound:
    """A round that only waits for its announcement."""
    decided = {"recommendation": a_recommendation(), "ratification": a_ratification()}
    return a_round(**{"status": Status.RATIFIED, **decided, **changes})


def a_project_round(**changes: Any) -> ProjectRound:
    """Wave 1 of edition 2: three communes, 6 to 8 projects each."""
    round_ = ProjectRound(
        id=PROJECT_ROUND,
        call_id=PROJECT_CALL,
        edition=2,
        wave=1,
        communes=WAVE_COMMUNES,
        scale_max=5,
        projects_min=6,
        projects_max=8,
        opened_at=CLOSED_AT,
        panel=a_panel(),
    )
    return replace(round_, **changes)


def a_proposal(number: int = 1, **changes: Any) -> Proposal:
    """An admitted proposal that would rather go to the first commune of the wave."""
    proposal = Proposal(
        id=file(number),
        call_id=PROJECT_CALL,
        edition=2,
        wave=1,
        title=f"Projet inventé {number}",
        holder_id=f"siret:{number:014d}",
        ranked_communes=("93001",),
        admitted_at=CLOSED_AT,
    )
    return replace(proposal, **changes)


def a_problem(
    values: Sequence[Sequence[int]], bounds: Bounds | None = None, *, frozen: Any = (), incompatible: Any = ()
) -> Problem:
    """One row per proposal, one column per commune; pairs are given by their (row, column)."""
    proposals = tuple(file(row) for row in range(len(values)))
    communes = tuple(f"930{column:02d}" for column in range(len(values[0]) if values else 3))
    pairs = {Pair(p, c): values[i][j] for i, p in enumerate(proposals) for j, c in enumerate(communes)}

    def named(cells: Any) -> frozenset[Pair]:
        return frozenset(Pair(proposals[row], communes[column]) for row, column in cells)

    return Problem(communes, proposals, pairs, bounds or Bounds(), named(frozen), named(incompatible))


def a_call_closed(kind: CallKind = CallKind.EXPRESSION_OF_INTEREST, **changes: Any) -> CallClosed:
    """The closing of the commune call of edition 2, or of its first project call."""
    project = kind is CallKind.PROJECT
    closed = CallClosed(
        call_id=PROJECT_CALL if project else CALL,
        edition=2,
        kind=kind,
        wave=1 if project else None,
        closed_at=CLOSED_AT,
        submitted=8,
        quota=None if project else 4,
        criteria=CRITERIA,
        scale_max=5,
        projects_min=6 if project else None,
        projects_max=8 if project else None,
        communes=WAVE_COMMUNES if project else (),
    )
    return closed.model_copy(update=changes)
