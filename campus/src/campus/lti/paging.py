"""A list a page at a time: `limit` and `from` in the address, a Link header in the answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Query, Request

Row = TypeVar("Row")
LIMIT_MOST = 500


@dataclass(frozen=True)
class Page:
    limit: Annotated[int, Query(ge=1, le=LIMIT_MOST)] = 100
    offset: Annotated[int, Query(alias="from", ge=0)] = 0

    def cut(self, rows: Sequence[Row]) -> Sequence[Row]:
        return rows[self.offset : self.offset + self.limit]

    def headers(self, request: Request, origin: str, row_count: int) -> dict[str, str]:
        """The Link header while there is more."""
        if self.offset + self.limit >= row_count:
            return {}
        following = request.url.include_query_params(
            **{"limit": self.limit, "from": self.offset + self.limit}
        )
        return {"Link": f'<{origin}{following.path}?{following.query}>; rel="next"'}
