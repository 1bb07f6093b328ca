"""Files over HTTP: typed by their content, in quarantine until scanned, given out only when clean."""

import base64
import hashlib
from pathlib import Path

import asyncpg
import pytest

from shared.kit.identity import new_id
from shared.kit.unit_of_work import SqlUnitOfWork
from tests.integration.candidature.world import PDF, Caller, World

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}" + b"$EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE!$H+H*"
OTHER_DIGEST = base64.b64encode(hashlib.sha256(b"other").digest()).decode()


def _stored(world: World) -> int:
    folder = Path(str(world.plant.settings.documents).removeprefix("file://"))
    return sum(1 for _ in folder.iterdir())


async def _draft(world: World) -> tuple[str, Caller]:
    return f"/v1/candidatures/{await world.started()}", world.agent


async def test_a_clean_file_comes_back_as_it_was_sent(world: World) -> None:
    path, agent = await _draft(world)
    document = await agent.upload(path, "mayor_commitment", name="lettre du maire.pdf")
    await world.scan()

    answer = await agent.get(f"{path}/documents/{document}/content")

    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, PDF, "application/pdf")
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''lettre%20du%20maire.pdf"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_file_is_not_given_out_before_it_is_scanned(world: World) -> None:
    path, agent = await _draft(world)
    document = await agent.upload(path, "other")

    refused = await agent.get(f"{path}/documents/{document}/content")

    assert (refused.status_code, refused.json()["type"]) == (409, "urn:qmi:problem:document-not-available")
    await world.scan()


async def test_an_infected_file_is_never_given_out(world: World) -> None:
    path, agent = await _draft(world)
    document = await agent.upload(path, "other", PDF + EICAR)
    await world.scan()

    shown = (await agent.get(f"{path}/documents/{document}")).json()
    refused = await agent.get(f"{path}/documents/{document}/content")

    assert shown["status"] == "infected"
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:qmi:problem:document-not-available")


async def test_what_a_file_is_counts_and_not_what_it_says(world: World) -> None:
    path, agent = await _draft(world)
    wrong = {
        "a page named a PDF": (b"<html><script>alert(1)</script></html>", "application/pdf"),
        "a PDF announced as an image": (PDF, "image/png"),
        "a type nobody accepts": (b"<svg/>", "image/svg+xml"),
        "no type": (PDF, ""),
    }

    for what, (content, media_type) in wrong.items():
        refused = await agent.put_file(path, content, media_type=media_type)
        assert (what, refused.status_code) == (what, 415)
    assert (await agent.get(f"{path}/documents")).json()["items"] == []


async def test_a_file_stays_when_nobody_knows_whether_its_record_was_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, agent = await _draft(world)
    commit = SqlUnitOfWork._commit

    async def cut_after_it(work: SqlUnitOfWork) -> None:
        await commit(work)
        if work._begin_hooks:
            raise asyncpg.ConnectionDoesNotExistError("cut in COMMIT")

    monkeypatch.setattr(SqlUnitOfWork, "_commit", cut_after_it)
    lost = await agent.put_file(path, PDF)
    monkeypatch.undo()
    await world.scan()

    (kept,) = (await agent.get(f"{path}/documents")).json()["items"]
    assert lost.status_code == 503
    assert (await agent.get(f"{path}/documents/{kept['id']}/content")).content == PDF


async def test_an_empty_file_is_refused(world: World) -> None:
    path, agent = await _draft(world)

    refused = await agent.put_file(path, b"")

    assert (refused.status_code, refused.json()["type"]) == (422, "urn:qmi:problem:empty-file")


async def test_a_file_that_is_too_large_is_refused_and_leaves_nothing(world: World) -> None:
    path, agent = await _draft(world)
    before = _stored(world)

    refused = await agent.put_file(path, PDF + b"\0" * (20 * 1024 * 1024))

    assert (refused.status_code, refused.json()["type"]) == (413, "urn:qmi:problem:content-too-large")
    assert _stored(world) == before


async def test_a_file_that_is_not_the_one_announced_is_refused_and_leaves_nothing(world: World) -> None:
    path, agent = await _draft(world)
    before = _stored(world)

    refused = await agent.put_file(path, PDF, Content_Digest=f"sha-256=:{OTHER_DIGEST}:")

    assert (refused.status_code, refused.json()["type"]) == (400, "urn:qmi:problem:digest-mismatch")
    assert _stored(world) == before


async def test_a_file_that_is_the_one_announced_is_kept(world: World) -> None:
    path, agent = await _draft(world)
    digest = base64.b64encode(hashlib.sha256(PDF).digest()).decode()

    assert (await agent.put_file(path, PDF, Content_Digest=f"sha-256=:{digest}:")).status_code == 201


async def test_a_digest_that_is_none_is_refused(world: World) -> None:
    path, agent = await _draft(world)

    assert (await agent.put_file(path, PDF, Content_Digest="sha-256=:abc:")).status_code == 400


async def test_the_same_upload_twice_keeps_one_file(world: World) -> None:
    path, agent = await _draft(world)
    before = _stored(world)
    headers = {**agent.headers, "Idempotency-Key": str(new_id()), "Content-Type": "application/pdf"}
    options = {"params": {"kind": "other"}, "content": PDF, "headers": headers}

    first = await world.client.post(f"{path}/documents", **options)  # type: ignore[arg-type]
    again = await world.client.post(f"{path}/documents", **options)  # type: ignore[arg-type]

    assert (first.status_code, again.json(), again.headers["idempotency-replayed"]) == (201, first.json(), "true")
    assert _stored(world) == before + 1


async def test_a_dangerous_file_name_is_only_shown_harmless(world: World) -> None:
    path, agent = await _draft(world)
    document = await agent.upload(path, "other", name="../../etc/passwd\u202efdp.pdf")

    assert (await agent.get(f"{path}/documents/{document}")).json()["name"] == "passwdfdp.pdf"


async def test_a_file_can_be_taken_out_of_a_draft(world: World) -> None:
    path, agent = await _draft(world)
    document = await agent.upload(path, "other")
    before = _stored(world)

    removed = await agent.send("DELETE", f"{path}/documents/{document}", None, None)

    assert (removed.status_code, _stored(world)) == (204, before - 1)
    assert (await agent.get(f"{path}/documents/{document}")).status_code == 404


async def test_a_file_a_support_rests_on_stays(world: World) -> None:
    candidature_id = await world.completed()
    path = f"/v1/candidatures/{candidature_id}"
    document = (await world.agent.get(path)).json()["supports"][0]["document_id"]

    refused = await world.agent.send("DELETE", f"{path}/documents/{document}", None, None)

    assert (refused.status_code, refused.json()["type"]) == (409, "urn:qmi:problem:document-in-use")


async def test_a_file_of_another_dossier_is_not_found_here(world: World) -> None:
    path, agent = await _draft(world)
    other, _ = await _draft(world)
    document = await agent.upload(path, "other")

    assert (await agent.get(f"{other}/documents/{document}")).status_code == 404
    assert (await agent.send("DELETE", f"{other}/documents/{document}", None, None)).status_code == 404


async def test_a_sent_dossier_takes_no_file(world: World) -> None:
    candidature_id = await world.submitted()

    refused = await world.agent.put_file(f"/v1/candidatures/{candidature_id}", PDF)

    assert (refused.status_code, refused.json()["type"]) == (409, "urn:qmi:problem:invalid-state")
