"""Everything that can go wrong, once, in an order of the seed's: nothing lost, nothing doubled, in order per key."""

import os

import pytest

from tests.faults.nemeses import NEMESES
from tests.faults.run import FaultRun
from tests.faults.world import World

SEED = int(os.environ.get("QMI_FAULTS_SEED", "20240112"))
COMMANDS = 5_000
# On a machine that does nothing else, five minutes see fifteen thousand commands: enough to lead to every crash point.
LEADS_EVERYWHERE = 12_000
MINUTES = float(os.environ.get("QMI_FAULTS_MINUTES", "5"))

pytestmark = [pytest.mark.real_kafka, pytest.mark.timeout(600 + 60 * MINUTES)]


async def test_whatever_happens_nothing_is_lost_doubled_or_out_of_order(world: World) -> None:
    verdict = await FaultRun(world, SEED, seconds=60 * MINUTES, at_least=COMMANDS).play()
    verdict.save()

    print(verdict.page())
    assert verdict.sound, verdict.page()
    acknowledged = verdict.report.figures["commands acknowledged"]
    assert acknowledged >= COMMANDS
    assert {blow.nemesis for blow in verdict.blows} == set(NEMESES)
    assert acknowledged < LEADS_EVERYWHERE or verdict.untouched == []
