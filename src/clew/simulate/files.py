"""What a simulated theft leaves on disk: the case file, the recorded replies, and the truth."""

import json
import struct
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

from clew.amounts import format_units
from clew.chains import find_chain
from clew.errors import RunError
from clew.model import Conversion, Tag, Theft
from clew.simulate import bitcoin, ethereum
from clew.simulate.theft import World

_EXPLORER_WORDS = {True: ("1", "OK"), False: ("0", "No transactions found")}
_STANDING = ("theft", "chain", "address", "asset", "amount", "origin_amount")
_BLOCK = 65_535
"""Most bytes of one stored block of deflate."""


def case_text(world: World, seed: int) -> str:
    """The case file: what an investigator would know on the morning after, and what he found out since."""
    return case_file(f"simulated-{seed}", "Simulated bridge theft", world.thefts, world.conversions, world.tags)


def case_file(
    name: str, title: str, thefts: Iterable[Theft], conversions: Iterable[Conversion], tags: Iterable[Tag]
) -> str:
    """A case file of these facts."""
    lines = [f'id = "{name}"', f'title = "{title}"', 'policy = "fifo"']
    for theft in thefts:
        amount = format_units(theft.amount, theft.asset.decimals, separator="")
        chain = find_chain(theft.chain).name
        fields = {"id": theft.id, "chain": chain, "tx": theft.tx, "asset": theft.asset.symbol, "amount": amount}
        lines += _table("theft", fields | {"to": theft.to})
    for conversion in conversions:
        asset_in, asset_out = conversion.asset_in, conversion.asset_out
        fields = {"chain": find_chain(asset_in.chain).name, "from": conversion.sender, "asset_in": asset_in.symbol}
        fields |= {"amount_in": format_units(conversion.amount_in, asset_in.decimals, separator="")}
        fields |= {"tx": conversion.tx, "to": conversion.receiver, "asset_out": asset_out.symbol}
        fields |= {"amount_out": format_units(conversion.amount_out, asset_out.decimals, separator="")}
        if conversion.tx_out:
            fields |= {"chain_out": find_chain(asset_out.chain).name, "tx_out": conversion.tx_out}
        lines += _table("conversion", fields | {"note": conversion.note})
    for tag in tags:
        fields = {"chain": find_chain(tag.chain).name, "address": tag.address, "label": tag.label}
        fields |= {"entity": tag.entity, "category": str(tag.category), "source": "the simulation"}
        lines += _table("tag", fields | {"confidence": str(tag.confidence)})
    return "\n".join(lines) + "\n"


def _table(name: str, fields: dict[str, str]) -> list[str]:
    return ["", f"[[{name}]]", *(f"{key} = {json.dumps(value)}" for key, value in fields.items())]


def recorded_replies(world: World) -> bytes:
    """What explorers would answer about every wallet and every output, as gzipped JSON lines."""
    fetched = str(world.ethereum.time + 86_400)
    lines = [
        json.dumps(
            {"chain": chain, "fetched": fetched, "format": form, "query": query, "response": response}, sort_keys=True
        )
        for chain, form, query, response in (*_explorer_replies(world), *_esplora_replies(world))
    ]
    return stored_gzip("".join(f"{line}\n" for line in lines).encode())


_Record = tuple[str, str, dict[str, str], Any]


def _explorer_replies(world: World) -> Iterator[_Record]:
    for address in world.wallets:
        for action in ethereum.ACTIONS:
            rows = world.ethereum.rows[address][action]
            status, message = _EXPLORER_WORDS[bool(rows)]
            query = {"module": "account", "action": action, "address": address, "sort": "asc"}
            response = {"status": status, "message": message, "result": rows}
            yield (
                ethereum.CHAIN.id,
                f"etherscan/{action}",
                query | {"startblock": "0", "endblock": "99999999"},
                response,
            )


def _esplora_replies(world: World) -> Iterator[_Record]:
    chain, transactions = bitcoin.CHAIN.id, world.bitcoin.transactions
    yield chain, "meta/esplora-tip", {"path": "/blocks/tip/height"}, transactions[-1]["status"]["block_height"] + 100
    for tx in transactions:
        path, status = f"/tx/{tx['txid']}", tx["status"]
        yield chain, "meta/esplora-status", {"path": f"{path}/status"}, status
        proof = {"block_height": status["block_height"], "merkle": [world.bitcoin.coinbases[tx["txid"]]], "pos": 1}
        yield chain, "meta/esplora-merkle-proof", {"path": f"{path}/merkle-proof"}, proof
        yield chain, "esplora/tx", {"path": path, "pos": "1"}, tx
        for vout in range(len(tx["vout"])):
            yield (
                chain,
                "meta/esplora-outspend",
                {"path": f"{path}/outspend/{vout}"},
                _spending(world, tx["txid"], vout),
            )


def _spending(world: World, tx: str, vout: int) -> dict[str, Any]:
    spender = world.bitcoin.spent.get((tx, vout))
    if spender is None:
        return {"spent": False}
    return {"spent": True, "txid": spender[0]["txid"], "vin": spender[1], "status": spender[0]["status"]}


def truth_text(world: World, seed: int) -> str:
    """Where every stolen unit stands under FIFO, as JSON; RunError where the parts do not add up to a theft.

    ``standing`` has one row per theft, place and asset: an address (of a UTXO chain, its outputs added up) or ``@fee``.
    A service keeps what it receives: what it pays out is its own.
    """
    standing: dict[tuple[str, str, str, str], list[int]] = {}
    for (theft, account), lot in world.lots.stolen().items():
        address = world.bitcoin.owners.get(account.place, account.place)
        sums = standing.setdefault((theft, account.chain, address, account.asset), [0, 0])
        sums[0] += lot.amount
        sums[1] += lot.origin
    for stolen in world.thefts:
        found = sum(origin for (theft, *_), (_, origin) in standing.items() if theft == stolen.id)
        if found != stolen.amount:
            raise RunError(
                f"the truth of theft {stolen.id} has {found} of {stolen.amount} units", where="clew simulate"
            )
    truth = {
        "case": f"simulated-{seed}",
        "policy": "fifo",
        "stolen": [
            {"theft": stolen.id, "chain": stolen.chain, "asset": stolen.asset.id, "amount": str(stolen.amount)}
            for stolen in world.thefts
        ],
        "standing": [
            dict(zip(_STANDING, (*place, *map(str, sums)), strict=True)) for place, sums in sorted(standing.items())
        ],
    }
    return json.dumps(truth, indent=1, sort_keys=True) + "\n"


def stored_gzip(data: bytes) -> bytes:
    """A gzip file (RFC 1952) of stored blocks (RFC 1951, 3.2.4): the same bytes whichever zlib the machine has."""
    blocks = [data[start : start + _BLOCK] for start in range(0, len(data), _BLOCK)]
    body = b"".join(
        struct.pack("<BHH", number == len(blocks), len(block), len(block) ^ 0xFFFF) + block
        for number, block in enumerate(blocks, 1)
    )
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + body + struct.pack("<II", zlib.crc32(data), len(data) % 2**32)
