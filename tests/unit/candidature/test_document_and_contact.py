"""Files wait in quarantine; contacts are forgotten for good."""

import pytest

from services.candidature.domain.document import TRANSITIONS, ScanStatus
from services.candidature.domain.errors import ContactErased as AlreadyErased
from services.candidature.domain.errors import DocumentNotAvailable
from shared.events.contacts import ContactChanged, ContactErased
from shared.events.types import ContactFunction, Locale
from shared.kit.refusals import InvalidState
from tests.builders.candidature import AFTER, COMMUNE, a_contact, a_document


@pytest.mark.parametrize("start", ScanStatus)
@pytest.mark.parametrize("verdict", ScanStatus)
def test_the_scanner_decides_once(start: ScanStatus, verdict: ScanStatus) -> None:
    document = a_document(status=start)

    if verdict in TRANSITIONS[start]:
        assert document.found(verdict, at=AFTER).status is verdict
        return
    with pytest.raises(InvalidState):
        document.found(verdict, at=AFTER)


@pytest.mark.parametrize("status", [ScanStatus.PENDING_SCAN, ScanStatus.INFECTED])
def test_only_a_clean_file_is_given_out(status: ScanStatus) -> None:
    with pytest.raises(DocumentNotAvailable):
        a_document(status=status).require_clean()


def test_a_contact_tells_its_whole_state() -> None:
    contact = a_contact()

    assert contact.state() == ContactChanged(
        contact_id=contact.id,
        organisation=COMMUNE,
        function=ContactFunction.REFERENT_AGENT,
        name="Agent référent",
        email="agent@example.org",
        locale=Locale.FRENCH,
    )


def test_erasing_forgets_the_person_and_keeps_the_identifier() -> None:
    contact = a_contact()

    erased, event = contact.erase(at=AFTER)

    assert (erased.id, erased.name, erased.email, erased.erased_at) == (contact.id, None, None, AFTER)
    assert event == ContactErased(contact_id=contact.id)


def test_an_erased_contact_does_not_come_back() -> None:
    erased, _ = a_contact().erase(at=AFTER)

    with pytest.raises(AlreadyErased):
        erased.require_kept()
