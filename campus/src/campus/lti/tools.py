"""The tools that are connected here, by hand, by dynamic registration or by file."""

import json
import secrets
import sqlite3
from dataclasses import dataclass, replace
from typing import Literal, cast

from campus.lti.names import ALL_SCOPES, GRADES_SCOPES, SCOPE_ROSTER
from campus.settings import origin_of


@dataclass(frozen=True)
class Tool:
    """`deep_link_url` is empty when there is no content to pick. One deployment, as in Moodle."""

    client_id: str
    deployment_id: str
    name: str
    state: Literal["pending", "active"]
    login_url: str
    launch_url: str
    deep_link_url: str
    jwks_url: str
    redirect_uris: tuple[str, ...]
    scopes: tuple[str, ...]
    custom: dict[str, str]

    @property
    def is_active(self) -> bool:
        return self.state == "active"

    @property
    def origins(self) -> set[str]:
        """Every origin that a launch of this tool passes through."""
        urls = (self.login_url, self.launch_url, self.deep_link_url, *self.redirect_uris)
        return {origin_of(url) for url in urls if url}

    def owns(self, url: str) -> bool:
        """A content item may only lead to where the tool itself is."""
        try:
            return origin_of(url) in self.origins
        except ValueError:
            return False


def check_urls(tool: Tool) -> None:
    """ValueError names the first address that is not absolute http(s)."""
    for url in (tool.login_url, tool.launch_url, tool.jwks_url, *tool.redirect_uris):
        origin_of(url)
    if tool.deep_link_url:
        origin_of(tool.deep_link_url)
    if not tool.redirect_uris:
        raise ValueError("a tool needs at least one redirect address")


def new_client_id() -> str:
    return f"campus-{secrets.token_hex(8)}"


def scopes_for(services: set[str]) -> tuple[str, ...]:
    """`roster` and `grades`, in the words of the pages and the tool file."""
    wanted: tuple[str, ...] = ()
    wanted += GRADES_SCOPES if "grades" in services else ()
    wanted += (SCOPE_ROSTER,) if "roster" in services else ()
    return wanted


def known_scopes(asked: str) -> tuple[str, ...]:
    return tuple(scope for scope in ALL_SCOPES if scope in asked.split())


def save_tool(db: sqlite3.Connection, tool: Tool) -> None:
    """Adds it, or changes the one with this client id."""
    check_urls(tool)
    db.execute(
        "INSERT INTO tools VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
        " (deployment_id, name, state, login_url, launch_url, deep_link_url, jwks_url,"
        " redirect_uris, scopes, custom) = (excluded.deployment_id, excluded.name,"
        " excluded.state, excluded.login_url, excluded.launch_url, excluded.deep_link_url,"
        " excluded.jwks_url, excluded.redirect_uris, excluded.scopes, excluded.custom)",
        (
            tool.client_id,
            tool.deployment_id,
            tool.name,
            tool.state,
            tool.login_url,
            tool.launch_url,
            tool.deep_link_url,
            tool.jwks_url,
            json.dumps(tool.redirect_uris),
            json.dumps(tool.scopes),
            json.dumps(tool.custom),
        ),
    )


def activate(db: sqlite3.Connection, tool: Tool) -> None:
    save_tool(db, replace(tool, state="active"))


def remove(db: sqlite3.Connection, client_id: str) -> None:
    """Its links, grades and tokens go with it."""
    db.execute("DELETE FROM tools WHERE client_id = ?", (client_id,))


def find_tool(db: sqlite3.Connection, client_id: str) -> Tool | None:
    row = db.execute("SELECT * FROM tools WHERE client_id = ?", (client_id,)).fetchone()
    return _tool_from(row) if row else None


def all_tools(db: sqlite3.Connection) -> list[Tool]:
    return [_tool_from(row) for row in db.execute("SELECT * FROM tools ORDER BY rowid")]


def _tool_from(row: sqlite3.Row) -> Tool:
    return Tool(
        client_id=row["client_id"],
        deployment_id=row["deployment_id"],
        name=row["name"],
        state=cast('Literal["pending", "active"]', row["state"]),
        login_url=row["login_url"],
        launch_url=row["launch_url"],
        deep_link_url=row["deep_link_url"],
        jwks_url=row["jwks_url"],
        redirect_uris=tuple(json.loads(row["redirect_uris"])),
        scopes=tuple(json.loads(row["scopes"])),
        custom=json.loads(row["custom"]),
    )
