"""What FastAPI calls before an endpoint runs where the endpoint runs."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts


def dependencies(dependant: Dependant) -> Iterator[object]:
    for child in dependant.dependencies:
        yield child.call
        yield from dependencies(child)


def runs_on_the_loop(call: object) -> bool:
    called = call if inspect.isroutine(call) else getattr(call, "__call__", call)  # noqa: B004  the method itself is asked
    return inspect.iscoroutinefunction(called) or inspect.isasyncgenfunction(called)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_dependency_is_sent_to_a_thread(app: FastAPI) -> None:
    """A plain function is: a trip to a thread and back, eight times a request."""
    routes = [context.original_route for context in iter_route_contexts(app.routes)]
    called = {
        call
        for route in routes
        if isinstance(route, APIRoute)
        for call in dependencies(route.dependant)
    }

    assert len(called) > 10
    assert [call for call in called if not runs_on_the_loop(call)] == []
