"""The HTTP side of the kit: one factory, the dependencies of routes, and the shapes they share."""

from shared.kit.api.app import create_api_app, routes_without_rule
from shared.kit.api.dates import Day, Instant
from shared.kit.api.deps import (
    Documents,
    IfMatch,
    Now,
    Once,
    Paging,
    Who,
    Within,
    Work,
    etag,
    requires,
)
from shared.kit.api.models import Created, Line, Page, Paragraph, Reason, StrictModel, View, text
from shared.kit.api.problems import Problem, problems
from shared.kit.api.routes import router
from shared.kit.api.uploads import Upload, UploadedFile

__all__ = [
    "Created",
    "Day",
    "Documents",
    "IfMatch",
    "Instant",
    "Line",
    "Now",
    "Once",
    "Page",
    "Paging",
    "Paragraph",
    "Problem",
    "Reason",
    "StrictModel",
    "Upload",
    "UploadedFile",
    "View",
    "Who",
    "Within",
    "Work",
    "create_api_app",
    "etag",
    "problems",
    "requires",
    "router",
    "routes_without_rule",
    "text",
]
