"""Pages of a list, by cursor: the number of the last row seen."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import Query

Cursor = Annotated[int, Query(ge=0, lt=2**63, description="Number of the last row that was seen; 0: from the start.")]
Limit = Annotated[int, Query(ge=1, le=1000, description="Rows in one page.")]


def page(rows: Sequence[Mapping[str, Any]], number: str, limit: int) -> dict[str, Any]:
    """Rows and the cursor of the next page; None where this one is the last."""
    more = len(rows) == limit
    return {"rows": list(rows), "next": rows[-1][number] if more else None}
