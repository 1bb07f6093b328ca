"""What an experiment gathers before its launch: protocol, site, resources."""

from uuid import UUID

from fastapi import Response

from services.experiments.api.deps import Work
from services.experiments.api.experiment_models import ResourceBody, SiteBody
from services.experiments.api.protocol_models import ProtocolBody, ProtocolsView, ProtocolView
from services.experiments.domain.errors import ProtocolNotFound
from services.experiments.usecases.choose_site import ChooseSite, choose_site
from services.experiments.usecases.grant_resource import GrantResource, grant_resource
from services.experiments.usecases.register_protocol import RegisterProtocol, register_protocol
from services.experiments.usecases.request_resource import RequestResource, request_resource
from services.experiments.usecases.withdraw_request import WithdrawRequest, withdraw_request
from shared.kit.api import Created, IfMatch, Now, Once, Within, etag, problems, requires, router
from shared.kit.identity import new_id

preparation = router("/v1/experiments/{experiment_id}", tags=["Préparation"])


@preparation.put(
    "/protocol",
    status_code=204,
    dependencies=[requires("experiment.register-protocol")],
    responses=problems(404, 409, 412, 428),
)
async def register(
    experiment_id: UUID, body: ProtocolBody, expected: IfMatch, work: Work, within: Within, now: Now, response: Response
) -> None:
    """Register the evaluation protocol, or a new version of it, before the launch."""
    command = RegisterProtocol(experiment_id, body.protocol(), expected, within, at=now)
    etag(response, await register_protocol(command, work))


@preparation.get("/protocol", dependencies=[requires("experiment.read")], responses=problems(404))
async def show_protocol(experiment_id: UUID, work: Work, within: Within) -> ProtocolView:
    """Show the protocol in its latest version: the one the experiment is judged by."""
    async with work:
        for registered in await work.views.protocols(experiment_id, within):
            return ProtocolView.of(registered)
    raise ProtocolNotFound


@preparation.get("/protocol/versions", dependencies=[requires("experiment.read")], responses=problems(404))
async def show_versions(experiment_id: UUID, work: Work, within: Within) -> ProtocolsView:
    """Show every version of the protocol, the latest first."""
    async with work:
        registered = await work.views.protocols(experiment_id, within)
    return ProtocolsView(versions=tuple(ProtocolView.of(version) for version in registered))


@preparation.put(
    "/site",
    status_code=204,
    dependencies=[requires("experiment.choose-site")],
    responses=problems(404, 409, 412, 428),
)
async def choose(
    experiment_id: UUID, body: SiteBody, expected: IfMatch, work: Work, within: Within, now: Now, response: Response
) -> None:
    """Choose the site and its host, before the launch."""
    command = ChooseSite(experiment_id, body.site(), expected, within, at=now)
    etag(response, await choose_site(command, work))


@preparation.post(
    "/resources",
    status_code=201,
    dependencies=[requires("experiment.request-resource")],
    responses=problems(404, 409),
)
async def request(experiment_id: UUID, body: ResourceBody, work: Work, within: Within, now: Now, once: Once) -> Created:
    """Request a resource of the commune."""
    created = Created(id=new_id())
    once.answers(work, created)
    await request_resource(RequestResource(experiment_id, body.request(created.id, now), within), work)
    return created


@preparation.post(
    "/resources/{request_id}/grant",
    status_code=204,
    dependencies=[requires("experiment.grant-resource")],
    responses=problems(404, 409),
)
async def grant(
    experiment_id: UUID, request_id: UUID, work: Work, within: Within, now: Now, response: Response
) -> None:
    """Grant a resource, on behalf of the commune."""
    etag(response, await grant_resource(GrantResource(experiment_id, request_id, within, at=now), work))


@preparation.post(
    "/resources/{request_id}/withdrawal",
    status_code=204,
    dependencies=[requires("experiment.withdraw-request")],
    responses=problems(404, 409),
)
async def withdraw(
    experiment_id: UUID, request_id: UUID, work: Work, within: Within, now: Now, response: Response
) -> None:
    """Withdraw a resource request that is not needed any more."""
    etag(response, await withdraw_request(WithdrawRequest(experiment_id, request_id, within, at=now), work))
