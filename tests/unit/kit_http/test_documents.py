"""Bad inputs 46 to 48: what a file is, how much of it, and what is left behind."""

import hashlib
import io
import zipfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from shared.kit.documents import ContentTooLarge, DocumentStore, EmptyFile, FileTypeNotAllowed, StorageUnavailable
from shared.kit.file_types import DOCX, JPEG, ODT, PDF, PNG
from shared.kit.refusals import NotFound

LIMIT = 64 * 1024


def archive(*entries: tuple[str, str]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in entries:
            made.writestr(name, text)
    return content.getvalue()


def broken(method: int) -> bytes:
    """An archive whose only entry, the type it says it is, cannot be unpacked."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as made:
        made.writestr(zipfile.ZipInfo("mimetype"), ODT, compress_type=method)
    head = 30 + len("mimetype")
    raw = content.getvalue()
    return raw[:head] + bytes(byte ^ 0xFF for byte in raw[head : head + 20]) + raw[head + 20 :]


A_PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\n" + b"x" * 2_000 + b"\n%%EOF\n"
A_PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"x" * 100 + b"IEND\xaeB`\x82"
A_JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"x" * 100 + b"\xff\xd9"
A_DOCX = archive(("[Content_Types].xml", "<Types/>"), ("word/document.xml", "<w/>"))
AN_ODT = archive(("mimetype", ODT), ("content.xml", "<o/>"))


async def chunks(content: bytes, size: int = 1_000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "documents of the commune"


@pytest.fixture
def store(folder: Path) -> DocumentStore:
    return DocumentStore(folder.as_uri())


def left_in(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("content", "media_type", "extension"),
    [
        (A_PDF, PDF, "pdf"),
        (A_PNG, PNG, "png"),
        (A_JPEG, JPEG, "jpg"),
        (A_DOCX, DOCX, "docx"),
        (AN_ODT, ODT, "odt"),
    ],
)
async def test_a_document_is_kept_under_a_key_of_ours(
    store: DocumentStore, content: bytes, media_type: str, extension: str
) -> None:
    stored = await store.put(chunks(content), LIMIT, declared=media_type)

    assert (stored.size, stored.media_type) == (len(content), media_type)
    assert stored.sha256 == hashlib.sha256(content).hexdigest()
    assert stored.key.endswith(f".{extension}")
    assert b"".join([chunk async for chunk in await store.open(stored.key)]) == content


@pytest.mark.parametrize(
    ("content", "declared"),
    [
        (b"<html><script>alert(1)</script></html>", PDF),
        (b"  <svg xmlns='http://www.w3.org/2000/svg'/>", PNG),
        (A_PNG, PDF),
        (b"GIF89a" + A_PDF, PDF),
        (b"\n" * 100 + A_PDF, PDF),
        (b"MZ\x90\x00" + b"x" * 100, PDF),
        (b"just text", PDF),
        (archive(("evil.exe", "MZ")), DOCX),
        (archive(("[Content_Types].xml", "x"), ("word/document.xml", "x"), ("word/vbaProject.bin", "x")), DOCX),
        (A_DOCX[:200], DOCX),
        (archive(("mimetype", "application/epub+zip")), ODT),
        (b"PK\x03\x04" + b"x" * 50, DOCX),
        (broken(zipfile.ZIP_DEFLATED), ODT),
        (broken(zipfile.ZIP_BZIP2), ODT),
        (broken(zipfile.ZIP_LZMA), ODT),
    ],
)
async def test_46_content_that_is_not_of_an_allowed_type(
    store: DocumentStore, folder: Path, content: bytes, declared: str
) -> None:
    with pytest.raises(FileTypeNotAllowed):
        await store.put(chunks(content), LIMIT, declared=declared)
    assert list(left_in(folder)) == []


async def test_46_an_archive_that_would_unpack_to_gigabytes(store: DocumentStore) -> None:
    bomb = io.BytesIO(A_DOCX)
    with zipfile.ZipFile(bomb, "a") as made:
        made.writestr("word/media.bin", "0")
        made.getinfo("word/media.bin").file_size = 2**31

    with pytest.raises(FileTypeNotAllowed):
        await store.put(chunks(bomb.getvalue()), LIMIT, declared=DOCX)


async def test_48_more_than_the_limit_leaves_nothing(store: DocumentStore, folder: Path) -> None:
    with pytest.raises(ContentTooLarge):
        await store.put(chunks(A_PDF + b"x" * LIMIT), LIMIT, declared=PDF)
    assert list(left_in(folder)) == []


async def test_48_reading_stops_at_the_limit(store: DocumentStore) -> None:
    asked = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal asked
        while True:
            asked += 1
            yield b"x" * 1_024

    with pytest.raises(ContentTooLarge):
        await store.put(endless(), LIMIT)
    assert asked == LIMIT // 1_024 + 1


async def test_48_exactly_the_limit_is_kept(store: DocumentStore) -> None:
    assert (await store.put(chunks(A_PDF), len(A_PDF))).size == len(A_PDF)


async def test_48_an_empty_file(store: DocumentStore) -> None:
    with pytest.raises(EmptyFile):
        await store.put(chunks(b""), LIMIT)


async def test_a_broken_upload_leaves_nothing(store: DocumentStore, folder: Path) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield A_PDF
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await store.put(broken(), LIMIT)
    assert list(left_in(folder)) == []


async def test_a_deleted_document_is_gone_and_may_be_deleted_again(store: DocumentStore) -> None:
    stored = await store.put(chunks(A_PDF), LIMIT)

    await store.delete(stored.key)
    await store.delete(stored.key)

    with pytest.raises(NotFound):
        await store.open(stored.key)


@pytest.mark.parametrize("key", ["../secret", "absent", "a/../../b", "%2e%2e/x"])
async def test_a_key_that_is_not_ours_opens_nothing(store: DocumentStore, folder: Path, key: str) -> None:
    (folder.parent / "secret").write_text("secret")

    with pytest.raises((NotFound, StorageUnavailable)):
        await store.open(key)


def break_folder(folder: Path) -> None:
    folder.rmdir()
    folder.write_text("a file where the folder should be")


async def test_53_a_store_that_cannot_write_says_so(store: DocumentStore, folder: Path) -> None:
    break_folder(folder)

    with pytest.raises(StorageUnavailable):
        await store.put(chunks(A_PDF), LIMIT)
