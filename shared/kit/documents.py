"""Documents: received whole and typed by their content before they enter the store, under a key that is ours."""

import hashlib
import re
import tempfile
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from shared.kit.file_types import ALLOWED, type_of
from shared.kit.identity import new_id
from shared.kit.refusals import Invalid, NotFound, Refusal

CHUNK = 256 * 1024
_KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.[a-z]{3,4}")


class ContentTooLarge(Invalid):
    """More bytes than the limit; nothing is kept of them (bad-input 48)."""

    slug = "content-too-large"
    title = "Contenu trop volumineux"


class EmptyFile(Invalid):
    """No byte at all."""

    slug = "empty-file"
    title = "Fichier vide"


class FileTypeNotAllowed(Invalid):
    """The content is not of an allowed type, or not of the type announced (bad-input 46)."""

    slug = "file-type-not-allowed"
    title = "Type de fichier non autorisé"


class StorageUnavailable(Refusal):
    """The store does not answer: nothing was kept (bad-input 53)."""

    slug = "storage-unavailable"
    title = "Stockage des documents momentanément indisponible"


@dataclass(frozen=True, slots=True)
class StoredObject:
    """A document in the store: its generated key, its size in bytes, its SHA-256 (hexadecimal), its media type."""

    key: str
    size: int
    sha256: str
    media_type: str


class DocumentStore:
    """A folder (`file:///…`) or a bucket (`s3://…`); objects are written once and never changed."""

    def __init__(self, url: str) -> None:
        self._store = _store_at(url)

    async def put(self, stream: AsyncIterator[bytes], limit: int, *, declared: str | None = None) -> StoredObject:
        """Keep a document of at most `limit` bytes; `declared` is the media type its sender announced.

        Raises ContentTooLarge (413), EmptyFile (422), FileTypeNotAllowed (415), StorageUnavailable (503).
        The bytes wait in a temporary file until they are whole and typed: the store never holds half a document.
        """
        with tempfile.TemporaryFile(prefix="qmi-") as spool:
            size, sha256 = await _spool(stream, spool, limit)
            media_type = type_of(spool)
            if media_type is None or (declared is not None and declared != media_type):
                raise FileTypeNotAllowed(f"Types de fichier acceptés : {', '.join(sorted(ALLOWED))}.")
            key = f"{new_id()}{ALLOWED[media_type]}"
            spool.seek(0)
            try:
                await obstore.put_async(self._store, key, spool, mode="create")
            except (BaseError, OSError) as error:
                raise StorageUnavailable from error
        return StoredObject(key, size, sha256, media_type)

    async def open(self, key: str) -> AsyncIterator[bytes]:
        """The bytes of a document, in chunks; NotFound when there is none under this key."""
        if not _KEY.fullmatch(key):
            raise NotFound("Ce document n'existe pas.")
        try:
            found = await obstore.get_async(self._store, key)
        except FileNotFoundError:
            raise NotFound("Ce document n'existe pas.") from None
        except (BaseError, OSError) as error:
            raise StorageUnavailable from error
        return _bytes_of(found.stream(min_chunk_size=CHUNK))

    async def delete(self, key: str) -> None:
        """Destroy a document; nothing happens when there is none."""
        if not _KEY.fullmatch(key):
            return
        try:
            await obstore.delete_async(self._store, key)
        except FileNotFoundError:
            return
        except (BaseError, OSError) as error:
            raise StorageUnavailable from error


def _store_at(url: str) -> ObjectStore:
    parts = urlsplit(url)
    if parts.scheme != "file":
        return from_url(url)
    folder = Path(unquote(parts.path))
    folder.mkdir(parents=True, exist_ok=True, mode=0o750)
    return LocalStore(folder)


async def _spool(stream: AsyncIterator[bytes], spool: IO[bytes], limit: int) -> tuple[int, str]:
    size, digest = 0, hashlib.sha256()
    async for chunk in stream:
        size += len(chunk)
        if size > limit:
            raise ContentTooLarge(f"La limite est de {limit} octets.")
        digest.update(chunk)
        spool.write(chunk)
    if size == 0:
        raise EmptyFile("Le fichier est vide.")
    return size, digest.hexdigest()


async def _bytes_of(chunks: AsyncIterable[Any]) -> AsyncIterator[bytes]:
    async for chunk in chunks:
        yield bytes(chunk)
