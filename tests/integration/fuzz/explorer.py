"""Sends right and wrong requests to every operation of an application as somebody; collects what should not happen."""

import copy
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.result import Ok
from schemathesis.schemas import BaseSchema

from shared.kit.access import Rules
from shared.kit.api.routes import StrictRoute
from shared.kit.identity import new_id
from tests.integration.fuzz.cases import Cases, Effort, Operation, Request, wrong_parts
from tests.integration.fuzz.judge import faults
from tests.integration.fuzz.mutations import aimed
from tests.integration.fuzz.seeds import EVERYWHERE, Identity, Seeds

_ORDER = ("GET", "PUT", "PATCH", "CREATE", "DELETE", "POST")
_KEPT_OUT = 3
# An address that cannot be read is refused before anybody is asked who they are.
_UNREADABLE = {400, 414}


@dataclass
class Explorer:
    """One application, seen by one caller after the other."""

    schema: BaseSchema
    routes: Mapping[str, StrictRoute]
    rules: Rules
    seeds: Seeds
    effort: Effort
    seed: int = 0
    sent: Counter[tuple[str, int]] = field(default_factory=Counter)
    found: dict[str, str] = field(default_factory=dict)
    _cases: dict[str, Cases] = field(default_factory=dict)
    _covered: set[str] = field(default_factory=set)

    def explore(self, who: Identity) -> None:
        """Every operation once over: reading, then writing, then what ends something."""
        for operation in sorted(self._operations(), key=lambda each: (self._turn(each), each.label)):
            cases = self._cases_of(operation)
            requirement = self.routes[operation.label].requirement
            if requirement is not None and who.may(requirement.action, self.rules):
                self._let_in(operation, cases, who)
            else:
                self._keep_out(cases, who)

    def statuses(self) -> dict[int, int]:
        """How often each status was answered."""
        counted: Counter[int] = Counter()
        for (_, status), times in self.sent.items():
            counted[status] += times
        return dict(sorted(counted.items()))

    def unreached(self) -> dict[str, dict[int, int]]:
        """What was answered by operations that never did what they are for: what lies behind was not explored."""
        done = {label for label, status in self.sent if status < 300}
        return {
            operation.label: {status: times for (label, status), times in self.sent.items() if label == operation.label}
            for operation in self._operations()
            if operation.label not in done
        }

    def _operations(self) -> Iterator[Operation]:
        for result in self.schema.get_all_operations():
            if not isinstance(result, Ok):
                raise result.err()
            yield result.ok()

    def _turn(self, operation: Operation) -> int:
        if operation.label == "POST /sandbox/clock":
            return len(_ORDER)  # Time moves when everything else is over.
        creates = self.routes[operation.label].status_code == 201
        return _ORDER.index("CREATE" if creates else operation.method.upper())

    def _cases_of(self, operation: Operation) -> Cases:
        if operation.label not in self._cases:
            bodies = [*self.seeds.bodies.get(operation.label, ()), *EVERYWHERE.get(operation.label, ())]
            self._cases[operation.label] = Cases.of(operation, bodies, self.effort, self.seed)
        return self._cases[operation.label]

    def _let_in(self, operation: Operation, cases: Cases, who: Identity) -> None:
        """Right requests to every place there is; the schema is covered once, since it is the same for everybody."""
        places = len(self.seeds.places_for(operation.label, {each.name for each in operation.path_parameters}))
        sending = [cases.right[number % len(cases.right)] for number in range(max(len(cases.right), places))]
        if operation.label not in self._covered:
            self._covered.add(operation.label)
            sending += cases.covering
        for requests in (sending, cases.mutated):
            for pick, case in enumerate(requests):
                self._try(who, self._aim(case, pick, who))

    def _keep_out(self, cases: Cases, who: Identity) -> None:
        expected = _UNREADABLE | {403 if who.headers else 401}
        for pick, case in enumerate(cases.right[:_KEPT_OUT]):
            status = self._try(who, self._aim(case, pick, who))
            if status not in expected:
                self._blame(who, f"answers {status} to whom it should not let in", case)

    def _aim(self, case: Request, pick: int, who: Identity) -> Request:
        """Lead a request to something that exists, except where that is what is wrong with it."""
        wrong = wrong_parts(case)
        places = self.seeds.places_for(case.operation.label, set(case.path_parameters))
        if places and pick % 11 < 10 and ParameterLocation.PATH not in wrong:
            place = places[pick % len(places)]
            case.path_parameters = {name: place[name] for name in case.path_parameters}
        if ParameterLocation.QUERY not in wrong and pick % 7 < 6:  # an invented cursor would end every list there
            kept = {name: value for name, value in case.query.items() if name != "cursor"}
            case.query = aimed(kept, self.seeds.known, pick)
        if ParameterLocation.HEADER not in wrong and pick % 7 < 6:
            if "Idempotency-Key" in case.headers:
                case.headers["Idempotency-Key"] = str(new_id())
            if "If-Match" in case.headers:
                case.headers["If-Match"] = self._version_at(case, who) or case.headers["If-Match"]
        if ParameterLocation.BODY not in wrong and isinstance(case.body, dict) and case.meta is not None:
            case.body = aimed(copy.deepcopy(case.body), self.seeds.known, pick)
        return case

    def _version_at(self, case: Request, who: Identity) -> str | None:
        """The ETag of what a path is about: of itself, or of what it is a part of."""
        steps = case.path.split("/")
        for length in range(len(steps), 2, -1):
            reading = self.schema.find_operation_by_label(f"GET {'/'.join(steps[:length])}")
            if reading is None:
                continue
            parameters = {each.name: case.path_parameters[each.name] for each in reading.path_parameters}
            answer = reading.Case(path_parameters=parameters).call(headers=dict(who.headers))
            if etag := answer.headers.get("etag"):
                return str(etag[0])
        return None

    def _try(self, who: Identity, case: Request) -> int:
        response = case.call(headers=dict(who.headers))
        self.sent[case.operation.label, response.status_code] += 1
        for fault in faults(case, response):
            self._blame(who, fault, case)
        return response.status_code

    def _blame(self, who: Identity, fault: str, case: Request) -> None:
        """Keep the first request that shows each kind of fault."""
        kind = f"{case.operation.label}: {fault[:200]}"
        if kind not in self.found:
            self.found[kind] = f"{kind}\n  as {who.name}: {case.as_curl_command()[:800]}"
