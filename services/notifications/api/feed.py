"""The facts of the programme for partner systems, over HTTP."""

from typing import Any
from urllib.parse import urlencode

import orjson
from fastapi import Request, Response

from services.notifications.api.deps import Work
from shared.kit.api import Paging, requires, router

BATCH = "application/cloudevents-batch+json"

feed = router("/v1/feed", tags=["Flux partenaires"])

_EVENT: dict[str, Any] = {
    "type": "object",
    "required": ["specversion", "id", "source", "type", "subject", "time", "data"],
    "properties": {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "format": "uuid"},
        "source": {"type": "string", "examples": ["urn:qmi:service:selection"]},
        "type": {"type": "string", "examples": ["fr.metropolegrandparis.qmi.commune-selected.v1"]},
        "subject": {"type": "string", "format": "uuid"},
        "time": {"type": "string", "format": "date-time"},
        "dataschema": {"type": "string"},
        "datacontenttype": {"const": "application/json"},
        "sequence": {"type": "string", "description": "Rang dans l'histoire du sujet, complété par des zéros."},
        "correlationid": {"type": "string", "format": "uuid"},
        "data": {"type": "object"},
    },
}


class CloudEventsBatch(Response):
    """A batch of CloudEvents 1.0 in JSON."""

    media_type = BATCH


@feed.get(
    "",
    dependencies=[requires("feed.read")],
    response_class=CloudEventsBatch,
    responses={
        200: {
            "description": "Les faits suivants, dans l'ordre ; une liste vide quand il n'y a rien de nouveau.",
            "content": {BATCH: {"schema": {"type": "array", "items": _EVENT}}},
            "headers": {
                "Link": {
                    "description": '`rel="next"` : où reprendre, même après une liste vide.',
                    "schema": {"type": "string"},
                }
            },
        }
    },
)
async def follow_feed(request: Request, work: Work, paging: Paging) -> Response:
    """Read the public facts from the beginning, or from a cursor; always in the same order, never skipping one."""
    after = int(paging.after[0]) if paging.after else 0
    async with work:
        items = await work.views.feed(after=after, limit=paging.limit)
    cursor = paging.sign((items[-1].position if items else after,))
    following = f"{request.url.path}?{urlencode({'cursor': cursor, 'limit': paging.limit})}"
    body = orjson.dumps([dict(item.cloudevent) for item in items])
    return CloudEventsBatch(body, headers={"Link": f'<{following}>; rel="next"'})
