"""A store in memory for each test."""

import pytest

from tests.fakes.experiments import FakeWork, Store


@pytest.fixture
def store() -> Store:
    """Nothing in it yet."""
    return Store()


@pytest.fixture
def work(store: Store) -> FakeWork:
    """A unit of work on that store."""
    return FakeWork(store)
