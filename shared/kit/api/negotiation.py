"""What the client sends and what it accepts, compared with what the route speaks."""

from collections.abc import Mapping
from email.message import Message
from functools import lru_cache

from fastapi import Request

from shared.kit.api.problems import ProblemError

_ACCEPT_HEADER = {"POST": "Accept-Post", "PATCH": "Accept-Patch"}


@lru_cache(maxsize=64)
def media_type_of(header: str) -> tuple[str, Mapping[str, str]]:
    """A Content-Type as its lower-case media type and its parameters."""
    message = Message()
    message["content-type"] = header
    parameters = message.get_params(failobj=[], header="content-type")[1:]
    return message.get_content_type(), {name.lower(): value.lower() for name, value in parameters}


def require_json(request: Request) -> None:
    """415 unless the body is JSON in UTF-8, not compressed (bad-input 3)."""
    header = request.headers.get("content-type", "")
    media_type, parameters = media_type_of(header) if header else ("", {})
    if media_type != "application/json" or parameters.get("charset", "utf-8") != "utf-8":
        raise unsupported(request, "application/json")
    if request.headers.get("content-encoding", "identity") != "identity":
        raise ProblemError("unsupported-media-type", "Le corps ne doit pas être compressé.")


def unsupported(request: Request, *accepted: str) -> ProblemError:
    """415, with what would have been accepted."""
    name = _ACCEPT_HEADER.get(request.method, "Accept")
    return ProblemError(
        "unsupported-media-type",
        f"Content-Type attendu : {' ou '.join(accepted)}.",
        headers={name: ", ".join(accepted)},
    )


def require_acceptable(request: Request, media_type: str | None) -> None:
    """406 when the client accepts nothing of what the route answers (bad-input 4); a route of files answers any."""
    accepted = ",".join(request.headers.getlist("accept"))
    if not accepted.strip() or media_type is None:
        return
    if not any(_matches(one, media_type) for one in accepted.split(",")):
        raise ProblemError("not-acceptable", f"Format disponible : {media_type}.")


def _matches(one: str, media_type: str) -> bool:
    wanted, *parameters = (part.strip().lower() for part in one.split(";"))
    if any(parameter.replace(" ", "") in {"q=0", "q=0.0", "q=0.00", "q=0.000"} for parameter in parameters):
        return False
    family = media_type.split("/", 1)[0]
    return wanted in {"*/*", f"{family}/*", media_type}
