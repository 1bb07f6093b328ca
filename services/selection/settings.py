"""What the processes of this service need to know."""

from typing import Literal

from shared.kit import settings


class Settings(settings.Settings):
    """Nothing beyond what every service needs."""

    service: Literal["selection"] = "selection"
