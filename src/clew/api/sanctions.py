"""``/api/v1/address``: listed or not, in the shape of the free sanctions API that wallets already call."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from clew.api.desk import allowed, desk_of
from clew.api.replies import Json
from clew.records.store import Token
from clew.screening.addresses import Listing
from clew.service.screening import AddressQuestion, answered

router = APIRouter(prefix="/api/v1", tags=["sanctions"])
LIST_PAGES = {
    "us-ofac-sdn": "https://sanctionslist.ofac.treas.gov",
    "un-sc": "https://main.un.org/securitycouncil/en/content/un-sc-consolidated-list",
}
"""Public page of a list."""


@router.get("/address/{address}", summary="Is this address listed?")
async def address(address: str, request: Request, token: Annotated[Token, Depends(allowed("screen"))]) -> Any:
    """``{"identifications": [...]}``: one for each list that holds the address or another of its key; none: not listed.

    An address that cannot be read is an error, since an empty answer would be taken for "not listed".
    """
    desk = desk_of(request)
    question = AddressQuestion(address)
    (answer,), snapshot = desk.screening.screen_addresses([question])
    await desk.keeper.keep([answered(question, answer, snapshot, token=token.id)])
    if answer.subject.unreadable:
        error = {"code": "bad-input", "field": "address", "message": answer.subject.unreadable, "mend": ""}
        return Json({"error": error}, 422)
    listed = [each for each in answer.listings if each.match in ("address", "same key")]
    return Json({"identifications": [_identification(listing) for listing in listed]})


def _identification(listing: Listing) -> dict[str, str]:
    who = ", ".join(listing.names) or "a listed party"
    since = f" on {listing.since}" if listing.since else ""
    how = "" if listing.match == "address" else f" (listed is {listing.original}, of the same key)"
    return {
        "category": "sanctions",
        "name": f"SANCTIONS: {listing.list} {who}",
        "description": f"{who} was put on {listing.list}{since}, entry {', '.join(listing.entries)}{how}.",
        "url": LIST_PAGES.get(listing.list, ""),
    }
