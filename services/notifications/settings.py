"""What the processes of this service need to know."""

from typing import Annotated, Literal

from pydantic import Field

from shared.kit import settings


class Settings(settings.Settings):
    """Where mails leave from, over QMI_SMTP; `auto` uses STARTTLS when the server offers it."""

    service: Literal["notifications"] = "notifications"
    smtp: Annotated[str, Field(pattern=r"^(\[[0-9A-Fa-f:]+\]|[A-Za-z0-9._-]+):[0-9]{1,5}$")] = "127.0.0.1:1025"
    mail_from: Annotated[str, Field(pattern=r"^[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$")] = "qmi@example.org"
    smtp_tls: Literal["auto", "starttls", "tls"] = "auto"
    smtp_username: str | None = None
    smtp_password: Annotated[str | None, Field(repr=False)] = None
