"""``/v1/answers``, ``/v1/changes`` and ``/v1/lists``: what was answered, what no longer holds, and what is in force."""

import json
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from clew.api.desk import allowed, desk_of
from clew.api.pages import Cursor, Limit, page
from clew.api.replies import Json
from clew.records.store import Token

router = APIRouter(prefix="/v1", tags=["history"])
_JSON = ("subject", "reasons", "known", "known_before", "known_after")
"""Columns that hold JSON."""


@router.get("/answers", summary="What was answered")
async def answers(
    request: Request, _token: Annotated[Token, Depends(allowed("read"))], cursor: Cursor = 0, limit: Limit = 100
) -> Any:
    """Every answer with its question, reasons and the versions it rests on, in order: also those that found nothing."""
    desk = desk_of(request)
    rows = await desk.in_thread(desk.records.answers, after=cursor, limit=limit)
    return Json(page([_told(row) for row in rows], "id", limit))


@router.get("/changes", summary="What no longer holds")
async def changes(
    request: Request, _token: Annotated[Token, Depends(allowed("read"))], cursor: Cursor = 0, limit: Limit = 100
) -> Any:
    """Questions whose answer changed when the lists did: before, after, and why."""
    desk = desk_of(request)
    rows = await desk.in_thread(desk.records.changes, after=cursor, limit=limit)
    return Json(page([_told(row) for row in rows], "id", limit))


@router.get("/lists", summary="What is in force")
async def lists(request: Request, _token: Annotated[Token, Depends(allowed("read"))]) -> Any:
    """The versions that answers rest on now."""
    snapshot = desk_of(request).screening.snapshot
    return Json(dict(snapshot.based_on) | {"missing": list(snapshot.addresses.lists.missing)})


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: json.loads(value) if name in _JSON else value for name, value in row.items() if name != "token"}
