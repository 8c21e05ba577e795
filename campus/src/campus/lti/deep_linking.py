"""Picking content in a tool (LTI Deep Linking 2.0): the request, and what is made of the answer."""

import secrets
import sqlite3
from dataclasses import dataclass
from typing import Any, cast

from pydantic import BaseModel, Field, ValidationError

from campus.course import COURSE
from campus.lti import grades, names
from campus.lti.launches import Launch
from campus.lti.links import Display, Link, save_link
from campus.lti.tools import Tool
from campus.problems import BadTokenError
from campus.storage import hash_of, new_secret

PICKING_LIFE_S = 3600
MOST_ITEMS = 20


class LineItemWish(BaseModel):
    label: str = Field(default="", max_length=200)
    score_maximum: float = Field(alias="scoreMaximum", gt=0, allow_inf_nan=False)
    resource_id: str = Field(default="", alias="resourceId", max_length=200)
    tag: str = Field(default="", max_length=200)


class ContentItem(BaseModel):
    """One `ltiResourceLink`; members that campus does not use are left aside (Deep Linking 3.2)."""

    type: str
    url: str = Field(default="", max_length=2000)
    title: str = Field(default="", max_length=200)
    text: str = Field(default="", max_length=2000)
    custom: dict[str, str] = Field(default_factory=dict, max_length=50)
    line_item: LineItemWish | None = Field(default=None, alias="lineItem")


@dataclass(frozen=True)
class Asked:
    """The request that an answer belongs to."""

    client_id: str
    quiz_id: int | None
    display: Display


def request_claims(
    db: sqlite3.Connection, launch: Launch, tool: Tool, *, issuer: str, now: float
) -> dict[str, Any]:
    data = new_secret()
    db.execute(
        "INSERT INTO deep_links VALUES (?, ?, ?, ?, ?, ?, NULL)",
        (
            hash_of(data),
            tool.client_id,
            COURSE.id,
            launch.quiz_id,
            launch.display,
            now + PICKING_LIFE_S,
        ),
    )
    return {
        names.CLAIM + "message_type": names.DEEP_LINKING_REQUEST,
        names.DEEP_LINKING + "deep_linking_settings": {
            "deep_link_return_url": f"{issuer}/lti/deep-link-return/{tool.client_id}",
            "accept_types": ["ltiResourceLink"],
            "accept_presentation_document_targets": ["window", "iframe"],
            "accept_multiple": True,
            "accept_lineitem": True,
            "auto_create": True,
            "data": data,
        },
    }


def take_request(db: sqlite3.Connection, data: object, *, tool: Tool, now: float) -> Asked:
    """The request the answer belongs to, the first time; BadTokenError otherwise."""
    row = db.execute(
        "UPDATE deep_links SET used_at = ?1 WHERE data_hash = ?2 AND client_id = ?3"
        " AND used_at IS NULL AND expires_at > ?1 RETURNING *",
        (now, hash_of(data if isinstance(data, str) else ""), tool.client_id),
    ).fetchone()
    if row is None:
        raise BadTokenError("data does not belong to a request that is still open")
    return Asked(row["client_id"], row["quiz_id"], cast("Display", row["display"]))


def items_in(claims: dict[str, Any], tool: Tool) -> list[ContentItem]:
    """The picked items; BadTokenError when the message or one of them is not what was asked for."""
    expected = {
        names.CLAIM + "message_type": names.DEEP_LINKING_RESPONSE,
        names.CLAIM + "version": "1.3.0",
        names.CLAIM + "deployment_id": tool.deployment_id,
    }
    for name, value in expected.items():
        if claims.get(name) != value:
            raise BadTokenError(f"{name.rsplit('/', 1)[-1]} is not {value}")
    listed = claims.get(names.DEEP_LINKING + "content_items", [])
    if not isinstance(listed, list) or len(listed) > MOST_ITEMS:
        raise BadTokenError(f"content_items must be a list of at most {MOST_ITEMS}")
    return [_item_from(raw, tool) for raw in listed]


def add_items(
    db: sqlite3.Connection, items: list[ContentItem], *, tool: Tool, asked: Asked
) -> list[Link]:
    return [_add_item(db, item, tool=tool, asked=asked) for item in items]


def _item_from(raw: object, tool: Tool) -> ContentItem:
    try:
        item = ContentItem.model_validate(raw)
    except ValidationError as error:
        field = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise BadTokenError(f"a content item is not usable: {field or 'not an object'}") from error
    if item.type != "ltiResourceLink":
        raise BadTokenError("only content items of type ltiResourceLink were asked for")
    if item.url and not tool.owns(item.url):
        raise BadTokenError("a content item leads to an address that is not the tool's")
    return item


def _add_item(db: sqlite3.Connection, item: ContentItem, *, tool: Tool, asked: Asked) -> Link:
    link = Link(
        id=f"link-{secrets.token_hex(6)}",
        course_id=COURSE.id,
        client_id=tool.client_id,
        title=item.title or tool.name,
        description=item.text,
        url=item.url or tool.launch_url,
        custom=item.custom,
        quiz_id=asked.quiz_id,
        display=asked.display,
    )
    save_link(db, link)
    if item.line_item:
        wish = item.line_item
        grades.add_line_item(
            db,
            grades.LineItem(
                id=0,
                client_id=tool.client_id,
                link_id=link.id,
                label=wish.label or link.title,
                score_maximum=wish.score_maximum,
                resource_id=wish.resource_id,
                tag=wish.tag,
            ),
        )
    return link
