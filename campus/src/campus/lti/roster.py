"""Who is in the course (Names and Role Provisioning Services 2.0)."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from campus.course import COURSE
from campus.lti import links, names
from campus.lti.access import Access, allowed_by
from campus.lti.paging import Page
from campus.people import Person, everyone
from campus.problems import ServiceProblem
from campus.web import CampusHere, Db

router = APIRouter()


@router.get("/lti/courses/{course_id}/memberships")
def memberships(
    *,
    request: Request,
    db: Db,
    campus: CampusHere,
    access: Annotated[Access, Depends(allowed_by(names.SCOPE_ROSTER))],
    page: Annotated[Page, Depends()],
    role: str = "",
    rlid: str = "",
) -> JSONResponse:
    """`role`: a full URI or a context role's short name; `rlid`: a link of the asking tool."""
    own = {
        link.id for link in links.links_in(db, COURSE.id) if link.client_id == access.tool.client_id
    }
    if rlid and rlid not in own:
        raise ServiceProblem(404, "not-found", "There is no such resource link for this tool.")
    people = [person for person in everyone(db) if not role or _has_role(person, role)]
    container = {
        "id": f"{campus.origin}{request.url.path}",
        "context": {"id": COURSE.id, "label": COURSE.label, "title": COURSE.title},
        "members": [_member(person) for person in page.cut(people)],
    }
    return JSONResponse(
        container,
        media_type=names.MEDIA_ROSTER,
        headers=page.headers(request, campus.origin, len(people)),
    )


def _has_role(person: Person, role: str) -> bool:
    return role in names.ROLES[person.role] or names.MEMBERSHIP + role in names.ROLES[person.role]


def _member(person: Person) -> dict[str, Any]:
    return {
        "status": "Active",
        "user_id": person.id,
        "roles": names.ROLES[person.role],
        "name": person.name,
        "given_name": person.given_name,
        "family_name": person.family_name,
        "email": person.email,
        "lis_person_sourcedid": person.id,
    }
