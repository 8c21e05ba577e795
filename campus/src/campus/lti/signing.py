"""Campus's own keys: one signs, and the next is published before it does."""

import json
import secrets
import sqlite3
from typing import Any, cast

from joserfc import jwt
from joserfc.jwk import KeyParameters, RSAKey

KEY_BITS = 2048
# A retired key stays published this long: tools may still hold id_tokens made with it.
RETIRED_STAYS_S = 3600


def ensure_keys(db: sqlite3.Connection, *, now: float) -> None:
    for state in ("current", "next"):
        if db.execute("SELECT 1 FROM signing_keys WHERE state = ?", (state,)).fetchone() is None:
            _add_key(db, state, now=now)


def rotate(db: sqlite3.Connection, *, now: float) -> None:
    """The next key signs from now on; the current one retires; a new next one is published."""
    db.execute(
        "DELETE FROM signing_keys WHERE state = 'retired' AND changed_at < ?",
        (now - RETIRED_STAYS_S,),
    )
    for old, new in (("current", "retired"), ("next", "current")):
        db.execute(
            "UPDATE signing_keys SET state = ?, changed_at = ? WHERE state = ?", (new, now, old)
        )
    _add_key(db, "next", now=now)


def public_keys(db: sqlite3.Connection, *, now: float) -> dict[str, Any]:
    rows = db.execute(
        "SELECT jwk FROM signing_keys WHERE state <> 'retired' OR changed_at >= ?"
        " ORDER BY changed_at",
        (now - RETIRED_STAYS_S,),
    )
    return {"keys": [_key_from(row).as_dict(private=False) for row in rows]}


def key_states(db: sqlite3.Connection) -> list[sqlite3.Row]:
    return db.execute(
        "SELECT kid, state, changed_at FROM signing_keys ORDER BY changed_at"
    ).fetchall()


def sign(db: sqlite3.Connection, claims: dict[str, Any]) -> str:
    row = db.execute("SELECT jwk FROM signing_keys WHERE state = 'current'").fetchone()
    key = _key_from(row)
    return jwt.encode({"alg": "RS256", "typ": "JWT", "kid": key.kid}, claims, key)


def _add_key(db: sqlite3.Connection, state: str, *, now: float) -> None:
    parameters: KeyParameters = {
        "kid": f"campus-{secrets.token_hex(6)}",
        "use": "sig",
        "alg": "RS256",
    }
    key = RSAKey.generate_key(KEY_BITS, parameters, private=True)
    db.execute(
        "INSERT INTO signing_keys VALUES (?, ?, ?, ?)",
        (key.kid, json.dumps(key.as_dict(private=True)), state, now),
    )


def _key_from(row: sqlite3.Row) -> RSAKey:
    return RSAKey.import_key(cast("dict[str, str | list[str]]", json.loads(row["jwk"])))
