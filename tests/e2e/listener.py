"""The sample partner, run as a partner runs it: a program of its own, with a principal of its own on a real Kafka."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

from deploy.kafka import partners
from tests.infrastructure.containers import KafkaContainer
from tests.infrastructure.embedded import EmbeddedKafka

ROOT = Path(__file__).parents[2]
NAME = "banque-des-territoires"
SECRET = "only-for-this-test"
QUIET_AFTER = 6


async def listen(kafka: KafkaContainer | EmbeddedKafka, *words: str) -> list[dict[str, Any]]:
    """What the partner program prints as JSON, from the beginning of the public topics until they fall silent."""
    command = [sys.executable, "-m", "deploy.demo.partner", "--json", "--idle-seconds", str(QUIET_AFTER)]
    command += ["--group", f"{partners.group_prefix(NAME)}test", *_login(kafka), *words]
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=ROOT,
        env={**os.environ, "QMI_PARTNER_PASSWORD": SECRET},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, complained = await process.communicate()
    assert process.returncode == 0, complained.decode()
    return [json.loads(line) for line in said.decode().splitlines()]


def _login(kafka: KafkaContainer | EmbeddedKafka) -> list[str]:
    if isinstance(kafka, EmbeddedKafka):
        return ["--kafka", kafka.address]
    partners.admit(kafka.address, NAME, SECRET)
    return ["--kafka", kafka.partners, "--username", NAME, "--security", "SASL_PLAINTEXT"]
