"""The checker is checked: what breaks a promise is accused of it. All five by `make faults-broken`; two here."""

import pytest

from tests.faults.variants import ACCUSED_OF, run_of
from tests.faults.world import World

pytestmark = [pytest.mark.real_kafka, pytest.mark.timeout(600)]


@pytest.mark.parametrize("variant", ["ack-before-work", "skip-locked"])
async def test_a_broken_variant_is_accused_of_what_it_does(world: World, variant: str) -> None:
    verdict = await run_of(world, variant, seed=1).play()

    print(verdict.page())
    assert set(verdict.report.faults) >= ACCUSED_OF[variant], verdict.page()
