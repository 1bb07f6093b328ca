"""Crash points around every await of the way of a message; `QMI_CRASH_AT=<point>:<n>` dies at the nth passage.

Only the processes of the fault tests know this: the modules of their role are rewritten while they are imported, so
that no await is forgotten. SIGUSR1 reads the file named by QMI_CRASH_FILE: a running process can be told where to die.
Passages and deaths of each point are counted in the file named by QMI_CRASH_COUNTS, which outlives the process.
"""

import ast
import mmap
import os
import signal
import sys
from array import array
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cache
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, TypeVar

T = TypeVar("T")

_ROOT = Path(__file__).parents[2]
_MODULES: dict[str, tuple[str, ...]] = {
    "api": ("shared.kit.api.idempotency", "shared.kit.unit_of_work", "shared.kit.outbox"),
    "relay": (
        "shared.kit.relay",
        "shared.kit.pipeline",
        "shared.kit.shipping",
        "shared.kit.packing",
        "shared.kit.shards",
        "shared.kit.deadlines",
    ),
    "worker": (
        "shared.kit.consumer",
        "shared.kit.inbox",
        "shared.kit.consume",
        "shared.kit.park",
        "shared.kit.dead_letters",
    ),
    "operator": ("shared.kit.redrive", "deploy.operations.letters", "deploy.operations.transactions"),
}
# What these processes never do: other commands, what no event is made of, what comes after what never returns.
_ELSEWHERE = (
    "unit_of_work.SqlDeadlines.cancel ",
    "unit_of_work.SqlUnitOfWork.publish_state ",
    "unit_of_work.SqlUnitOfWork.record ",
    "outbox.append_state ",
    "shards.take_all ",
    "redrive.discard_letter ",
    "letters.discard ",
    "transactions.Act.transaction rollback ",
    "relay.Relay.run _session after",
    "idempotency.OnlyOnce.recall _replay after",
    "idempotency.OnlyOnce.claim _replay after",
)
_AWAIT, _WITH = ("before", "after"), ("entering", "entered", "leaving", "left")
_PASSING, _WITHIN = "__passing__", "__within__"

_passed = 0
_at: tuple[str, int] = ("", 0)
_slots: dict[str, int] = {}
_counts: "memoryview[int] | list[int]" = []


@cache
def points(role: str) -> tuple[str, ...]:
    """Every point of a role, as its modules are written now."""
    found: list[str] = []
    for name in _MODULES[role]:
        guard = _Guard(name)
        guard.visit(ast.parse((_ROOT / f"{name.replace('.', '/')}.py").read_text(encoding="utf-8")))
        found += guard.points
    return tuple(point for point in found if not point.startswith(_ELSEWHERE))


def install(role: str) -> None:
    """Guard the modules of this role, which must not have been imported yet, and obey QMI_CRASH_AT."""
    if early := sorted(set(_MODULES[role]) & set(sys.modules)):
        raise RuntimeError(f"imported before its crash points were put in: {early}")
    sys.meta_path.insert(0, _Finder(_MODULES[role]))
    if counts := os.environ.get("QMI_CRASH_COUNTS"):
        _count_in(Path(counts), points(role))
    _aim(os.environ.get("QMI_CRASH_AT", ""))
    if file := os.environ.get("QMI_CRASH_FILE"):
        signal.signal(signal.SIGUSR1, lambda *_: _aim(Path(file).read_text()))


def reach(point: str) -> None:
    """Count the passage, and die here if told so: no cleanup, no farewell."""
    global _passed
    slot = _slots.get(point)
    if slot is not None:
        _counts[slot] += 1
    name, times = _at
    if point == name:
        _passed += 1
        if _passed >= times:
            if slot is not None:
                _counts[slot + 1] += 1
            os.kill(os.getpid(), signal.SIGKILL)


def tally(role: str, files: Sequence[Path]) -> tuple[Counter[str], Counter[str]]:
    """How often each point of a role was passed, and died at, by all its processes."""
    passages: Counter[str] = Counter(dict.fromkeys(points(role), 0))
    deaths: Counter[str] = Counter()
    for file in files:
        counts = array("Q", file.read_bytes())
        passages.update(dict(zip(points(role), counts[::2], strict=True)))
        deaths.update(dict(zip(points(role), counts[1::2], strict=True)))
    return passages, +deaths


def _count_in(file: Path, names: Sequence[str]) -> None:
    """Keep the counts in memory shared with a file: kill -9 does not undo them."""
    global _counts
    if not file.exists():
        file.write_bytes(bytes(16 * len(names)))
    with file.open("r+b") as opened:
        _counts = memoryview(mmap.mmap(opened.fileno(), 0)).cast("Q")
    _slots.update((name, 2 * number) for number, name in enumerate(names))


def _aim(told: str) -> None:
    global _at, _passed
    point, _, times = told.strip().rpartition(":")
    _at, _passed = (point, int(times or 0)), 0


async def _pass(name: str, awaited: Awaitable[T]) -> T:
    reach(f"{name} before")
    result = await awaited
    reach(f"{name} after")
    return result


@asynccontextmanager
async def _within(name: str, manager: AbstractAsyncContextManager[T]) -> AsyncIterator[T]:
    reach(f"{name} entering")
    async with manager as entered:
        reach(f"{name} entered")
        yield entered
        reach(f"{name} leaving")
    reach(f"{name} left")


class _Guard(ast.NodeTransformer):
    """Rewrites `await x` as `await __passing__("where x", x)`, and `async with` alike; names the points it makes."""

    def __init__(self, module: str) -> None:
        self._where = [module.rpartition(".")[2]]
        self._seen: Counter[str] = Counter()
        self.points: list[str] = []

    def _visit_scope(self, node: Any) -> Any:
        self._where.append(node.name)
        self.generic_visit(node)
        self._where.pop()
        return node

    visit_ClassDef = visit_FunctionDef = visit_AsyncFunctionDef = _visit_scope  # noqa: N815

    def visit_Await(self, node: ast.Await) -> ast.Await:
        """One await."""
        name = self._name(node.value, _AWAIT)
        self.generic_visit(node)
        node.value = _call(_PASSING, name, node.value)
        return node

    def visit_AsyncWith(self, node: ast.AsyncWith) -> ast.AsyncWith:
        """One block; a time limit waits for nothing."""
        for item in node.items:
            if _callee(item.context_expr) != "timeout":
                name = self._name(item.context_expr, _WITH)
                item.context_expr = _call(_WITHIN, name, self.visit(item.context_expr))
        node.body = [self.visit(statement) for statement in node.body]
        return node

    def _name(self, awaited: ast.expr, sides: Sequence[str]) -> str:
        name = f"{'.'.join(self._where)} {_callee(awaited)}"
        self._seen[name] += 1
        name += f"#{self._seen[name]}" if self._seen[name] > 1 else ""
        self.points += [f"{name} {side}" for side in sides]
        return name


class _Finder(MetaPathFinder):
    """Finds the modules to guard before anybody else does."""

    def __init__(self, modules: Sequence[str]) -> None:
        self._modules = modules

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> Any:
        """The usual place, with a loader of our own."""
        found: ModuleSpec | None = PathFinder.find_spec(fullname, path) if fullname in self._modules else None
        if found is not None and found.origin is not None:
            found.loader = _Loader(fullname, found.origin)
        return found


class _Loader(SourceFileLoader):
    """Compiles the guarded source; neither reads nor leaves a compiled file."""

    def get_code(self, fullname: str) -> CodeType:
        """The guarded code."""
        tree = _Guard(fullname).visit(ast.parse(self.get_data(self.path), self.path))
        return compile(ast.fix_missing_locations(tree), self.path, "exec", dont_inherit=True)

    def exec_module(self, module: ModuleType) -> None:
        """Run it with what its rewritten awaits call."""
        module.__dict__.update({_PASSING: _pass, _WITHIN: _within})
        super().exec_module(module)


def _call(function: str, name: str, argument: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(function, ast.Load()), [ast.Constant(name), argument], [])


def _callee(expression: ast.expr) -> str:
    """`f` of `x.f(y)`, and the whole of anything else."""
    called = expression.func if isinstance(expression, ast.Call) else expression
    return called.attr if isinstance(called, ast.Attribute) else ast.unparse(called)
