"""Who may call a route, as a type in its signature. A route that names no policy does not start.

A policy is a dependency made with :func:`policy`; a FastAPI route takes its result as a parameter::

    async def list_exams(actor: Staff, session: Session) -> ExamList: ...

A plain Starlette route (segments) carries the policy it enforces itself as a mark::

    Route("/api/attempts/{attempt_id}/segments/...", guarded(put_segment, "attempt token"))
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any, TypeVar

from fastapi import Depends
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import BaseRoute

_POLICY = "__invigil_policy__"
C = TypeVar("C", bound=Callable[..., Any])


class UnguardedRouteError(RuntimeError):
    """A route was registered that does not say who may call it."""


def policy(who: str) -> Callable[[C], C]:
    """Mark a dependency as a policy; `who` names whom it lets through, for the route list."""

    def mark(dependency: C) -> C:
        setattr(dependency, _POLICY, who)
        return dependency

    return mark


def guarded(endpoint: C, who: str) -> C:
    """Mark a plain endpoint (or a mounted app) that checks its caller itself."""
    setattr(endpoint, _POLICY, who)
    return endpoint


@policy("anyone")
async def _anyone() -> None:
    return None


Anyone = Annotated[None, Depends(_anyone)]
"""A public route says so: `async def trust(_: Anyone, ...)`."""


def policies(routes: Sequence[BaseRoute]) -> Iterator[tuple[str, str]]:
    """Walk all routes; yield (method and path, who may call it).

    Raises:
        UnguardedRouteError: a route names no policy.
    """
    for context in iter_route_contexts(routes):
        route = context.original_route
        where = f"{','.join(sorted(getattr(route, 'methods', None) or ['*']))} {context.path}"
        who = _policy_of(route)
        if who is None:
            raise UnguardedRouteError(f"{where} does not say who may call it")
        yield where, who


def _policy_of(route: BaseRoute) -> str | None:
    if isinstance(route, APIRoute):
        return _first_policy(route.dependant)
    endpoint = getattr(route, "endpoint", None) or getattr(route, "app", None)
    return getattr(endpoint, _POLICY, None)


def _first_policy(dependant: Dependant) -> str | None:
    marked: str | None = getattr(dependant.call, _POLICY, None)
    if marked is not None:
        return marked
    found = (_first_policy(child) for child in dependant.dependencies)
    return next((who for who in found if who is not None), None)
