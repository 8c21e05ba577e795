"""A launch, from its start on the course page to the claims of its id_token."""

import sqlite3
from dataclasses import dataclass
from typing import Any, cast

from campus.course import COURSE
from campus.lti import names
from campus.lti.links import Display, Link, get_link
from campus.lti.tools import Tool
from campus.people import Person, SignIn
from campus.storage import hash_of, new_secret

LAUNCH_LIFE_S = 600
ID_TOKEN_LIFE_S = 60


@dataclass(frozen=True)
class Launch:
    """`link` is None when the tool is opened to pick content (deep linking)."""

    client_id: str
    link: Link | None
    quiz_id: int | None
    display: Display


def begin(db: sqlite3.Connection, launch: Launch, signed_in: SignIn, *, now: float) -> str:
    """Returns the lti_message_hint; only its hash is kept."""
    hint = new_secret()
    db.execute(
        "INSERT INTO launches VALUES (?, ?, ?, ?, ?, ?, ?, NULL)",
        (
            hash_of(hint),
            signed_in.key,
            launch.client_id,
            launch.link.id if launch.link else None,
            launch.quiz_id,
            launch.display,
            now + LAUNCH_LIFE_S,
        ),
    )
    return hint


def take(
    db: sqlite3.Connection, hint: str, *, signed_in: SignIn, client_id: str, now: float
) -> Launch | None:
    """The launch behind the hint: once, in the browser that began it, for its own tool."""
    row = db.execute(
        "UPDATE launches SET used_at = ?1 WHERE hint_hash = ?2 AND sign_in = ?3 AND client_id = ?4"
        " AND used_at IS NULL AND expires_at > ?1 RETURNING *",
        (now, hash_of(hint), signed_in.key, client_id),
    ).fetchone()
    if row is None:
        return None
    link = get_link(db, row["link_id"]) if row["link_id"] else None
    return Launch(row["client_id"], link, row["quiz_id"], cast("Display", row["display"]))


def target_of(launch: Launch, tool: Tool) -> str:
    return launch.link.url if launch.link else tool.deep_link_url


def login_fields(
    launch: Launch, tool: Tool, *, issuer: str, person: Person, hint: str
) -> dict[str, str]:
    """What campus sends to the tool's login URL to start the launch."""
    return {
        "iss": issuer,
        "target_link_uri": target_of(launch, tool),
        "login_hint": person.id,
        "lti_message_hint": hint,
        "client_id": tool.client_id,
        "lti_deployment_id": tool.deployment_id,
    }


def common_claims(
    launch: Launch, tool: Tool, person: Person, *, issuer: str, nonce: str, now: float
) -> dict[str, Any]:
    issued_at = int(now)
    return {
        "iss": issuer,
        "aud": tool.client_id,
        "sub": person.id,
        "iat": issued_at,
        "exp": issued_at + ID_TOKEN_LIFE_S,
        "nonce": nonce,
        "name": person.name,
        "given_name": person.given_name,
        "family_name": person.family_name,
        "email": person.email,
        "locale": "en",
        names.CLAIM + "version": "1.3.0",
        names.CLAIM + "deployment_id": tool.deployment_id,
        names.CLAIM + "target_link_uri": target_of(launch, tool),
        names.CLAIM + "roles": names.ROLES[person.role],
        names.CLAIM + "context": {
            "id": COURSE.id,
            "label": COURSE.label,
            "title": COURSE.title,
            "type": [names.COURSE_TYPE],
        },
        names.CLAIM + "tool_platform": {
            "guid": hash_of(issuer)[:32],
            "name": "Campus",
            "description": "A small LMS for demonstrations",
            "url": issuer,
            "product_family_code": "campus",
            "version": "1",
        },
        names.CLAIM + "launch_presentation": {
            "document_target": launch.display,
            "return_url": f"{issuer}/lti/return",
            "locale": "en",
        },
        names.CLAIM + "lis": {"person_sourcedid": person.id},
        names.CLAIM + "custom": custom_parameters(launch, tool, person, issuer=issuer),
    }


def resource_link_claims(link: Link) -> dict[str, Any]:
    resource = {"id": link.id, "title": link.title, "description": link.description}
    return {
        names.CLAIM + "message_type": names.RESOURCE_LINK_REQUEST,
        names.CLAIM + "resource_link": {name: text for name, text in resource.items() if text},
    }


def service_claims(tool: Tool, *, issuer: str, line_item_url: str | None) -> dict[str, Any]:
    """Where roster and grades are, as far as the tool may use them."""
    claims: dict[str, Any] = {}
    course = f"{issuer}/lti/courses/{COURSE.id}"
    grades_scopes = [scope for scope in tool.scopes if scope in names.GRADES_SCOPES]
    if grades_scopes:
        claims[names.GRADES_CLAIM] = {"scope": grades_scopes, "lineitems": f"{course}/line-items"}
        if line_item_url:
            claims[names.GRADES_CLAIM]["lineitem"] = line_item_url
    if names.SCOPE_ROSTER in tool.scopes:
        claims[names.ROSTER_CLAIM] = {
            "context_memberships_url": f"{course}/memberships",
            "service_versions": ["2.0"],
        }
    return claims


def custom_parameters(launch: Launch, tool: Tool, person: Person, *, issuer: str) -> dict[str, str]:
    """The tool's, then the link's, then the quiz it belongs to; the later wins."""
    given = tool.custom | (launch.link.custom if launch.link else {})
    known = _variables(launch, person)
    custom = {name: known.get(value, value) for name, value in given.items()}
    if launch.quiz_id is not None:
        custom |= {"quiz_url": f"{issuer}/quiz/{launch.quiz_id}", "quiz_id": str(launch.quiz_id)}
    return custom


def _variables(launch: Launch, person: Person) -> dict[str, str]:
    """Substitution variables (LTI Core 1.3, B); what is not here passes unchanged."""
    known = {
        "$User.id": person.id,
        "$User.username": person.id.removeprefix("u-"),
        "$Person.name.full": person.name,
        "$Person.email.primary": person.email,
        "$Context.id": COURSE.id,
        "$Context.label": COURSE.label,
        "$Context.title": COURSE.title,
    }
    if launch.link:
        known |= {"$ResourceLink.id": launch.link.id, "$ResourceLink.title": launch.link.title}
    return known
