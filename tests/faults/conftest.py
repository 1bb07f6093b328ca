"""One world for all fault tests of a run, with a broker and a database of its own."""

import logging
from collections.abc import AsyncIterator

import pytest

from tests.faults.world import World
from tests.infrastructure.engine import NoImage, answers


@pytest.fixture(scope="module")
async def world() -> AsyncIterator[World]:
    """Kafka and PostgreSQL behind proxies, made once for the module."""
    if not answers():
        pytest.skip("needs containers of its own: no Docker engine answers")
    logging.getLogger("asyncpg").setLevel(logging.CRITICAL)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        made = World()
    except NoImage as error:
        pytest.skip(f"needs containers of its own: {error}")
    try:
        await made.start()
        yield made
    finally:
        await made.stop()
