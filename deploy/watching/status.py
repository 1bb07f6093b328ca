"""How each service is, and what is wrong with it, in figures."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

from deploy.watching import thresholds
from deploy.watching.samples import PATIENCE, Process, ask


@dataclass(frozen=True)
class Status:
    """The figures of a service; None is what nobody could tell. Ages are in seconds, `…_at` in seconds since 1970."""

    service: str
    api: str
    worker: str
    checks: Mapping[str, str]
    outbox: int | None
    outbox_age: float | None
    lag: int | None
    lag_by_partition: Mapping[str, int]
    parked: int | None
    parked_age: float | None
    dead: int | None
    dead_by_reason: Mapping[str, int]
    dead_at: float | None
    overdue: int | None
    overdue_age: float | None
    last_error: str | None
    last_error_at: float | None
    wrong: tuple[str, ...] = field(default=())


async def examine(apis: Mapping[str, str], workers: Mapping[str, str]) -> list[Status]:
    """Ask every process, side by side; a service without a known worker is judged by its api."""
    services = list(dict.fromkeys([*apis, *workers]))
    async with httpx.AsyncClient(timeout=PATIENCE) as client:

        async def asked(url: str | None) -> Process | None:
            return None if url is None else await ask(client, url)

        urls = [addresses.get(service) for service in services for addresses in (apis, workers)]
        processes = await asyncio.gather(*(asked(url) for url in urls))
    pairs = zip(services, processes[::2], processes[1::2], strict=True)
    return [status_of(service, api, worker, now=time.time()) for service, api, worker in pairs]


def status_of(service: str, api: Process | None, worker: Process | None, *, now: float) -> Status:
    """The status of a service at this instant, from what its two processes say."""
    known = [process for process in (worker, api) if process is not None]
    lag = _by(worker, "qmi_consumer_lag", "topic", "partition")
    reasons = _by(worker, "qmi_dead_lettered_messages_total", "reason")
    hears = worker is not None and bool(worker.samples)
    event, at = _last_error(known)
    status = Status(
        service=service,
        api=api.state if api else "unknown",
        worker=worker.state if worker else "unknown",
        checks={name: state for process in known for name, state in process.checks.items()},
        outbox=_count(_most(known, "qmi_outbox_pending")),
        outbox_age=_most(known, "qmi_outbox_oldest_seconds"),
        lag=sum(lag.values()) if lag else None,
        lag_by_partition=lag,
        parked=_counted(known, "qmi_parked_messages"),
        parked_age=_most(known, "qmi_parked_oldest_seconds"),
        dead=sum(reasons.values()) if hears else None,
        dead_by_reason=reasons,
        dead_at=_most(known, "qmi_last_error_timestamp_seconds", event="dead_lettered"),
        overdue=_counted(known, "qmi_deadlines_overdue"),
        overdue_age=_most(known, "qmi_deadlines_overdue_oldest_seconds"),
        last_error=event,
        last_error_at=at,
    )
    return Status(**{**vars(status), "wrong": tuple(_wrong(status, known, now))})


def _wrong(status: Status, known: list[Process], now: float) -> list[str]:
    refused = sum(sample.value for process in known for sample in process.of("qmi_relay_refused_total"))
    broken = _most(known, "qmi_audit_broken") or 0
    failed_at = _most(known, "qmi_last_error_timestamp_seconds", event="deadline_failed")
    verdicts = {
        "api": status.api in ("away", "not-ready"),
        "worker": status.worker in ("away", "not-ready"),
        "outbox": (status.outbox_age or 0) > thresholds.OUTBOX_AGE,
        "relay": refused > 0,
        "lag": (status.lag or 0) > thresholds.LAG,
        "parked": (status.parked_age or 0) > thresholds.PARKED_AGE,
        "dead": status.dead_at is not None and now - status.dead_at < thresholds.DEAD_WITHIN,
        "deadlines": (status.overdue_age or 0) > thresholds.OVERDUE_AGE
        or (failed_at is not None and now - failed_at < thresholds.DEADLINE_FAILED_WITHIN),
        "audit": broken > 0,
    }
    return [name for name, wrong in verdicts.items() if wrong]


def _most(processes: list[Process], name: str, **labels: str) -> float | None:
    """Both processes measure the same database: the larger value is the later, or the only one known."""
    return max((sample.value for process in processes for sample in process.of(name, **labels)), default=None)


def _counted(processes: list[Process], name: str) -> int | None:
    """The sum over labels; no sample is nothing, unless the process does not know its database at all."""
    sums = [sum(sample.value for sample in process.of(name)) for process in processes if _measures(process)]
    return int(max(sums)) if sums else None


def _measures(process: Process) -> bool:
    return any(process.of("qmi_outbox_pending"))


def _count(value: float | None) -> int | None:
    return None if value is None else int(value)


def _by(process: Process | None, name: str, *labels: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for sample in process.of(name) if process else ():
        key = "/".join(sample.labels[label] for label in labels)
        found[key] = found.get(key, 0) + int(sample.value)
    return found


def _last_error(processes: list[Process]) -> tuple[str | None, float | None]:
    seen = [sample for process in processes for sample in process.of("qmi_last_error_timestamp_seconds")]
    last = max(seen, key=lambda sample: sample.value, default=None)
    return (last.labels["event"], last.value) if last else (None, None)
