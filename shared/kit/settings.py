"""Configuration by environment variables `QMI_…`, secrets by `QMI_…_FILE`; what is wrong stops the start, by name."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from shared.kit.addresses import Address, PostgresUrl, StoreUrl, WebUrl, is_loopback
from shared.kit.french import french_message

PREFIX = "QMI_"
# The path of every development issuer, whatever its host.
DEVELOPMENT_ISSUER = "/dev-issuer"
# Of a consumer group; no dot, since a dead-letter topic is named <topic>.<group>.dlt.
GROUP_NAME = r"^[a-z0-9][a-z0-9-]{0,60}$"
DEVELOPMENT_CURSOR_KEY = "development-only-cursor-key-of-the-sandbox"


class Mode(StrEnum):
    """Production is the default: what is convenient for development must be asked for."""

    PRODUCTION = "production"
    SANDBOX = "sandbox"


class Settings(BaseSettings):
    """What a process of the platform needs to know; `service` is set in code, the rest by the environment."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore", hide_input_in_errors=True)

    mode: Mode = Mode.PRODUCTION
    service: str
    database_url: Annotated[PostgresUrl, Field(repr=False)]
    admin_database_url: Annotated[PostgresUrl | None, Field(repr=False)] = None
    group: Annotated[str | None, Field(pattern=GROUP_NAME)] = None
    kafka: Address
    kafka_security: Literal["PLAINTEXT", "SSL", "SASL_SSL"] = "PLAINTEXT"
    kafka_username: str | None = None
    kafka_password: Annotated[str | None, Field(repr=False)] = None
    kafka_ca: Path | None = None
    issuer: WebUrl
    jwks_url: WebUrl | None = None
    audience: Annotated[str, Field(min_length=1)] = "qmi"
    documents: StoreUrl | None = None
    scanner: Annotated[str, Field(pattern=r"^(signature|clamd://[^/:]+:[0-9]{1,5})$")] = "signature"
    smtp: Address = "127.0.0.1:1025"
    mail_from: str = "qmi@example.org"
    sandbox_clock: bool | None = None
    cursor_key: Annotated[str, Field(repr=False, min_length=32)] = DEVELOPMENT_CURSOR_KEY
    audit_key: Annotated[str | None, Field(repr=False)] = None
    log: Literal["json", "text"] = "json"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    otlp_endpoint: WebUrl | None = None
    trace_ratio: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 1.0

    @property
    def sandbox(self) -> bool:
        """Whether this is a sandbox, where time can be moved and the development issuer is trusted."""
        return self.mode is Mode.SANDBOX

    @property
    def keys_url(self) -> str:
        """Where the public keys of the issuer are."""
        return self.jwks_url or self.issuer.rstrip("/") + "/.well-known/jwks.json"

    @model_validator(mode="after")
    def _fit_for_its_mode(self) -> "Settings":
        errors = unfit_for_production(self) if self.mode is Mode.PRODUCTION else {}
        if self.kafka_security == "SASL_SSL" and not (self.kafka_username and self.kafka_password):
            errors["kafka_username"] = "obligatoire, avec QMI_KAFKA_PASSWORD, quand QMI_KAFKA_SECURITY=SASL_SSL"
        if errors:
            raise _Unfit(errors)
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Code, then secrets as files, then the environment; no .env is read behind anybody's back."""
        return init_settings, _SecretFiles(settings_cls), env_settings


def unfit_for_production(settings: Settings) -> dict[str, str]:
    """Setting name -> why production refuses it; empty when it is fit."""
    errors: dict[str, str] = {}
    if not _is_trustworthy(settings.issuer) or DEVELOPMENT_ISSUER in settings.issuer:
        errors["issuer"] = "l'émetteur de développement est refusé en production (https et un hôte public attendus)"
    if settings.jwks_url and not _is_trustworthy(settings.jwks_url):
        errors["jwks_url"] = "les clés de l'émetteur doivent venir par https en production"
    if settings.documents and settings.scanner == "signature":
        errors["scanner"] = "l'analyseur « signature » est réservé au développement ; indiquer clamd://hôte:port"
    hosts = [address.strip().rpartition(":")[0] for address in settings.kafka.split(",")]
    if settings.kafka_security == "PLAINTEXT" and not all(is_loopback(host) for host in hosts):
        errors["kafka_security"] = "PLAINTEXT est refusé en production hors de la boucle locale ; SSL ou SASL_SSL"
    if settings.sandbox_clock:
        errors["sandbox_clock"] = "l'horloge déplaçable est réservée à QMI_MODE=sandbox"
    if settings.cursor_key == DEVELOPMENT_CURSOR_KEY:
        errors["cursor_key"] = "obligatoire en production : un secret de 32 caractères au moins"
    return errors


def _is_trustworthy(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" and not is_loopback(parts.hostname or "localhost")


class _SecretFiles(EnvSettingsSource):
    """`QMI_DATABASE_URL_FILE=/run/secrets/x` gives `QMI_DATABASE_URL` the content of that file."""

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        """The stripped text of the file, or nothing when the variable is not set."""
        variable = f"{PREFIX}{field_name}_FILE".lower()
        path = self.env_vars.get(variable)
        if not path:
            return None, field_name, False
        try:
            return Path(path).read_text(encoding="utf-8").strip(), field_name, False
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError({f"{PREFIX}{field_name.upper()}_FILE": f"illisible : {error}"}) from error


class _Unfit(ValueError):
    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__("unfit")
        self.problems = problems


class ConfigurationError(Exception):
    """Variable -> what is wrong with it; its text fits on one screen and shows no secret."""

    def __init__(self, problems: dict[str, str]) -> None:
        self.problems = problems
        lines = [f"  {variable} : {message}" for variable, message in problems.items()]
        super().__init__("\n".join(["Configuration incorrecte : le service ne démarre pas.", *lines]))


AnySettings = TypeVar("AnySettings", bound=BaseSettings)


def read(kind: type[AnySettings], **fixed: Any) -> AnySettings:
    """The settings of the environment; ConfigurationError naming each variable at fault."""
    try:
        return kind(**fixed)
    except ValidationError as error:
        problems: dict[str, str] = {}
        for item in error.errors(include_url=False, include_input=False):
            problems.update(_explained(item))
        raise ConfigurationError(problems) from None
    except SettingsError as error:
        if isinstance(error.__cause__, ConfigurationError):
            raise error.__cause__ from None
        raise ConfigurationError({PREFIX.rstrip("_"): str(error)}) from None


def load(kind: type[AnySettings], **fixed: Any) -> AnySettings:
    """As `read`, for a process: what is wrong goes to the standard error and the process exits with code 2."""
    try:
        return read(kind, **fixed)
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(2) from None


def _explained(error: ErrorDetails) -> dict[str, str]:
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, _Unfit):
        return {PREFIX + name.upper(): why for name, why in cause.problems.items()}
    name = PREFIX + str(error["loc"][0]).upper() if error["loc"] else PREFIX.rstrip("_")
    if error["type"] == "missing":
        return {name: f"manquante (ou {name}_FILE)"}
    return {name: str(cause) if cause else french_message(error)}
