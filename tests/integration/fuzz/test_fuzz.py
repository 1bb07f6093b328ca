"""Wrong input to every operation of the four services, from whoever may call: refused as documented, never a fault."""

import asyncio
import copy
import os

import pytest
import schemathesis
from fastapi import FastAPI

from shared.kit.api.sandbox import CLOCK_RULES
from tests.contract.applications import SERVICES, operations_of, routes_of, rules_of
from tests.integration.fuzz.cases import Effort
from tests.integration.fuzz.conftest import Makers
from tests.integration.fuzz.explorer import Explorer

SEED = int(os.environ.get("QMI_FUZZ_SEED", "0"))
TIMES = int(os.environ.get("QMI_FUZZ_TIMES", "1"))
# Any refusal will do: which one is right is for the tests of each route to say.
CONFIG = schemathesis.Config.from_dict({"checks": {"negative_data_rejection": {"expected-statuses": ["4xx"]}}})


def schema_of(app: FastAPI) -> schemathesis.BaseSchema:
    """What an application promises, but for tokens: who calls is not drawn, and whoever has none is one of those."""
    document = copy.deepcopy(app.openapi())
    for operation in operations_of(document).values():
        del operation["security"]
    schema = schemathesis.openapi.from_dict(document, config=CONFIG)
    schema.app = app
    return schema


@pytest.mark.timeout(900)
@pytest.mark.parametrize("service", SERVICES)
async def test_nothing_one_can_send_is_answered_otherwise_than_documented(service: str, makers: Makers) -> None:
    async with makers.target(service) as target:
        explorer = Explorer(
            schema_of(target.app),
            routes_of(service, "sandbox"),
            {**rules_of(service), **CLOCK_RULES},
            target.seeds,
            Effort().times(TIMES),
            SEED,
        )
        for who in target.seeds.identities:
            await asyncio.to_thread(explorer.explore, who)

    print(f"{service}: {explorer.sent.total()} requests, {explorer.statuses()}")
    if explorer.found:
        pytest.fail("\n\n".join(explorer.found.values()), pytrace=False)
    if missed := explorer.unreached():
        pytest.fail(
            "never done:\n" + "\n".join(f"{name}: {answers}" for name, answers in missed.items()), pytrace=False
        )
