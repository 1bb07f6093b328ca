"""What the processes of this service need to know."""

from typing import Literal

from shared.kit import settings


class Settings(settings.Settings):
    """Those of every service."""

    service: Literal["experiments"] = "experiments"
