"""From what happened to the page that says so."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi.responses import HTMLResponse
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request

from invigil.accounts.links import extension_link
from invigil.accounts.models import Institution, Person
from invigil.accounts.service import LAUNCH_LIFE_MS, LaunchKind
from invigil.exams.models import Course, Exam
from invigil.lti import arrivals, binding, forms, queries
from invigil.lti.desk import Desk
from invigil.lti.forms import FormKind, Picking, Visit
from invigil.lti.logins import Departure
from invigil.lti.models import LtiRegistration
from invigil.lti.refusals import Refused
from invigil.lti.verification import origin_of
from invigil.pages.render import ALONE, Page, Surroundings, render


@dataclass(frozen=True)
class Scene:
    """The institution, person, course and exam of a visit, as pages name them."""

    institution: Institution
    person: Person
    course: Course
    exam: Exam

    def page(self, template: str, **values: object) -> Page:
        """Return a page about this scene."""
        shown = {
            "exam": self.exam.title,
            "course": self.course.title,
            "name": "" if self.person.name == "Unnamed" else self.person.name,
        }
        return Page(template, shown | values, self.institution.name, self.institution.contact)


async def scene_of(session: AsyncSession, visit: Visit) -> Scene:
    """Return what the pages of a visit show."""
    return Scene(
        institution=await session.get_one(Institution, visit.institution_id),
        person=await session.get_one(Person, visit.person_id),
        course=await session.get_one(Course, visit.course_id),
        exam=await session.get_one(Exam, visit.exam_id),
    )


async def way_in(
    session: AsyncSession, desk: Desk, visit: Visit, request: Request, *, framed_by: frozenset[str]
) -> HTMLResponse:
    """Return the launch page with its one-time link."""
    origins = desk.ports.origins
    kind: LaunchKind = "staff" if visit.is_staff else "candidate"
    token = await arrivals.launch_token(session, visit, desk.ports.clock.now_ms())
    links = [
        (
            each,
            extension_link(origins, kind, token, extension_id=each, course_root=visit.course_root),
        )
        for each in origins.extension_ids
    ]
    page = (await scene_of(session, visit)).page(
        "launch.html",
        is_staff=visit.is_staff,
        links=links,
        in_frame=binding.is_in_frame(request),
        install_url=origins.extension_page,
        return_url=visit.return_url,
        life_s=LAUNCH_LIFE_MS // 1000,
    )
    asks = tuple(f"chrome-extension://{each}" for each in origins.extension_ids)
    return render(page, Surroundings(framed_by=framed_by, asks=asks))


async def new_window(
    session: AsyncSession,
    desk: Desk,
    visit: Visit,
    found: LtiRegistration,
    *,
    stored: Departure | None,
) -> HTMLResponse:
    """Return the page for a frame in which we cannot tell whose browser this is."""
    now_ms = desk.ports.clock.now_ms()
    window = await forms.issue(
        session, FormKind.WINDOW, visit, registration_id=found.id, now_ms=now_ms
    )
    bind: dict[str, str] | None = None
    if stored is not None:
        bind = {
            "form": await forms.issue(
                session, FormKind.BIND, visit, registration_id=found.id, now_ms=now_ms
            ),
            "platform_origin": stored.platform_origin,
            "storage_target": stored.storage_target,
            "storage_key": stored.storage_key,
        }
    page = (await scene_of(session, visit)).page("window.html", form=window, bind=bind)
    return render(page, Surroundings(framed_by=desk.origins_of(found)))


async def is_it_you(
    session: AsyncSession, desk: Desk, visit: Visit, registration_id: str
) -> HTMLResponse:
    """Return the page that asks the person; nobody may show it in a frame."""
    form = await forms.issue(
        session,
        FormKind.CONFIRM,
        visit,
        registration_id=registration_id,
        now_ms=desk.ports.clock.now_ms(),
    )
    return render((await scene_of(session, visit)).page("confirm.html", form=form))


async def picker(
    session: AsyncSession,
    desk: Desk,
    picking: Picking,
    found: LtiRegistration,
    *,
    has_error: bool = False,
) -> HTMLResponse:
    """Return the teacher's list of exams."""
    form = await forms.issue(
        session,
        FormKind.PICK,
        picking,
        registration_id=found.id,
        now_ms=desk.ports.clock.now_ms(),
    )
    course = await session.get_one(Course, picking.course_id)
    institution = await session.get_one(Institution, picking.institution_id)
    exams = await queries.exams_of_course(session, picking.course_id)
    values = {
        "course": course.title,
        "exams": exams,
        "form": form,
        "error": has_error,
        "suggested": "",
    }
    page = Page(
        "pick.html",
        values,
        institution.name,
        institution.contact,
        status=422 if has_error else 200,
    )
    return render(page, Surroundings(framed_by=desk.origins_of(found)))


async def picked(
    session: AsyncSession,
    desk: Desk,
    picking: Picking,
    found: LtiRegistration,
    *,
    exam: Exam,
    answer: str,
) -> HTMLResponse:
    """Return the page that carries the answer back to the LMS."""
    institution = await session.get_one(Institution, picking.institution_id)
    values: dict[str, object] = {
        "exam": exam.title,
        "return_url": picking.return_url,
        "answer": answer,
    }
    page = Page("picked.html", values, institution.name, institution.contact)
    origins = desk.origins_of(found)
    return render(page, Surroundings(framed_by=origins, posts_to=origins))


def passing(departure: Departure, secret: str, framed_by: frozenset[str]) -> HTMLResponse:
    """Return the page that leaves the secret in platform storage and goes on."""
    values: dict[str, object] = {
        "url": departure.url,
        "platform_origin": departure.platform_origin,
        "storage_target": departure.storage_target,
        "storage_key": departure.storage_key,
        "secret": secret,
    }
    return render(Page("passing.html", values), Surroundings(framed_by=framed_by))


def registered(desk: Desk, registration: LtiRegistration) -> HTMLResponse:
    """Return the page after a dynamic registration; it lets the LMS close its frame or window."""
    values: dict[str, object] = {"lms": registration.name, "registration_id": registration.id}
    around = Surroundings(framed_by=desk.origins_of(registration), keeps_opener=True)
    return render(Page("registered.html", values), around)


async def refused(desk: Desk, request: Request, problem: Refused) -> HTMLResponse:
    """Return the page for a refusal. An LMS that is connected here may show it in its frame."""
    words = problem.refusal.words
    values: dict[str, object] = {
        "title": words.title,
        "what_to_do": words.what_to_do,
        "code": words.code,
        "is_about_an_exam": problem.refusal.is_about_an_exam,
    }
    framed_by = await _asking_origin(desk, request)
    return render(Page("refused.html", values, status=words.status), Surroundings(framed_by))


async def _asking_origin(desk: Desk, request: Request) -> frozenset[str]:
    """Return the origin that sent the browser here, if it is a connected LMS's.

    Only that one: the list of all would tell strangers who uses this server.
    """
    named = origin_of(request.headers.get("origin") or request.headers.get("referer") or "")
    if named is None:
        return ALONE.framed_by
    async with desk.ports.database.transaction(writes=False) as session:
        for each in await queries.registrations(session):
            if each.approved_ms is not None and named in desk.origins_of(each):
                return frozenset({named})
    return ALONE.framed_by
