"""Use cases on a store in memory: what they keep, what they say, and the clocks they set."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from services.candidature.domain.call import Call, CallStatus
from services.candidature.domain.candidature import Status
from services.candidature.domain.document import DocumentKind, ScanStatus
from services.candidature.domain.dossier import Change, PartnerKind, Support, TeamRole
from services.candidature.domain.errors import (
    ContactKnown,
    DocumentInUse,
    ReservedFunction,
    TooManyDocuments,
    UnknownContact,
    UnknownDocument,
)
from services.candidature.domain.proposal import ProposalStatus
from services.candidature.domain.questions import COMMUNE_QUESTIONS
from services.candidature.usecases.add_document import AddDocument, add_document
from services.candidature.usecases.add_support import AddSupport, add_support
from services.candidature.usecases.close_call import CloseCall, close_call
from services.candidature.usecases.conclude_candidature import ConcludeCandidature, conclude_candidature
from services.candidature.usecases.conclude_proposal import ConcludeProposal, conclude_proposal
from services.candidature.usecases.decide_call import DecideCall, decide_call
from services.candidature.usecases.draft_call import DraftCall, draft_call
from services.candidature.usecases.editing import Editor
from services.candidature.usecases.erase_contact import EraseContact, erase_contact
from services.candidature.usecases.examine_candidature import ExamineCandidature, examine_candidature
from services.candidature.usecases.name_team import NameTeam, name_team
from services.candidature.usecases.open_call import OpenCall, open_call
from services.candidature.usecases.publish_call import PublishCall, publish_call
from services.candidature.usecases.record_scan import RecordScan, record_scan
from services.candidature.usecases.remove_document import RemoveDocument, remove_document
from services.candidature.usecases.save_answers import SaveAnswers, save_answers
from services.candidature.usecases.save_contact import SaveContact, save_contact
from services.candidature.usecases.start_candidature import StartCandidature, start_candidature
from services.candidature.usecases.submit_candidature import SubmitCandidature, submit_candidature
from shared.events.base import Event
from shared.events.candidature import (
    CallClosed,
    CallOpened,
    CallPublished,
    CandidatureAdmitted,
    CandidatureConcluded,
    CandidatureLapsed,
    CandidatureStarted,
    CandidatureSubmitted,
)
from shared.events.contacts import ContactErased
from shared.events.types import ContactFunction, Outcome
from shared.kit.access import Scope
from shared.kit.identity import new_id
from shared.kit.refusals import Forbidden, NotFound, Stale
from tests.builders.candidature import (
    AFTER,
    CLOSES_AT,
    COMMUNE,
    DURING,
    OPENS_AT,
    a_call,
    a_candidature,
    a_contact,
    a_document,
    a_full_dossier,
    a_project_call,
    a_proposal,
    full_documents,
    some_project_terms,
    some_terms,
)
from tests.fakes.candidature import FakeWork, Store

EDITOR = Editor("agent", Scope.only(COMMUNE), DURING)


def _said(store: Store, aggregate: UUID) -> list[type[Event]]:
    return [type(event) for key, event in store.published if key == aggregate]


def _store(call: Call, *candidatures: object) -> Store:
    store = Store(calls={call.id: call}, questions={(call.id, 1): call.questions})
    store.candidatures = {it.id: it for it in candidatures}  # type: ignore[attr-defined, misc]
    return store


async def test_a_call_to_communes_asks_the_usual_questions() -> None:
    store, id = Store(), new_id()

    await draft_call(DraftCall(id, some_terms()), FakeWork(store))

    assert store.calls[id].questions.questions == COMMUNE_QUESTIONS


async def test_a_project_call_asks_no_question() -> None:
    store, id = Store(), new_id()

    await draft_call(DraftCall(id, some_project_terms()), FakeWork(store))

    assert store.calls[id].questions.questions == ()


async def test_publishing_sets_the_clocks_that_open_and_close() -> None:
    call = a_call(CallStatus.DRAFT)
    store = _store(call)

    await publish_call(PublishCall(call.id, at=OPENS_AT), FakeWork(store))

    assert store.deadlines == {
        (call.id, "call.open"): OPENS_AT,
        (call.id, "call.close"): CLOSES_AT + timedelta(seconds=1),
    }
    assert _said(store, call.id) == [CallPublished]


async def test_opening_is_told() -> None:
    call = a_call(CallStatus.PUBLISHED)
    store = _store(call)

    await open_call(OpenCall(call.id), FakeWork(store))

    assert _said(store, call.id) == [CallOpened]


async def test_closing_counts_what_came_in_and_lets_drafts_lapse() -> None:
    call = a_call()
    sent, draft = a_candidature(Status.SUBMITTED, call), a_candidature(Status.DRAFT, call, commune="92071")
    store = _store(call, sent, draft)

    await close_call(CloseCall(call.id), FakeWork(store))

    closed = next(event for _, event in store.published if isinstance(event, CallClosed))
    assert closed.submitted == 1
    assert (_said(store, sent.id), _said(store, draft.id)) == ([], [CandidatureLapsed])


async def test_closing_a_project_call_counts_proposals() -> None:
    call = a_project_call()
    store = _store(call)
    for proposal in (a_proposal(ProposalStatus.SUBMITTED, call), a_proposal(call=call)):
        store.proposals[proposal.id] = proposal

    await close_call(CloseCall(call.id), FakeWork(store))

    assert [event.submitted for _, event in store.published if isinstance(event, CallClosed)] == [1]


async def test_starting_is_told_and_recorded() -> None:
    call, id = a_call(), new_id()
    store = _store(call)

    await start_candidature(StartCandidature(id, call.id, COMMUNE, EDITOR), FakeWork(store))

    assert _said(store, id) == [CandidatureStarted]
    assert store.changes == [Change(id, 1, DURING, "agent", ("start",))]


async def test_an_autosave_records_who_changed_what() -> None:
    call = a_call()
    candidature = a_candidature(call=call)
    store = _store(call, candidature)

    version = await save_answers(SaveAnswers(candidature.id, {"themes": "Eau"}, 1, EDITOR), FakeWork(store))

    assert version == 2
    assert store.changes == [Change(candidature.id, 2, DURING, "agent", ("answers.themes",))]


async def test_an_autosave_that_changes_nothing_leaves_no_trace() -> None:
    call = a_call()
    candidature = a_candidature(call=call)
    store = _store(call, candidature)
    await save_answers(SaveAnswers(candidature.id, {"themes": "Eau"}, 1, EDITOR), FakeWork(store))

    again = await save_answers(SaveAnswers(candidature.id, {"themes": "Eau"}, 1, EDITOR), FakeWork(store))

    assert (again, len(store.changes)) == (2, 1)


async def test_a_stale_autosave_is_refused() -> None:
    call = a_call()
    candidature = a_candidature(call=call, version=4)

    with pytest.raises(Stale):
        await save_answers(
            SaveAnswers(candidature.id, {"themes": "Eau"}, 3, EDITOR), FakeWork(_store(call, candidature))
        )


async def test_a_team_of_strangers_is_refused() -> None:
    call = a_call()
    candidature = a_candidature(call=call)

    with pytest.raises(UnknownContact) as refusal:
        await name_team(
            NameTeam(candidature.id, {TeamRole.EXPERT: (new_id(),)}, 1, EDITOR), FakeWork(_store(call, candidature))
        )
    assert [error.pointer for error in refusal.value.errors] == ["/expert"]


async def test_submitting_a_complete_dossier_is_told() -> None:
    call, documents = a_call(), full_documents()
    candidature = a_candidature(call=call, dossier=a_full_dossier(documents[2].id))
    store = _store(call, candidature)
    store.documents = {it.id: replace(it, candidature_id=candidature.id) for it in documents}

    await submit_candidature(SubmitCandidature(candidature.id, EDITOR), FakeWork(store))

    assert _said(store, candidature.id) == [CandidatureSubmitted]


async def test_admitting_keeps_the_evidence_of_the_verdict() -> None:
    call, documents = a_call(CallStatus.CLOSED), full_documents()
    candidature = a_candidature(Status.SUBMITTED, call, dossier=a_full_dossier(documents[2].id))
    store = _store(call, candidature)
    store.documents = {it.id: replace(it, candidature_id=candidature.id) for it in documents}

    command = ExamineCandidature(candidature.id, True, (), Scope.everything(), AFTER)
    _, verdict = await examine_candidature(command, FakeWork(store))

    assert store.candidatures[candidature.id].verdict == verdict
    assert (verdict.favourable, _said(store, candidature.id)) == (True, [CandidatureAdmitted])


async def test_a_decision_is_told_as_concluded() -> None:
    call = a_call(CallStatus.CLOSED)
    candidature = a_candidature(Status.ADMITTED, call)
    store = _store(call, candidature)

    await conclude_candidature(
        ConcludeCandidature(candidature.id, Outcome.SELECTED, ("Beau défi.",), AFTER), FakeWork(store)
    )

    assert _said(store, candidature.id) == [CandidatureConcluded]


async def test_a_decision_on_something_unknown_waits_for_it() -> None:
    with pytest.raises(NotFound):
        await conclude_candidature(ConcludeCandidature(new_id(), Outcome.SELECTED, (), AFTER), FakeWork(Store()))


@pytest.mark.parametrize(("commune", "status"), [("93001", "selected"), (None, "not_selected")])
async def test_a_proposal_gets_its_outcome(commune: str | None, status: str) -> None:
    proposal = a_proposal(ProposalStatus.ADMITTED)
    store = Store(proposals={proposal.id: proposal})

    await conclude_proposal(ConcludeProposal(proposal.id, commune), FakeWork(store))

    assert (store.proposals[proposal.id].status, store.proposals[proposal.id].commune) == (status, commune)


async def test_an_announced_round_decides_its_call() -> None:
    call = a_call(CallStatus.CLOSED)
    store = _store(call)

    await decide_call(DecideCall(call.id), FakeWork(store))

    assert store.calls[call.id].status is CallStatus.DECIDED


async def test_a_dossier_holds_so_many_files_and_no_more() -> None:
    call = a_call()
    candidature = a_candidature(call=call)
    store = _store(call, candidature)
    files = (a_document(candidature_id=candidature.id) for _ in range(50))
    store.documents = {it.id: it for it in files}

    with pytest.raises(TooManyDocuments):
        await add_document(AddDocument(a_document(candidature_id=candidature.id), EDITOR), FakeWork(store))


async def test_a_file_that_attests_a_support_is_not_removed() -> None:
    call = a_call()
    document = a_document(DocumentKind.PARTNER_SUPPORT)
    candidature = a_candidature(call=call, dossier=a_full_dossier(document.id))
    store = _store(call, candidature)
    store.documents[document.id] = replace(document, candidature_id=candidature.id)

    with pytest.raises(DocumentInUse):
        await remove_document(RemoveDocument(candidature.id, document.id, EDITOR), FakeWork(store))


async def test_a_support_is_attested_by_a_file_of_that_kind() -> None:
    call = a_call()
    candidature = a_candidature(call=call)
    store = _store(call, candidature)
    letter = a_document(DocumentKind.MAYOR_COMMITMENT, candidature_id=candidature.id)
    store.documents[letter.id] = letter

    with pytest.raises(UnknownDocument):
        support = Support(new_id(), "École inventée", PartnerKind.SCHOOL, letter.id)
        await add_support(AddSupport(candidature.id, support, EDITOR), FakeWork(store))


async def test_a_threat_is_put_on_the_record() -> None:
    document = a_document(status=ScanStatus.PENDING_SCAN)
    store = Store(documents={document.id: document})

    await record_scan(RecordScan(document.id, "Eicar-Test-Signature", AFTER), FakeWork(store))

    assert store.documents[document.id].status is ScanStatus.INFECTED
    assert store.recorded == [
        (
            "document.infected",
            document.id,
            {"threat": "Eicar-Test-Signature", "candidature": str(document.candidature_id)},
        )
    ]


async def test_a_new_contact_is_told() -> None:
    store, contact = Store(), a_contact()

    await save_contact(SaveContact(contact, None, Scope.only(COMMUNE)), FakeWork(store))

    assert store.states == [(contact.id, contact.state())]


async def test_nobody_writes_the_contacts_of_another_organisation() -> None:
    with pytest.raises(Forbidden):
        await save_contact(SaveContact(a_contact(), None, Scope.only("92071")), FakeWork(Store()))


@pytest.mark.parametrize("function", ["programme", "committee_member", "juror"])
async def test_nobody_makes_oneself_of_those_who_are_told_before_the_announcement(function: str) -> None:
    store, contact = Store(), a_contact(function=ContactFunction(function))

    with pytest.raises(ReservedFunction):
        await save_contact(SaveContact(contact, None, Scope.only(COMMUNE)), FakeWork(store))
    assert (store.contacts, store.states) == ({}, [])


async def test_nobody_takes_the_place_of_those_who_are_told_before_the_announcement() -> None:
    juror = a_contact(function=ContactFunction.JUROR)
    store = Store(contacts={juror.id: juror})
    mine = replace(juror, function=ContactFunction.EXPERT, email="ailleurs@example.org")

    with pytest.raises(ReservedFunction):
        await save_contact(SaveContact(mine, 1, Scope.only(COMMUNE)), FakeWork(store))


async def test_the_programme_team_names_those_who_are_told_before_the_announcement() -> None:
    store, contact = Store(), a_contact(function=ContactFunction.COMMITTEE_MEMBER)

    await save_contact(SaveContact(contact, None, Scope.everything()), FakeWork(store))

    assert store.contacts == {contact.id: contact}


async def test_a_known_contact_is_changed_only_by_who_has_read_it() -> None:
    contact = a_contact()
    store = Store(contacts={contact.id: contact})

    with pytest.raises(ContactKnown):
        await save_contact(SaveContact(replace(contact, name="Autre"), None, Scope.everything()), FakeWork(store))


async def test_erasing_a_contact_says_so_to_everybody_and_on_the_record() -> None:
    contact = a_contact()
    store = Store(contacts={contact.id: contact})

    await erase_contact(EraseContact(contact.id, Scope.only(COMMUNE), AFTER), FakeWork(store))

    assert store.states == [(contact.id, ContactErased(contact_id=contact.id))]
    assert store.recorded == [("contact.erased", contact.id, {"organisation": COMMUNE})]


async def test_a_refused_command_leaves_nothing_behind() -> None:
    call = a_call(CallStatus.CLOSED)
    store = _store(call, a_candidature(call=call))
    before = store.copy()

    with pytest.raises(NotFound):
        await submit_candidature(SubmitCandidature(new_id(), EDITOR), FakeWork(store))
    assert store == before
