"""Who takes part in a course, asked of the LMS (Names and Role Provisioning Services 2.0)."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from invigil.lti.claims import ROSTER_SCOPE
from invigil.lti.desk import Desk
from invigil.lti.models import LtiRegistration
from invigil.lti.outbound import Answer, OutboundFailed
from invigil.lti.roles import CourseRole, course_roles, is_staff
from invigil.lti.verification import pinned

_MEDIA_TYPE: Final = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
_SCOPES: Final = frozenset({ROSTER_SCOPE})
PAGE_SIZE: Final = 200
MAX_PAGES: Final = 100
TOTAL_S: Final = 30.0
_MAX_MEMBERS: Final = 20_000

# Moodle writes curly quotes and &amp; into some of its Link headers.
_LINK = re.compile(r"<([^>]*)>\s*((?:;[^,<]*)*)")
_NEXT = re.compile(r";\s*rel\s*=\s*[\"'“”]?\s*next\s*[\"'“”]?\s*(?:;|$)", re.IGNORECASE)


class _Member(BaseModel):
    model_config = ConfigDict(extra="ignore")

    user_id: str = Field(min_length=1, max_length=255)
    status: str | None = None
    name: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    roles: tuple[str, ...] = ()


class _Container(BaseModel):
    model_config = ConfigDict(extra="ignore")

    members: tuple[_Member, ...]


@dataclass(frozen=True)
class Participant:
    """Somebody in the course. `sub` is how the LMS calls them; a name may be withheld."""

    sub: str
    name: str | None
    is_learner: bool


def next_page(link_header: str, base: str) -> str | None:
    """Return the address under ``rel="next"`` of a Link header, read leniently."""
    for match in _LINK.finditer(link_header):
        target, parameters = str(match[1]), str(match[2])
        if _NEXT.search(parameters):
            return urljoin(base, target.strip().replace("&amp;", "&"))
    return None


def _with_limit(url: str) -> str:
    parts = urlsplit(url)
    query = [*parse_qsl(parts.query, keep_blank_values=True), ("limit", str(PAGE_SIZE))]
    return urlunsplit(parts._replace(query=urlencode(query)))


def _participants(answer: Answer) -> list[Participant]:
    try:
        container = _Container.model_validate(answer.json())
    except ValidationError:
        raise OutboundFailed("the roster has another form") from None
    return [
        _participant(member)
        for member in container.members
        if (member.status or "Active").lower() == "active"
    ]


def _participant(member: _Member) -> Participant:
    parts = " ".join(part for part in (member.given_name, member.family_name) if part)
    name = (member.name or parts).strip()[:200]
    roles = course_roles(member.roles)
    is_learner = CourseRole.LEARNER in roles and not is_staff(roles)
    return Participant(member.user_id, name or None, is_learner)


async def fetch(desk: Desk, registration: LtiRegistration, url: str) -> list[Participant]:
    """Return everybody who is active in a course, page by page.

    Raises:
        OutboundError: the LMS cannot be asked, takes too long for all of it, or answers with
            something else.
        ScopeNotGrantedError: it does not let us read the roster.
    """
    try:
        async with asyncio.timeout(TOTAL_S):
            return await _pages(desk, registration, url)
    except TimeoutError as error:
        raise OutboundFailed("the whole roster did not come in time") from error


async def _pages(desk: Desk, registration: LtiRegistration, url: str) -> list[Participant]:
    found: dict[str, Participant] = {}
    address: str | None = _with_limit(url)
    for _ in range(MAX_PAGES):
        if address is None or len(found) > _MAX_MEMBERS:
            return list(found.values())
        answer = await _get(desk, registration, address)
        found |= {each.sub: each for each in _participants(answer)}
        following = next_page(answer.headers.get("link", ""), address)
        address = None if following == address else pinned(following, desk.origins_of(registration))
    return list(found.values())


async def _get(desk: Desk, registration: LtiRegistration, address: str) -> Answer:
    token = await desk.service_tokens.token(registration, _SCOPES, desk.signing_key)
    headers = {"authorization": f"Bearer {token}", "accept": _MEDIA_TYPE}
    answer = await desk.door.get(address, headers=headers)
    if answer.status in {401, 403}:
        desk.service_tokens.forget(registration.id)
    if answer.status != 200:
        raise OutboundFailed(f"the roster service answered {answer.status}")
    return answer


def learners(participants: list[Participant]) -> list[Participant]:
    """Return those who sit exams, by name; those without a name last."""
    sitting = [each for each in participants if each.is_learner]
    return sorted(sitting, key=lambda each: (each.name is None, (each.name or "").casefold()))
