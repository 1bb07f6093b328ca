"""What the migration runner decides, without a database."""

import pytest

from shared.kit.migrate import Migration, MigrationError, migrations_of, pending

FIRST, SECOND = Migration("kit/0001_a.sql", "SELECT 1"), Migration("candidature/0001_b.sql", "SELECT 2")


def test_what_was_not_applied_is_left_in_order() -> None:
    assert pending([FIRST, SECOND], {}) == [FIRST, SECOND]


def test_what_was_applied_is_not_applied_again() -> None:
    assert pending([FIRST, SECOND], {FIRST.name: FIRST.checksum}) == [SECOND]


def test_an_edited_migration_is_refused() -> None:
    with pytest.raises(MigrationError, match="edited"):
        pending([FIRST], {FIRST.name: SECOND.checksum})


def test_a_migration_of_a_newer_release_is_refused() -> None:
    with pytest.raises(MigrationError, match="older release"):
        pending([FIRST], {SECOND.name: SECOND.checksum})


@pytest.mark.parametrize("service", ["candidature", "selection", "experiments", "notifications"])
def test_the_kit_comes_before_the_service(service: str) -> None:
    owners = [migration.name.split("/")[0] for migration in migrations_of(service)]

    assert owners[0] == "kit"
    assert owners.count("kit") + owners.count(service) == len(owners)
    assert owners == sorted(owners, key=lambda owner: owner != "kit")
