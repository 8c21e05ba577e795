"""Puts campus together."""

import logging
import time
from collections.abc import Callable
from pathlib import Path

import httpx
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from campus import course_routes, refusals
from campus.course import COURSE
from campus.guard import Guard
from campus.lti import (
    access,
    grade_routes,
    launch_routes,
    picking_routes,
    registration_routes,
    roster,
    signing,
    tool_pages,
)
from campus.people import seed_people
from campus.quizzes import manage, routes
from campus.quizzes.attempts import seed_quizzes
from campus.settings import Settings
from campus.storage import Store
from campus.tool_keys import ToolKeys
from campus.web import Campus, page_templates

ROUTERS = (
    course_routes.router,
    routes.router,
    manage.router,
    launch_routes.router,
    picking_routes.router,
    access.router,
    roster.router,
    grade_routes.router,
    registration_routes.router,
    tool_pages.router,
)


def prepare(settings: Settings, *, now: float) -> Store:
    """The database with its people, quizzes and signing keys; what is there already stays."""
    store = Store(settings.data_dir)
    with store.transaction() as db:
        seed_people(db, extra_students=settings.extra_students)
        seed_quizzes(db, COURSE.id)
        signing.ensure_keys(db, now=now)
    return store


def new_campus(
    settings: Settings,
    *,
    to_tools: httpx.Client,
    clock: Callable[[], float] = time.time,
    monotonic: Callable[[], float] = time.monotonic,
) -> Campus:
    """`to_tools` is how campus reaches a tool's key set; whoever gives it closes it."""
    return Campus(
        settings=settings,
        store=prepare(settings, now=clock()),
        clock=clock,
        tool_keys=ToolKeys(to_tools, monotonic),
        pages=page_templates(),
    )


def create_app(campus: Campus) -> FastAPI:
    # httpx writes every address it fetches; ours are in no need of a second log.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    app = FastAPI(title="Campus", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.campus = campus
    for router in ROUTERS:
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"))
    refusals.install(app)
    app.add_middleware(Guard)
    return app
