"""What a route asks for and the request alone can give, found in one pass; FastAPI walks a tree at each mention."""

import inspect
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from typing import Any

from fastapi.dependencies.models import Dependant

from shared.kit.api.body import StrictRequest
from shared.kit.api.context import call_of
from shared.kit.api.deps import Requirement

_REQUEST = "the_request_itself"
# What a dependency may ask FastAPI for and gets from nobody else.
_BEYOND_THE_REQUEST = (
    *("path_params", "query_params", "cookie_params", "body_params", "response_param_name"),
    *("background_tasks_param_name", "http_connection_param_name", "security_scopes_param_name"),
)
Function = Callable[..., Coroutine[Any, Any, Any]]


def flattened(dependant: Dependant) -> Dependant:
    """The same route for FastAPI, which now only reads parameters: the rest is found right before the endpoint.

    Access was decided, and the body checked, before. What takes parameters that must be checked stays with FastAPI.
    """
    plan, rest, given = _Plan(), [], dict[str, int]()
    for each in dependant.dependencies:
        if _of_the_request_alone(each):
            given[str(each.name)] = plan.add(each)
        elif each.name is not None or not isinstance(each.call, Requirement):
            rest.append(each)
    bodies = [each.name for each in dependant.body_params]
    endpoint: Any = dependant.call
    name = dependant.request_param_name or _REQUEST

    async def run(**values: Any) -> Any:
        request: StrictRequest = values.pop(name) if name == _REQUEST else values[name]
        found = await plan.carry_out(request)
        values.update({parameter: found[step] for parameter, step in given.items()})
        values.update(dict.fromkeys(bodies, request.model))
        answer, kept = await endpoint(**values), call_of(request).answer
        return answer if kept is None else kept.response()

    return replace(dependant, call=run, dependencies=rest, body_params=[], request_param_name=name)


@dataclass(frozen=True)
class _Step:
    request: str | None
    headers: dict[str, str]
    results: dict[str, int]


@dataclass(frozen=True)
class _Plan:
    """Each function once, after those whose results it takes."""

    steps: dict[Function, _Step] = field(default_factory=dict)

    def add(self, dependant: Dependant) -> int:
        function: Any = dependant.call
        if function not in self.steps:
            results = {str(each.name): self.add(each) for each in dependant.dependencies}
            headers = {each.name: each.alias for each in dependant.header_params}
            self.steps[function] = _Step(dependant.request_param_name, headers, results)
        return list(self.steps).index(function)

    async def carry_out(self, request: StrictRequest) -> list[Any]:
        found: list[Any] = []
        for function, step in self.steps.items():
            arguments: dict[str, Any] = {name: found[number] for name, number in step.results.items()}
            for name, header in step.headers.items():
                arguments[name] = request.headers.get(header)
            if step.request is not None:
                arguments[step.request] = request
            found.append(await function(**arguments))
        return found


def _of_the_request_alone(dependant: Dependant) -> bool:
    return (
        inspect.iscoroutinefunction(dependant.call)
        and not any(getattr(dependant, name) for name in _BEYOND_THE_REQUEST)
        and all(_taken_as_it_is(header.field_info) for header in dependant.header_params)
        and all(_of_the_request_alone(each) for each in dependant.dependencies)
    )


def _taken_as_it_is(header: Any) -> bool:
    return header.annotation == (str | None) and header.default is None and not header.metadata
