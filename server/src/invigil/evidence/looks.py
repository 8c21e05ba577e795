"""Who looks at evidence: allowed, and on record, without a query for each of thousands of files.

A player fetches a segment every few seconds and a verification all of them at once. So an
admission holds for `holds_s`; whoever loses the role or the sign-in can fetch for so long at most.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

from invigil.accounts.policy import authenticate_staff
from invigil.attempts.policy import find_reviewed_attempt
from invigil.audit.service import HOUR_MS, Deed, record_hourly
from invigil.kit.clock import Clock
from invigil.kit.db import Database
from invigil.kit.tokens import token_hash

LOOKED_AT_ATTEMPT = "evidence.fetch"
LOOKED_AT_SUMMARIES = "evidence.summaries"


class Looks:
    """Admits reviewers to attempts and keeps the audit record of it; one process."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        holds_s: float = 30.0,
        capacity: int = 10_000,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._clock = clock
        self._holds_s = holds_s
        self._capacity = capacity
        self._monotonic = monotonic
        self._admitted: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._hour = 0
        self._on_record: set[tuple[str | None, str]] = set()

    async def admit(self, token: str, attempt: str) -> None:
        """Let a reviewer of the attempt through, and put it on record.

        Raises:
            TokenInvalid, TokenExpired: the token is no staff token (any more).
            NotFound, RoleNeeded: its holder does not review this attempt.
        """
        who = token_hash(token), attempt
        until = self._admitted.get(who)
        if until is not None and self._monotonic() < until:
            return
        now_ms = self._clock.now_ms()
        async with self._database.transaction(writes=False) as session:
            staff = await authenticate_staff(session, token, now_ms)
            await find_reviewed_attempt(session, staff, attempt)
        subject = f"attempt/{attempt}"
        await self.note(Deed(staff.institution_id, staff.person_id, LOOKED_AT_ATTEMPT, subject))
        self._admitted[who] = self._monotonic() + self._holds_s
        self._admitted.move_to_end(who)
        if len(self._admitted) > self._capacity:
            self._admitted.popitem(last=False)

    async def note(self, deed: Deed) -> None:
        """Put a look on record, once for each person, subject and hour."""
        now_ms = self._clock.now_ms()
        if now_ms // HOUR_MS != self._hour:
            self._hour = now_ms // HOUR_MS
            self._on_record.clear()
        key = deed.person_id, deed.subject
        if key in self._on_record:
            return
        async with self._database.transaction() as session:
            await record_hourly(session, deed, now_ms)
        self._on_record.add(key)
