"""What the commands on dead letters have in common: choosing, deciding under one transaction per key, answering."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import typer

from deploy.commands.output import Refused, as_json, as_table, console
from deploy.commands.reach import Reach, progress_bar, service_of
from deploy.commands.showing import said, summary, text
from deploy.operations import letters
from deploy.operations.letters import Seen
from deploy.operations.transactions import Act
from shared.kit.graveyard import Chosen, DeadLetter
from shared.kit.redrive import Outcome

Done = list[tuple[DeadLetter, Outcome]]
Work = Callable[[str, Sequence[DeadLetter], Act, letters.Progress], Awaitable[Done]]

STATUS = {"pending": "à régler", "redriven": "redonné", "discarded": "écarté"}
OUTCOMES = {
    Outcome.REDRIVEN: "redonné",
    Outcome.DISCARDED: "écarté",
    Outcome.ALREADY_REDRIVEN: "refusé : déjà redonné (--again)",
    Outcome.ALREADY_DISCARDED: "refusé : écarté (--again)",
    Outcome.ALREADY_PARKED: "refusé : déjà en attente",
    Outcome.ALREADY_HANDLED: "refusé : traité depuis (--again le traiterait deux fois)",
    Outcome.TOO_MANY_CYCLES: "refusé : redonné trop souvent (--max-cycles)",
    Outcome.UNREADABLE: "refusé : illisible pour cette version",
    Outcome.NOT_OURS: "refusé : aucun de nos groupes ne l’a écrit",
}


@dataclass(frozen=True)
class Request:
    """What was asked: which dead letters, of which source topic, at most how many, where, in which form."""

    place: Reach
    chosen: Chosen
    topic: str | None = None
    limit: int | None = None
    json: bool = False

    def found(self) -> list[Seen]:
        """The dead letters that are meant; raises Refused when one that is named is not there."""
        with progress_bar("Messages lus") as bar:
            work = letters.find(self.place.access, self.place.owner_dsn, self.chosen, self.topic, bar.at)
            found = asyncio.run(work)
        if missing := self.chosen.refs - {seen.letter.ref for seen in found}:
            raise Refused(f"Introuvable : {', '.join(sorted(missing))}.")
        return found

    def words(self) -> dict[str, object]:
        """The request, for the record of operations."""
        chosen = self.chosen
        given: dict[str, object] = {
            "refs": sorted(chosen.refs),
            "topic": self.topic,
            "reason": chosen.reason,
            "key": chosen.key,
            "since": chosen.since.isoformat() if chosen.since else None,
            "until": chosen.until.isoformat() if chosen.until else None,
            "limit": self.limit,
        }
        return {name: value for name, value in given.items() if value}


def decide(
    request: Request,
    work: Work,
    *,
    open_to: Callable[[Seen], bool],
    service: str | None,
    operator: str,
    command: str,
    details: Mapping[str, object],
    dry_run: bool,
) -> None:
    """Do something with the dead letters that are meant, and say what; those not `open_to` it only if named."""
    found = request.found()
    candidates = [seen.letter for seen in found if request.chosen.refs or open_to(seen)]
    group = _one_group(candidates, request.chosen.group)
    act = Act(operator, command, group, {**request.words(), **details}, dry_run)
    done: Done = []
    if meant := candidates[: request.limit]:
        with progress_bar("Messages réglés") as bar:
            done = asyncio.run(_awaited(work(service_of(group, service), meant, act, bar.at)))
    _report(done, act, request, settled=len(found) - len(candidates))
    if any(outcome.refused for _, outcome in done):
        raise typer.Exit(1)


def line(seen: Seen, *, reveal: bool = False) -> dict[str, Any]:
    """What a line says of a dead letter."""
    letter = seen.letter
    return {
        "ref": letter.ref,
        "status": seen.status,
        "group": letter.group,
        "reason": letter.reason,
        "detail": said(letter.detail, letter.record, reveal=reveal),
        "attempts": letter.attempts,
        "died_at": letter.died_at.isoformat(),
        "cycle": letter.cycle,
        "record": summary(letter.record),
    }


async def _awaited(work: Awaitable[Done]) -> Done:
    return await work


def _one_group(candidates: Sequence[DeadLetter], asked: str | None) -> str:
    groups = sorted({letter.group for letter in candidates})
    if len(groups) > 1:
        raise Refused(f"Un seul groupe à la fois : donnez --group ({', '.join(groups)}).")
    return groups[0] if groups else asked or ""


def _report(done: Done, act: Act, request: Request, *, settled: int) -> None:
    counts = Counter(outcome for _, outcome in done)
    if request.json:
        messages = [
            {"ref": letter.ref, "key": text(letter.record.key), "reason": letter.reason, "outcome": outcome}
            for letter, outcome in done
        ]
        answer = {
            "dry_run": act.dry_run,
            "operation": None if act.dry_run or not done else str(act.id),
            "group": act.group,
            "counts": dict(sorted(counts.items())),
            "already_settled": settled,
            "messages": messages,
        }
        as_json(answer)
        return
    rows = [(letter.ref, text(letter.record.key), letter.reason, OUTCOMES[outcome]) for letter, outcome in done]
    as_table(("Message", "Clé", "Raison", "Suite"), rows)
    console.print(", ".join(f"{OUTCOMES[outcome]} : {count}" for outcome, count in counts.items()) or "Rien à faire.")
    if settled:
        console.print(f"{settled} messages déjà réglés, laissés (--again).")
    if act.dry_run:
        console.print("À blanc : rien n’a été changé.")
