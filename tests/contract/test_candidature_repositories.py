"""The same promises of the candidature store kept in memory and in PostgreSQL."""

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest

from services.candidature.domain.call import Call, CallStatus
from services.candidature.domain.candidature import Candidature, Status
from services.candidature.domain.document import ScanStatus
from services.candidature.domain.dossier import Change
from services.candidature.domain.errors import AlreadyCandidate, CallAlreadyExists
from services.candidature.domain.proposal import ProposalStatus
from services.candidature.domain.questions import Question, QuestionSet, Section
from services.candidature.store.unit_of_work import SqlWork
from services.candidature.usecases.ports import Work
from shared.kit.access import Scope
from shared.kit.identity import new_id
from shared.kit.refusals import NotFound, Stale
from tests.builders.candidature import (
    AFTER,
    COMMUNE,
    DURING,
    a_call,
    a_candidature,
    a_contact,
    a_document,
    a_full_dossier,
    a_project_call,
    a_proposal,
    a_verdict,
    some_terms,
)
from tests.contract.stores import Stores
from tests.fakes.candidature import FakeWork, Store

SERVICES = ("candidature",)
STORES = Stores("candidature", Store, FakeWork, SqlWork)
STAFF = Scope.everything()
OWN = Scope.only(COMMUNE)
OTHER = Scope.only("92071")
EDITIONS = itertools.count(2)

Begin = Callable[[], Work]


async def _with_call(begin: Begin, call: Call) -> Call:
    async with begin() as work:
        await work.calls.add(call)
    return call


async def _with_candidature(begin: Begin, status: Status = Status.DRAFT, **changes: object) -> Candidature:
    call = await _with_call(begin, a_call(terms=some_terms(edition=next(EDITIONS))))
    candidature = a_candidature(status, call, **changes)
    async with begin() as work:
        await work.candidatures.add(candidature)
    return candidature


async def test_a_call_comes_back_as_it_was_kept(begin: Begin) -> None:
    call = await _with_call(begin, a_project_call(CallStatus.DRAFT))

    async with begin() as work:
        assert await work.calls.get(call.id) == call
        assert await work.calls.hold(call.id) == call
        assert await work.calls.read(call.id) == call
        assert await work.views.call(call.id, STAFF) == call


async def test_saving_a_call_counts_the_change(begin: Begin) -> None:
    call = await _with_call(begin, a_call(CallStatus.DRAFT))
    revised = call.revise(some_terms(quota=6))

    async with begin() as work:
        assert await work.calls.save(revised) == 2
    async with begin() as work:
        assert await work.calls.get(call.id) == replace(revised, version=2)


async def test_a_stale_call_is_not_saved(begin: Begin) -> None:
    call = await _with_call(begin, a_call(CallStatus.DRAFT))
    async with begin() as work:
        await work.calls.save(call)

    with pytest.raises(Stale):
        async with begin() as work:
            await work.calls.save(call)


async def test_an_edition_has_one_published_call_per_wave(begin: Begin) -> None:
    await _with_call(begin, a_call(CallStatus.PUBLISHED))
    second = await _with_call(begin, a_call(CallStatus.DRAFT))
    await _with_call(begin, a_project_call(CallStatus.PUBLISHED))

    with pytest.raises(CallAlreadyExists):
        async with begin() as work:
            await work.calls.save(replace(second, status=CallStatus.PUBLISHED))


async def test_old_questions_stay_beside_the_new(begin: Begin) -> None:
    call = await _with_call(begin, a_call())
    asked = call.ask(call.questions.followed_by([Question("site", Section.YOUR_PROJECT, "Où ?")]))
    async with begin() as work:
        await work.calls.save(asked)

    async with begin() as work:
        assert await work.calls.questions(call.id, 1) == call.questions
        assert await work.calls.questions(call.id, 2) == asked.questions
        assert (await work.calls.get(call.id)).questions == asked.questions
        with pytest.raises(NotFound):
            await work.calls.questions(call.id, 3)


@pytest.mark.parametrize("lock", ["get", "hold"])
async def test_one_who_waited_for_a_call_reads_the_questions_asked_meanwhile(in_postgresql: Begin, lock: str) -> None:
    call = await _with_call(in_postgresql, a_call(CallStatus.OPEN))
    asked = call.ask(QuestionSet(2, (Question("themes", Section.YOUR_PROJECT, "Quels thèmes ?"),)))

    async def wait_for_it() -> Call:
        async with in_postgresql() as waiting:
            found: Call = await getattr(waiting.calls, lock)(call.id)
            return found

    async with in_postgresql() as work:
        await work.calls.get(call.id)
        waiting = asyncio.create_task(wait_for_it())
        await asyncio.sleep(0.3)
        await work.calls.save(asked)
    assert await waiting == replace(asked, version=2)


async def test_what_is_not_there_is_not_found(begin: Begin) -> None:
    async with begin() as work:
        for nothing in (
            work.calls.get(new_id()),
            work.calls.hold(new_id()),
            work.candidatures.get(new_id(), STAFF),
            work.candidatures.call_of(new_id(), STAFF),
            work.documents.get(new_id()),
            work.proposals.get(new_id(), STAFF),
            work.views.contact(new_id(), STAFF),
            work.views.changes(new_id(), STAFF, after=None, limit=10),
        ):
            with pytest.raises(NotFound):
                await nothing
        assert await work.contacts.find(new_id()) is None


async def test_draft_calls_are_for_the_programme_team(begin: Begin) -> None:
    draft = await _with_call(begin, a_call(CallStatus.DRAFT))
    published = await _with_call(begin, a_call(CallStatus.PUBLISHED))

    async with begin() as work:
        with pytest.raises(NotFound):
            await work.views.call(draft.id, OWN)
        staff = await work.views.calls(STAFF, edition=2, after=None, limit=10)
        commune = await work.views.calls(OWN, edition=None, after=None, limit=10)
        assert [call.id for call in staff] == sorted([draft.id, published.id], reverse=True)
        assert [call.id for call in commune] == [published.id]
        assert await work.views.calls(STAFF, edition=9, after=None, limit=10) == []


async def test_a_dossier_comes_back_as_it_was_kept(begin: Begin) -> None:
    call = await _with_call(begin, a_call())
    candidature = a_candidature(Status.ADMITTED, call, dossier=a_full_dossier(new_id()))
    candidature = replace(candidature, verdict=a_verdict(call), reasons=("Complet.",), shared=True)
    async with begin() as work:
        await work.candidatures.add(candidature)

    async with begin() as work:
        assert await work.candidatures.get(candidature.id, OWN) == candidature
        assert await work.views.candidature(candidature.id, STAFF) == candidature
        assert await work.candidatures.call_of(candidature.id, OWN) == call.id


async def test_a_commune_has_one_dossier_per_call(begin: Begin) -> None:
    first = await _with_candidature(begin)

    async with begin() as work:
        with pytest.raises(AlreadyCandidate):
            await work.candidatures.add(replace(first, id=new_id()))


async def test_saving_a_dossier_counts_the_change_and_refuses_the_stale(begin: Begin) -> None:
    candidature = await _with_candidature(begin)
    answered = candidature.edit(a_full_dossier(new_id()))

    async with begin() as work:
        assert await work.candidatures.save(answered) == 2
    async with begin() as work:
        assert await work.candidatures.get(candidature.id, OWN) == replace(answered, version=2)
    with pytest.raises(Stale):
        async with begin() as work:
            await work.candidatures.save(answered)


@pytest.mark.parametrize(
    ("status", "shared", "seen_by_staff"),
    [(Status.DRAFT, False, False), (Status.DRAFT, True, True), (Status.SUBMITTED, False, True)],
)
async def test_who_sees_a_dossier(begin: Begin, status: Status, shared: bool, seen_by_staff: bool) -> None:
    candidature = await _with_candidature(begin, status, shared=shared)

    async def seen(scope: Scope) -> tuple[bool, bool]:
        async with begin() as work:
            listed = await work.views.candidatures(scope, call_id=None, status=None, after=None, limit=10)
            try:
                await work.candidatures.get(candidature.id, scope)
            except NotFound:
                return False, bool(listed)
            return True, bool(listed)

    assert await seen(OWN) == (True, True)
    assert await seen(OTHER) == (False, False)
    assert await seen(STAFF) == (seen_by_staff, seen_by_staff)


async def test_dossiers_are_listed_by_call_status_and_place(begin: Begin) -> None:
    first, second = await _with_candidature(begin), await _with_candidature(begin)

    async def listed(
        call_id: UUID | None = None, status: Status | None = None, after: UUID | None = None
    ) -> list[UUID]:
        async with begin() as work:
            rows = await work.views.candidatures(OWN, call_id=call_id, status=status, after=after, limit=10)
            return [row.id for row in rows]

    newest, oldest = sorted([first.id, second.id], reverse=True)
    assert await listed() == [newest, oldest]
    assert await listed(after=newest) == [oldest]
    assert await listed(call_id=first.call_id) == [first.id]
    assert await listed(status=Status.SUBMITTED) == []


async def test_what_came_in_and_what_did_not_is_counted(begin: Begin) -> None:
    call = await _with_call(begin, a_call())
    states = {"93001": Status.SUBMITTED, "92071": Status.WITHDRAWN, "93051": Status.DRAFT, "94033": Status.ADMITTED}
    async with begin() as work:
        for commune, status in states.items():
            await work.candidatures.add(a_candidature(status, call, commune=commune))

    async with begin() as work:
        assert await work.candidatures.received(call.id) == 2
        assert [draft.commune for draft in await work.candidatures.drafts_of(call.id)] == ["93051"]


async def test_changes_are_read_newest_first_by_who_may_see_the_dossier(begin: Begin) -> None:
    candidature = await _with_candidature(begin)
    changes = [Change(candidature.id, version, DURING, "agent", (f"answers.{version}",)) for version in (2, 3, 4)]
    async with begin() as work:
        for change in changes:
            await work.candidatures.record(change)

    async with begin() as work:
        page = await work.views.changes(candidature.id, OWN, after=None, limit=2)
        rest = await work.views.changes(candidature.id, OWN, after=page[-1].number, limit=2)
        assert [each.change for each in (*page, *rest)] == changes[::-1]
        with pytest.raises(NotFound):
            await work.views.changes(candidature.id, OTHER, after=None, limit=2)


async def test_a_file_comes_back_is_judged_and_goes(begin: Begin) -> None:
    candidature = await _with_candidature(begin)
    document = a_document(candidature_id=candidature.id, status=ScanStatus.PENDING_SCAN)
    async with begin() as work:
        await work.documents.add(document)
    judged = document.found(ScanStatus.CLEAN, at=AFTER)

    async with begin() as work:
        assert await work.documents.get(document.id) == document
        await work.documents.save(judged)
        assert await work.documents.of(candidature.id) == [judged]
        assert await work.views.document(candidature.id, document.id, OWN) == judged
        with pytest.raises(NotFound):
            await work.views.document(candidature.id, document.id, OTHER)
        with pytest.raises(NotFound):
            await work.views.document(candidature.id, document.id, STAFF)
        await work.documents.remove(document.id)
        assert await work.views.documents(candidature.id, OWN) == []


async def test_a_file_is_offered_to_one_scanner_at_a_time(begin: Begin) -> None:
    candidature = await _with_candidature(begin)
    waiting = a_document(candidature_id=candidature.id, status=ScanStatus.PENDING_SCAN)
    clean = a_document(candidature_id=candidature.id, object_key="another")
    async with begin() as work:
        await work.documents.add(waiting)
        await work.documents.add(clean)

    async with begin() as work:
        assert await work.documents.next_to_scan() == waiting
    async with begin() as work:
        assert await work.documents.next_to_scan() is None


async def test_a_proposal_comes_back_as_it_was_kept(begin: Begin) -> None:
    call = await _with_call(begin, a_project_call())
    proposal = a_proposal(ProposalStatus.ADMITTED, call)
    selected = proposal.select("93001")
    async with begin() as work:
        await work.proposals.add(proposal)

    async with begin() as work:
        assert await work.proposals.get(proposal.id, STAFF) == proposal
        assert await work.proposals.save(selected) == 2
        assert await work.views.proposal(proposal.id, STAFF) == replace(selected, version=2)
        with pytest.raises(Stale):
            await work.proposals.save(selected)


async def test_a_draft_proposal_is_its_holders_alone(begin: Begin) -> None:
    call = await _with_call(begin, a_project_call())
    draft, sent = a_proposal(call=call), a_proposal(ProposalStatus.SUBMITTED, call)
    async with begin() as work:
        await work.proposals.add(draft)
        await work.proposals.add(sent)
    holder = Scope.only(draft.organisation)

    async def listed(scope: Scope, status: ProposalStatus | None = None) -> set[UUID]:
        async with begin() as work:
            rows = await work.views.proposals(scope, call_id=call.id, status=status, after=None, limit=10)
            return {row.id for row in rows}

    assert await listed(holder) == {draft.id, sent.id}
    assert await listed(STAFF) == {sent.id}
    assert await listed(OTHER) == set()
    assert await listed(holder, ProposalStatus.DRAFT) == {draft.id}
    async with begin() as work:
        assert await work.proposals.received(call.id) == 1
        with pytest.raises(NotFound):
            await work.proposals.get(draft.id, STAFF)
        with pytest.raises(NotFound):
            await work.proposals.call_of(draft.id, OTHER)


async def test_a_contact_is_kept_changed_and_erased(begin: Begin) -> None:
    contact = a_contact()
    async with begin() as work:
        await work.contacts.add(contact)

    async with begin() as work:
        assert await work.contacts.find(contact.id) == contact
        assert await work.contacts.known(COMMUNE, [contact.id, new_id()]) == {contact.id}
        assert await work.contacts.known("92071", [contact.id]) == set()
        erased, _ = contact.erase(at=AFTER)
        assert await work.contacts.save(erased) == 2
    async with begin() as work:
        assert await work.contacts.find(contact.id) == replace(erased, version=2)
        assert await work.contacts.known(COMMUNE, [contact.id]) == set()
        assert await work.views.contacts(STAFF, organisation=None, after=None, limit=10) == []
        with pytest.raises(NotFound):
            await work.views.contact(contact.id, STAFF)


async def test_the_identifier_of_a_contact_is_taken_once(begin: Begin) -> None:
    contact = a_contact()
    async with begin() as work:
        await work.contacts.add(contact)

    with pytest.raises(Stale):
        async with begin() as work:
            await work.contacts.add(contact)


async def test_contacts_are_listed_for_their_organisation(begin: Begin) -> None:
    own, other = a_contact(), a_contact(organisation="92071")
    async with begin() as work:
        await work.contacts.add(own)
        await work.contacts.add(other)

    async with begin() as work:
        assert await work.views.contacts(OWN, organisation=None, after=None, limit=10) == [own]
        assert await work.views.contacts(OWN, organisation="92071", after=None, limit=10) == []
        assert await work.views.contacts(STAFF, organisation="92071", after=None, limit=10) == [other]
        assert len(await work.views.contacts(STAFF, organisation=None, after=None, limit=1)) == 1


async def test_what_fails_leaves_nothing(begin: Begin) -> None:
    call = a_call(questions=QuestionSet(1, ()))

    with pytest.raises(Stale):
        async with begin() as work:
            await work.calls.add(call)
            raise Stale

    async with begin() as work:
        with pytest.raises(NotFound):
            await work.calls.get(call.id)
