"""How often strangers may knock: token buckets for what anybody can call without a token.

A whole university comes in from one address in the same minute, so the limits are far above that;
they are there for programs that never stop. Kept in this process's memory, bounded.
"""

from __future__ import annotations

import ipaddress
import math
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

REGISTER_PATH = "/lti/register"
ENTRANCE_PATHS = ("/lti/login", "/lti/launch", "/lti/bind", "/api/launches/redeem")


@dataclass(frozen=True, slots=True)
class Rate:
    """So many at once, and so many a second from then on."""

    burst: int
    per_s: float


@dataclass(frozen=True)
class DoorLimits:
    """`entrance` holds for each way in by itself, `registration` for LMSs that ask to be connected.

    Each address has its own count; `capacity` addresses are remembered, the latest ones.
    """

    entrance: Rate = Rate(burst=600, per_s=50)
    registration: Rate = Rate(burst=10, per_s=10 / 60)
    capacity: int = 20_000

    @cached_property
    def by_path(self) -> MappingProxyType[str, Rate]:
        """The rate of each door."""
        entrances = dict.fromkeys(ENTRANCE_PATHS, self.entrance)
        return MappingProxyType({**entrances, REGISTER_PATH: self.registration})


@dataclass(slots=True)
class _Bucket:
    left: float
    at_ms: int


@dataclass
class Doors:
    """Counts who knocks; one process, one event loop."""

    limits: DoorLimits = field(default_factory=DoorLimits)
    _buckets: OrderedDict[tuple[str, str], _Bucket] = field(default_factory=OrderedDict)

    def wait_s(self, path: str, address: str, now_ms: int) -> int | None:
        """Count a knock; None lets it in, a number says in how many seconds to come again."""
        rate = self.limits.by_path.get(path)
        if rate is None:
            return None
        bucket = self._bucket((path, neighbourhood(address)), rate, now_ms)
        # A clock that is set back takes nothing away.
        passed_s = max(0, now_ms - bucket.at_ms) / 1000
        bucket.left = min(rate.burst, bucket.left + passed_s * rate.per_s)
        bucket.at_ms = now_ms
        if bucket.left < 1:
            return math.ceil((1 - bucket.left) / rate.per_s)
        bucket.left -= 1
        return None

    def _bucket(self, key: tuple[str, str], rate: Rate, now_ms: int) -> _Bucket:
        bucket = self._buckets.setdefault(key, _Bucket(rate.burst, now_ms))
        self._buckets.move_to_end(key)
        if len(self._buckets) > self.limits.capacity:
            self._buckets.popitem(last=False)
        return bucket


def neighbourhood(address: str) -> str:
    """Return what counts as one caller: an IPv4 address, or the /64 that an IPv6 line has."""
    if ":" not in address:
        return address
    try:
        return str(ipaddress.ip_network(f"{address.partition('%')[0]}/64", strict=False))
    except ValueError:
        return address
