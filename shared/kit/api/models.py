"""The shapes every HTTP interface of the platform shares: strict bodies, creations, pages."""

import unicodedata
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Generic, TypeVar
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError

# Marks, overrides and isolates that make a text read otherwise than it is written.
_BIDIRECTIONAL = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})

Item = TypeVar("Item")


class StrictModel(BaseModel):
    """A request body: unknown fields, NaN and infinities are refused; text is stripped at both ends."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, str_strip_whitespace=True)


class View(BaseModel):
    """A response body."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True)
class _Text:
    _HIDDEN: ClassVar[str] = r"\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"

    longest: int
    shortest: int
    lines: bool

    def check(self, value: str) -> str:
        """The value in NFC; refuses characters that are not there to be read."""
        allowed = "\n\r\t" if self.lines else ""
        for character in value:
            hidden = character in _BIDIRECTIONAL or unicodedata.category(character) in _FORBIDDEN_CATEGORIES
            if hidden and character not in allowed:
                raise PydanticCustomError("forbidden_character", "forbidden character")
        return unicodedata.normalize("NFC", value)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Say the same to whoever generates a client: something to read, and nothing hidden."""
        kept = self._HIDDEN.replace(r"\x00-\x1f", r"\x00-\x08\x0b\x0c\x0e-\x1f") if self.lines else self._HIDDEN
        pattern = rf"^[^{kept}]*[^\s{kept}][^{kept}]*$" if self.shortest else rf"^[^{kept}]*$"
        return {**handler(schema), "pattern": pattern}

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Length and characters, both visible in the JSON Schema."""
        bounds = Field(min_length=self.shortest, max_length=self.longest)
        return handler.generate_schema(Annotated[str, bounds, AfterValidator(self.check)])


def text(longest: int, *, shortest: int = 1, lines: bool = False) -> _Text:
    """`Annotated[str, text(200)]`: no NUL, control or bidirectional character, no lone surrogate (bad-input 9)."""
    return _Text(longest, shortest, lines)


Line = Annotated[str, text(200)]
Paragraph = Annotated[str, text(5_000, lines=True)]
Reason = Annotated[str, text(2_000, lines=True)]


class Created(BaseModel):
    """The answer to a creation."""

    model_config = ConfigDict(
        frozen=True, json_schema_extra={"example": {"id": "0198a8a0-5b1c-7c3e-9f0a-2f6c1d2e3f40"}}
    )

    id: Annotated[UUID, Field(description="Identifiant de ce qui vient d'être créé.")]


class Page(BaseModel, Generic[Item]):
    """One page of a list; `next` is an opaque, signed cursor, null on the last page."""

    model_config = ConfigDict(frozen=True)

    items: list[Item]
    next: Annotated[str | None, Field(description="À passer dans `cursor` pour la page suivante.")] = None
