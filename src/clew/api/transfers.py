"""``/v1/transfers``: register a deposit or a withdrawal, and get what is known of the other side."""

import hashlib
import secrets
from collections.abc import Mapping
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Header, Request

from clew.api import faults
from clew.api.bodies import TransferBody
from clew.api.desk import Desk, allowed, desk_of
from clew.api.faults import FaultError
from clew.api.pages import Cursor, Limit, page
from clew.api.replies import Json
from clew.chains import find_chain
from clew.chains.tokens import parse_asset
from clew.errors import InputError
from clew.records.store import Answered, Token
from clew.screening.addresses import to_json
from clew.service.screening import AddressQuestion, answered

router = APIRouter(prefix="/v1/transfers", tags=["transfers"])
Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200)]


@router.post("", status_code=201, summary="Register a transfer")
async def register(
    body: TransferBody, request: Request, token: Annotated[Token, Depends(allowed("transfers"))], key: Key = None
) -> Any:
    """The transfer with a decision, reasons, alerts and exposure of the other side.

    With the same ``Idempotency-Key`` the same request gets the same reply, and is registered once. Later changes of
    the answer stand under ``/v1/changes``.
    """
    desk = desk_of(request)
    digest = hashlib.sha256(body.model_dump_json().encode()).hexdigest()
    earlier = await _earlier(desk, token, key, digest)
    if earlier is not None:
        return earlier
    kept, told, answer = _screened(desk, body, token)
    reply = None
    if key is not None:
        content = orjson.dumps(told).decode()
        reply = {"token": token.id, "key": key, "digest": digest, "status": 201, "body": content}
    try:
        await desk.in_thread(desk.records.keep_transfer, kept, answer, reply)
    except InputError as error:  # perhaps the same request, a moment ago
        return await _earlier(desk, token, key, digest) or faults.reply(
            409, error.what, field=error.where, mend=error.mend
        )
    return Json(told, 201)


async def _earlier(desk: Desk, token: Token, key: str | None, digest: str) -> Json | None:
    """The reply that a request with this key got before."""
    found = None if key is None else await desk.in_thread(desk.records.reply_to, token.id, key)
    if found is None:
        return None
    if found["digest"] != digest:
        raise FaultError(409, "this key belongs to another request", field="Idempotency-Key", mend="use a new key")
    return Json(orjson.loads(found["body"]), found["status"])


def _screened(desk: Desk, body: TransferBody, token: Token) -> tuple[dict[str, Any], dict[str, Any], Answered]:
    """The row to keep, the reply, and the answer to keep."""
    chain, asset = _chain_and_asset(body)
    question = AddressQuestion(body.address, chain)
    (answer,), snapshot = desk.screening.screen_addresses([question])
    told = to_json(answer)
    row = {
        "id": secrets.token_hex(16),
        "reference": body.reference,
        "direction": body.direction,
        "chain": chain,
        "asset": asset,
        "amount": body.amount,
        "address": answer.subject.form.address,
        "tx": body.tx,
        "customer": body.customer,
        "decision": str(answer.decision),
    }
    shown = {name: told[name] for name in ("reasons", "listings", "tags", "exposure")}
    alerts = [reason for reason in told["reasons"] if reason["decision"] in ("review", "block")]
    shown |= {"alerts": alerts, **snapshot.based_on}
    kept = {**row, "token": token.id, "answer": orjson.dumps(shown).decode()}
    return kept, row | shown, answered(question, answer, snapshot, token=token.id, reference=body.reference)


def _chain_and_asset(body: TransferBody) -> tuple[str, str]:
    """CAIP-2 and CAIP-19 ids; of a chain that Clew does not follow its name and the asset's, as they were given."""
    try:
        chain = find_chain(body.chain)
    except InputError:
        return body.chain.lower(), body.asset
    own = body.asset.startswith(f"{chain.id}/")
    return chain.id, body.asset if own else parse_asset(body.asset, chain).id


@router.get("", summary="Registered transfers")
async def listing(
    request: Request, _token: Annotated[Token, Depends(allowed("read"))], cursor: Cursor = 0, limit: Limit = 100
) -> Any:
    """Transfers in the order in which they were registered."""
    desk = desk_of(request)
    rows = await desk.in_thread(desk.records.transfers, after=cursor, limit=limit)
    return Json(page([_told(row) for row in rows], "number", limit))


@router.get("/{id}", summary="One transfer")
async def one(id: str, request: Request, _token: Annotated[Token, Depends(allowed("read"))]) -> Any:  # noqa: A002
    """A registered transfer and the answer it got."""
    desk = desk_of(request)
    row = await desk.in_thread(desk.records.transfer, id)
    if row is None:
        raise FaultError(404, "no transfer has this id", field="id")
    return Json(_told(row))


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    hidden = ("token", "answer")
    answer: dict[str, Any] = orjson.loads(row["answer"])
    return {name: value for name, value in row.items() if name not in hidden} | answer
