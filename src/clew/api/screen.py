"""``/v1/screen``: addresses and names against the lists in force."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from clew.api.bodies import AddressesBody, NamesBody, described, read_body
from clew.api.desk import Desk, allowed, authorise, desk_of
from clew.api.replies import Json
from clew.records.store import Answered, Token
from clew.screening import parties
from clew.screening.addresses import found_to_json
from clew.service.screening import AddressQuestion, NameQuestion, answered, ask_address

router = APIRouter(prefix="/v1/screen", tags=["screening"])
_FEW = 50
"""Addresses that are looked at at once; more, or their exposure, would hold up other requests: they go to a thread."""


@router.post("/addresses", summary="Screen addresses", openapi_extra=described(AddressesBody))
async def screen_addresses(request: Request) -> Any:
    """Each address with its decision, reasons, listings, tags and exposure; all from one state of the lists."""
    token = await authorise(request, "screen")
    return Json(await answer_addresses(desk_of(request), token, await request.body()))


async def answer_addresses(desk: Desk, token: Token, body: bytes) -> dict[str, Any]:
    """The reply to a request's body, when the answers are on the disk."""
    asked = read_body(body, AddressesBody)
    now = is_quick(desk, asked)
    kept, told = screened(desk, token, asked) if now else await desk.in_thread(screened, desk, token, asked)
    await desk.keeper.keep(kept)
    return dict(told)


def is_quick(desk: Desk, asked: AddressesBody) -> bool:
    """Whether it is answered so soon that others need not be answered meanwhile."""
    return len(asked.addresses) <= _FEW and desk.screening.snapshot.exposures is None


def screened(desk: Desk, token: Token, asked: AddressesBody) -> tuple[list[Answered], dict[str, Any]]:
    """The answers as they are kept, and the reply."""
    snapshot = desk.screening.snapshot
    kept, told = [], []
    for item in asked.addresses:
        question = AddressQuestion(item.address, item.chain)
        answer = ask_address(question, snapshot)
        kept.append(answered(question, answer, snapshot, token=token.id, reference=item.reference))
        told.append(found_to_json(answer) | {"reference": item.reference})
    return kept, {"answers": told, **snapshot.based_on}


@router.post("/names", summary="Screen names")
async def screen_names(body: NamesBody, request: Request, token: Annotated[Token, Depends(allowed("screen"))]) -> Any:
    """Each name with its decision and the listed parties that may bear it, every feature explained."""
    desk = desk_of(request)
    questions = [
        NameQuestion(item.name, item.kind, tuple(item.births), tuple(item.countries), body.limit) for item in body.names
    ]
    answers, snapshot = await desk.in_thread(desk.screening.screen_names, questions)
    kept = [
        answered(question, answer, snapshot, token=token.id, reference=item.reference)
        for question, answer, item in zip(questions, answers, body.names, strict=True)
    ]
    await desk.keeper.keep(kept)
    told = [
        parties.to_json(answer) | {"reference": item.reference}
        for answer, item in zip(answers, body.names, strict=True)
    ]
    return Json({"answers": told, **snapshot.based_on})
