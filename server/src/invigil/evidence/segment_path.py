"""What both directions of a segment's path have in common."""

from __future__ import annotations

import re
from collections.abc import Mapping

from invigil.kit.packs.errors import SegmentInvalid
from invigil.kit.packs.ports import SegmentKey
from invigil.kit.problems import NotFound, SignInNeeded

PATH = "/api/attempts/{attempt_id}/segments/{stream}/{index}"
_INDEX = re.compile(r"0|[1-9][0-9]{0,9}")


def segment_key(path_params: Mapping[str, str]) -> SegmentKey:
    """Return the key that a path names.

    Raises:
        NotFound: it names none. `01` is not another name of `1`.
    """
    if not _INDEX.fullmatch(path_params["index"]):
        raise NotFound
    try:
        return SegmentKey(
            path_params["attempt_id"], path_params["stream"], int(path_params["index"])
        )
    except SegmentInvalid as error:
        raise NotFound from error


def bearer(authorization: str) -> str:
    """Return the token of an `Authorization` field.

    Raises:
        SignInNeeded: there is none.
    """
    kind, _, token = authorization.partition(" ")
    if kind.lower() != "bearer" or not token:
        raise SignInNeeded
    return token
