"""The forms of address a setting may have."""

from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator


def is_loopback(host: str) -> bool:
    """Whether a host name or address never leaves this machine."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _an_address(value: str) -> str:
    for address in value.split(","):
        host, _, port = address.strip().rpartition(":")
        if not host or not port.isdecimal() or not 0 < int(port) < 65536:
            raise ValueError(f"« {address} » n'est pas de la forme hôte:port")
    return value


def _a_url(*schemes: str) -> AfterValidator:
    def check(value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in schemes or not (parts.netloc or parts.scheme == "file"):
            raise ValueError(f"une adresse {' ou '.join(f'{scheme}://…' for scheme in schemes)} est attendue")
        return value

    return AfterValidator(check)


Address = Annotated[str, AfterValidator(_an_address)]
PostgresUrl = Annotated[str, _a_url("postgresql", "postgres")]
StoreUrl = Annotated[str, _a_url("file", "s3")]
WebUrl = Annotated[str, _a_url("http", "https")]
