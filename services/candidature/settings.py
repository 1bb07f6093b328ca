"""What the processes of this service need to know."""

from typing import Literal

from shared.kit import settings


class Settings(settings.Settings):
    """Documents are stored, so the place is mandatory."""

    service: Literal["candidature"] = "candidature"
    documents: str
