"""A file as the body of a request: streamed, with a display name and an announced type that nobody trusts."""

import re
import unicodedata
from collections.abc import AsyncIterator
from dataclasses import dataclass
from email.message import Message
from email.utils import collapse_rfc2231_value
from typing import Annotated

from fastapi import Depends, Header, Request

from shared.kit.api.negotiation import media_type_of, unsupported
from shared.kit.file_types import ALLOWED

_LONGEST_NAME = 120
_NOT_IN_NAMES = re.compile(r'[<>:"|?*\\/]')


@dataclass(frozen=True)
class UploadedFile:
    """The file being received: `Documents.put(upload.stream(), limit, declared=upload.media_type)`."""

    name: str
    media_type: str
    request: Request

    def stream(self) -> AsyncIterator[bytes]:
        """Its bytes, as they come; can be read once."""
        return self.request.stream()


async def uploaded_file(
    request: Request,
    content_type: Annotated[str, Header(alias="Content-Type", include_in_schema=False)] = "",
    content_disposition: Annotated[
        str,
        Header(
            alias="Content-Disposition",
            max_length=2_000,
            description="Nom du fichier, pour l'affichage seulement.",
            examples=["attachment; filename*=UTF-8''lettre%20du%20maire.pdf"],
        ),
    ] = "",
) -> UploadedFile:
    """The file in the body; 415 unless its announced type is one of those accepted."""
    media_type = media_type_of(content_type)[0] if content_type else ""
    if media_type not in ALLOWED:
        raise unsupported(request, *sorted(ALLOWED))
    return UploadedFile(display_name(_name_in(content_disposition)), media_type, request)


Upload = Annotated[UploadedFile, Depends(uploaded_file)]


def display_name(name: str) -> str:
    """A file name fit to be shown: no path, no hidden or bidirectional character, 120 characters (bad-input 47)."""
    base = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    visible = "".join(character for character in base if unicodedata.category(character)[0] != "C")
    clean = re.sub(r"\s+", " ", _NOT_IN_NAMES.sub("", visible)).strip(" .")
    if len(clean) <= _LONGEST_NAME:
        return clean or "document"
    stem, dot, extension = clean.rpartition(".")
    kept = f"{dot}{extension[:10]}" if stem else ""
    return (stem or clean)[: _LONGEST_NAME - len(kept)] + kept


def _name_in(disposition: str) -> str:
    if not disposition:
        return ""
    message = Message()
    message["content-disposition"] = disposition.replace("\r", " ").replace("\n", " ")
    try:
        found = message.get_param("filename", header="content-disposition")
        return collapse_rfc2231_value(found) if found else ""
    except (LookupError, UnicodeError, ValueError):
        return ""
