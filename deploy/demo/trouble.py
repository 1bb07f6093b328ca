"""What can go wrong while the demo plays, said in French."""

from dataclasses import dataclass
from typing import Any

import httpx

from deploy.stack.trouble import Trouble


class DemoFailed(Trouble):
    """The demo cannot go on; the text says where and why."""


@dataclass(frozen=True, slots=True)
class Problem:
    """An answer in application/problem+json (RFC 9457); `slug` ends its type."""

    status: int
    slug: str
    title: str
    detail: str
    errors: tuple[str, ...]

    @classmethod
    def of(cls, answer: httpx.Response) -> "Problem":
        """Read a refusal, however little it says."""
        try:
            body: dict[str, Any] = answer.json()
        except ValueError:
            body = {}
        return cls(
            status=answer.status_code,
            slug=str(body.get("type", "")).rpartition(":")[2],
            title=str(body.get("title", answer.reason_phrase)),
            detail=str(body.get("detail", "")),
            errors=tuple(str(error.get("message", "")) for error in body.get("errors", ())),
        )


class Refused(DemoFailed):
    """The platform refused a request that the script expected to pass."""

    def __init__(self, method: str, path: str, problem: Problem) -> None:
        self.problem = problem
        said = " ; ".join((problem.detail, *problem.errors)).strip(" ;")
        super().__init__(f"{method} {path} : {problem.status} {problem.title} ({problem.slug}). {said}")
