"""Let an admitted candidature into the examination of its call."""

from dataclasses import dataclass

from services.selection.domain.candidature import Candidature
from services.selection.domain.errors import AdmittedTooLate
from services.selection.usecases.ports import Work


@dataclass(frozen=True, slots=True)
class AdmitCandidature:
    """The candidature service says that this dossier may be examined."""

    candidature: Candidature


async def admit_candidature(command: AdmitCandidature, work: Work) -> None:
    """Before the call closes or after, until the committee has recommended."""
    async with work:
        round_ = await work.commune_rounds.of_call(command.candidature.call_id)
        if round_ is not None and not round_.admits:
            raise AdmittedTooLate
        await work.candidatures.add(command.candidature)
