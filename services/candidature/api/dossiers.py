"""The parts of a draft dossier: form, team, sectors, supports, sharing."""

from uuid import UUID

from fastapi import Response

from services.candidature.api.candidature_models import FormPatch, SectorBody, SharingBody, SupportBody, TeamBody
from services.candidature.api.deps import Editing, Work
from services.candidature.usecases.add_support import AddSupport, add_support
from services.candidature.usecases.describe_sector import DescribeSector, describe_sector
from services.candidature.usecases.drop_sector import DropSector, drop_sector
from services.candidature.usecases.drop_support import DropSupport, drop_support
from services.candidature.usecases.name_team import NameTeam, name_team
from services.candidature.usecases.save_answers import SaveAnswers, save_answers
from services.candidature.usecases.share_candidature import ShareCandidature, share_candidature
from shared.kit.api import Created, IfMatch, Once, etag, problems, requires, router
from shared.kit.identity import new_id

dossiers = router("/v1/candidatures/{candidature_id}", tags=["Candidatures"])

_EDIT = [requires("candidature.edit")]
_PROBLEMS = problems(404, 409, 412, 428)


@dossiers.patch("/form", status_code=204, dependencies=_EDIT, responses=_PROBLEMS)
async def save(
    candidature_id: UUID, body: FormPatch, expected: IfMatch, work: Work, editor: Editing, response: Response
) -> None:
    """Keep some answers; the same request, repeated after a cut, succeeds again."""
    etag(response, await save_answers(SaveAnswers(candidature_id, body.answers, expected, editor), work))


@dossiers.put("/team", status_code=204, dependencies=_EDIT, responses=_PROBLEMS)
async def name(
    candidature_id: UUID, body: TeamBody, expected: IfMatch, work: Work, editor: Editing, response: Response
) -> None:
    """Name the team of the commune, among the contacts of its directory."""
    etag(response, await name_team(NameTeam(candidature_id, body.team(), expected, editor), work))


@dossiers.put("/sectors/{sector_id}", status_code=204, dependencies=_EDIT, responses=_PROBLEMS)
async def describe(
    candidature_id: UUID,
    sector_id: UUID,
    body: SectorBody,
    expected: IfMatch,
    work: Work,
    editor: Editing,
    response: Response,
) -> None:
    """Propose a sector, or describe it anew; its identifier is chosen by the caller."""
    command = DescribeSector(candidature_id, body.sector(sector_id), expected, editor)
    etag(response, await describe_sector(command, work))


@dossiers.delete("/sectors/{sector_id}", status_code=204, dependencies=_EDIT, responses=_PROBLEMS)
async def drop(
    candidature_id: UUID, sector_id: UUID, expected: IfMatch, work: Work, editor: Editing, response: Response
) -> None:
    """Propose a sector no more."""
    etag(response, await drop_sector(DropSector(candidature_id, sector_id, expected, editor), work))


@dossiers.post("/supports", status_code=201, dependencies=_EDIT, responses=problems(404, 409, 422))
async def support(candidature_id: UUID, body: SupportBody, work: Work, editor: Editing, once: Once) -> Created:
    """Add the support of a local partner, shown by a document of the dossier."""
    created = Created(id=new_id())
    once.answers(work, created)
    await add_support(AddSupport(candidature_id, body.support(created.id), editor), work)
    return created


@dossiers.delete("/supports/{support_id}", status_code=204, dependencies=_EDIT, responses=_PROBLEMS)
async def give_up(
    candidature_id: UUID, support_id: UUID, expected: IfMatch, work: Work, editor: Editing, response: Response
) -> None:
    """Take a support out of the dossier."""
    etag(response, await drop_support(DropSupport(candidature_id, support_id, expected, editor), work))


@dossiers.put("/sharing", status_code=204, dependencies=_EDIT, responses=_PROBLEMS)
async def share(
    candidature_id: UUID, body: SharingBody, expected: IfMatch, work: Work, editor: Editing, response: Response
) -> None:
    """Share a draft with the programme team, or no longer."""
    etag(response, await share_candidature(ShareCandidature(candidature_id, body.shared, expected, editor), work))
