"""What a file is, by its content alone: its name and its announced type prove nothing."""

import lzma
import zipfile
import zlib
from collections.abc import Mapping
from typing import IO

import puremagic

PDF = "application/pdf"
PNG = "image/png"
JPEG = "image/jpeg"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ODT = "application/vnd.oasis.opendocument.text"

# Media type -> the extension its objects get in the store.
ALLOWED: Mapping[str, str] = {PDF: ".pdf", PNG: ".png", JPEG: ".jpg", DOCX: ".docx", ODT: ".odt"}

_HEAD = 8192
_MOST_ENTRIES = 2_000
_MOST_UNPACKED = 200 * 1024 * 1024
# What `zipfile` raises at what is no archive: cut, encrypted (RuntimeError), packed as it cannot, or only pretending.
_NOT_AN_ARCHIVE = (
    *(zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, EOFError),
    *(OSError, lzma.LZMAError, zlib.error),
)


def type_of(file: IO[bytes]) -> str | None:
    """The media type of a seekable file, when it is one of those allowed; None otherwise."""
    file.seek(0)
    head = file.read(_HEAD)
    if head.startswith(b"PK\x03\x04"):
        return _archive_type(file)
    if _looks_like_markup(head):
        return None
    candidates = _candidates(head)
    return next((media_type for media_type in (PDF, PNG, JPEG) if media_type in candidates), None)


def _candidates(head: bytes) -> set[str]:
    # Only signatures at the very start count: a PDF header further on is a polyglot.
    starts = {PDF: b"%PDF-", PNG: b"\x89PNG\r\n\x1a\n", JPEG: b"\xff\xd8\xff"}
    try:
        found = {match.mime_type for match in puremagic.magic_string(head)}
    except (puremagic.PureError, ValueError):
        return set()
    return {media_type for media_type, start in starts.items() if media_type in found and head.startswith(start)}


def _looks_like_markup(head: bytes) -> bool:
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def _archive_type(file: IO[bytes]) -> str | None:
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            if len(entries) > _MOST_ENTRIES or sum(entry.file_size for entry in entries) > _MOST_UNPACKED:
                return None
            return _office_type(archive, {entry.filename for entry in entries})
    except _NOT_AN_ARCHIVE:
        return None


def _office_type(archive: zipfile.ZipFile, names: set[str]) -> str | None:
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        return None
    if {"[Content_Types].xml", "word/document.xml"} <= names:
        return DOCX
    if "mimetype" in names and archive.getinfo("mimetype").file_size == len(ODT):
        return ODT if archive.read("mimetype") == ODT.encode() else None
    return None
