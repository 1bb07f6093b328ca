"""What stands before the apis of a rolling restart: it takes turns, skips who is out, and never tries twice."""

import asyncio
import itertools
from collections import Counter
from dataclasses import dataclass, field

import httpx

from tests.faults.running import Process


@dataclass
class Balancer:
    """Round robin over the instances that are in; `out` is what a platform does before it sends SIGTERM."""

    instances: list[Process]
    client: httpx.AsyncClient
    errors: list[str] = field(default_factory=list)
    answered: Counter[int] = field(default_factory=Counter)
    _out: set[str] = field(default_factory=set)
    _in_flight: Counter[str] = field(default_factory=Counter)
    _turn: "itertools.count[int]" = field(default_factory=itertools.count)

    async def post(self, path: str, body: object, headers: dict[str, str]) -> int:
        """One request to one instance, never repeated; 0 when no answer came."""
        for _ in self.instances:
            instance = self.instances[next(self._turn) % len(self.instances)]
            if instance.name not in self._out:
                break
        self._in_flight[instance.name] += 1
        try:
            answer = await self.client.post(instance.url + path, json=body, headers=headers)
        except httpx.TransportError as error:
            self.errors.append(f"{instance.name}: {error!r}")
            return 0
        finally:
            self._in_flight[instance.name] -= 1
        self.answered[answer.status_code] += 1
        if answer.status_code >= 500:
            self.errors.append(f"{instance.name}: {answer.status_code} {answer.text[:200]}")
        return answer.status_code

    async def replace(self, instance: Process) -> None:
        """Take an instance out, let it answer what it was given and end, start it anew, put it in once it is ready."""
        self._out.add(instance.name)
        while self._in_flight[instance.name]:
            await asyncio.sleep(0.01)
        await instance.ask_to_go()
        instance.start()
        await instance.ready()
        self._out.discard(instance.name)
