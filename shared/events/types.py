"""The value types of the published language: codes, instants, open enumerations, and the mark of personal data."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, GetJsonSchemaHandler, StringConstraints
from pydantic import AwareDatetime as _Aware
from pydantic_core import CoreSchema

_RFC3339_DATE_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]")
_LA_POSTE = "356000000"


def luhn_valid(digits: str) -> bool:
    """True when a string of ASCII digits carries a right Luhn check digit (ISO/IEC 7812-1)."""
    doubled = [int(digit) * (1 + position % 2) for position, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _siren(value: str) -> str:
    if not luhn_valid(value):
        raise ValueError("the check digit of this SIREN is wrong")
    return value


def _siret(value: str) -> str:
    """La Poste numbers its offices outside the Luhn rule: the sum of their digits is a multiple of five."""
    if luhn_valid(value):
        return value
    if value.startswith(_LA_POSTE) and sum(map(int, value)) % 5 == 0:
        return value
    raise ValueError("the check digit of this SIRET is wrong")


def _only_instants(value: object) -> object:
    if isinstance(value, datetime) or (isinstance(value, str) and _RFC3339_DATE_TIME.match(value)):
        return value
    raise ValueError("an instant is an RFC 3339 date-time, never a number")


def _to_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("this instant does not exist in UTC") from error


InseeCode = Annotated[str, StringConstraints(pattern=r"^([013-9][0-9]|2[AB1-9])[0-9]{3}$")]
Siren = Annotated[str, StringConstraints(pattern=r"^[0-9]{9}$"), AfterValidator(_siren)]
Siret = Annotated[str, StringConstraints(pattern=r"^[0-9]{14}$"), AfterValidator(_siret)]
CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
# A commune by its INSEE code, an innovator by "siret:…" or an id, any other body by its slug.
OrganisationId = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z][0-9A-Za-z:._-]{0,99}$")]
EditionNumber = Annotated[int, Field(ge=1)]
WaveNumber = Annotated[int, Field(ge=1)]
Count = Annotated[int, Field(ge=0)]
Rank = Annotated[int, Field(ge=1)]
Label = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=20_000)]
AwareDatetime = Annotated[_Aware, BeforeValidator(_only_instants), AfterValidator(_to_utc)]


@dataclass(frozen=True, slots=True)
class Personal:
    """Marks a field about a person, allowed on the contacts topic alone: `Annotated[str, Personal()]`."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Publish the mark in the JSON Schema, where the person-free check reads it."""
        return {**handler(schema), "x-personal": True}


class OpenEnum(StrEnum):
    """Values that may grow: a reader sees one it does not know as `unknown`, which an emitter may never send."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        return cls("unknown") if isinstance(value, str) and value != "unknown" else None

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """A plain string with the values of today beside it, so that no generated reader refuses those of tomorrow."""
        values = [member.value for member in cls if member.value != "unknown"]
        return {"description": cls.__doc__, "type": "string", "x-open-enum": values}


class CallKind(OpenEnum):
    """To whom a call speaks: the communes, or the innovators of one wave."""

    EXPRESSION_OF_INTEREST = "EXPRESSION_OF_INTEREST"
    PROJECT = "PROJECT"
    UNKNOWN = "unknown"


class Outcome(OpenEnum):
    """What the Bureau métropolitain decided on a candidature."""

    SELECTED = "selected"
    WAITLISTED = "waitlisted"
    NOT_SELECTED = "not_selected"
    UNKNOWN = "unknown"


class LegalForm(OpenEnum):
    """The legal form of the holder of a proposal."""

    STARTUP = "startup"
    ASSOCIATION = "association"
    SME = "sme"
    LARGE_GROUP = "large_group"
    COOPERATIVE = "cooperative"
    DESIGNER = "designer"
    OTHER = "other"
    UNKNOWN = "unknown"


class ResourceKind(OpenEnum):
    """What a commune puts at the disposal of an experiment (R111)."""

    PUBLIC_SPACE = "public_space"
    TECHNICAL_SERVICES = "technical_services"
    PARTNER_MOBILISATION = "partner_mobilisation"
    OTHER = "other"
    UNKNOWN = "unknown"


class Conclusion(OpenEnum):
    """What the evaluation of an experiment concludes."""

    CONCLUSIVE = "conclusive"
    PARTLY = "partly"
    NOT_CONCLUSIVE = "not_conclusive"
    UNKNOWN = "unknown"


class Channel(OpenEnum):
    """The way a notification takes to a person."""

    EMAIL = "email"
    INBOX = "inbox"
    CALENDAR = "calendar"
    LETTER = "letter"
    UNKNOWN = "unknown"


class FailureReason(OpenEnum):
    """Why a notification could not be delivered; a code, for the words of a mail server may name a person."""

    NO_CONTACT = "no_contact"
    ADDRESS_REFUSED = "address_refused"
    MESSAGE_REFUSED = "message_refused"
    UNREACHABLE = "unreachable"
    BOUNCED = "bounced"
    OTHER = "other"
    UNKNOWN = "unknown"


class ContactFunction(OpenEnum):
    """What a person is to be told about, by the function held in an organisation."""

    PROGRAMME = "programme"
    ELECTED_REFERENT = "elected_referent"
    REFERENT_AGENT = "referent_agent"
    COMMUNICATION_REFERENT = "communication_referent"
    EXPERT = "expert"
    SIGNATORY = "signatory"
    COMMITTEE_MEMBER = "committee_member"
    JUROR = "juror"
    PROJECT_HOLDER = "project_holder"
    PARTNER = "partner"
    UNKNOWN = "unknown"


class Locale(OpenEnum):
    """The language a person reads."""

    FRENCH = "fr"
    ENGLISH = "en"
    UNKNOWN = "unknown"
