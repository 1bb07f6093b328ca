"""What every answer must be, whatever was asked: never a fault of ours, as documented, a problem when it refuses."""

import re
from collections.abc import Iterator
from typing import Any

import schemathesis.checks
from schemathesis import Response
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi import checks

from tests.integration.fuzz.cases import Request

PROBLEM = frozenset({"type", "title", "status", "detail", "instance", "errors", "request_id"})
_TYPE = re.compile(r"urn:qmi:problem:[a-z]+(-[a-z]+)*")
# What only the inside of a process looks like.
_INSIDE = re.compile(
    r"Traceback|asyncpg|\.py\b|File \"|SELECT |INSERT |UPDATE |postgres|pydantic|duplicate key", re.ASCII
)
_CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
    checks.allow_header_conformance,
]


def faults(case: Request, response: Response) -> Iterator[str]:
    """What is wrong with an answer, one line each."""
    try:
        case.validate_response(response, checks=_CHECKS)
    except FailureGroup as failures:
        for failure in failures.exceptions:
            yield " ".join(f"{type(failure).__name__}: {failure}".split())[:400]
    if response.status_code >= 400 and case.method != "HEAD":
        yield from faults_of_a_problem(response)


def faults_of_a_problem(response: Response) -> Iterator[str]:
    """Why a refusal is not the problem it should be (RFC 9457, and nothing of our inside)."""
    media_type = response.headers.get("content-type", [""])[0]
    if media_type != "application/problem+json":
        yield f"a refusal as {media_type or 'nothing'}"
        return
    problem: dict[str, Any] = response.json()
    if missing := PROBLEM - problem.keys():
        yield f"a problem without {', '.join(sorted(missing))}"
        return
    if problem["status"] != response.status_code:
        yield f"a problem of status {problem['status']} in an answer {response.status_code}"
    if not _TYPE.fullmatch(problem["type"]) or not problem["title"] or not problem["detail"]:
        yield f"a problem that says too little: {problem}"
    if problem["request_id"] != response.headers.get("x-request-id", [""])[0]:
        yield "a problem whose request_id is not that of the answer"
    told = [problem["title"], problem["detail"], *(error["message"] for error in problem["errors"])]
    if shown := next((text for text in told if _INSIDE.search(text)), None):
        yield f"a problem that shows our inside: {shown[:200]}"
