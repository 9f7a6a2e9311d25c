"""What a world leaves on disk: the case, the evidence in the sources' own formats, block files, and the truth."""

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson

from clew.chains.execution import ZERO_ADDRESS
from clew.errors import InputError, RunError
from clew.protocols.thorchain import midgard
from clew.simulate.files import case_file, stored_gzip
from clew.simulate.lots import Account
from clew.simulate.world import bitcoin, evm, tron
from clew.simulate.world.intentions import HIDDEN
from clew.simulate.world.people import Town
from clew.simulate.world.state import DAY, DOLLARS, START, World
from clew.sources.archive import INDEX

EVIDENCE, BLOCKS, MIXER, TYPOLOGIES = "evidence", "blocks", "mixer", "typologies.csv"
_BLOCK_SECONDS = 13
"""Seconds of a block in the mixer's files, whose readers count Ethereum's old blocks; the world's own are rarer."""

_Key = tuple[str, str, str, str, str]
"""Theft (with HIDDEN at its end or not), chain, address, owner and kind, asset."""

Record = tuple[str, str, dict[str, str], bytes]
"""Format, chain, query, body."""


def write_world(world: World, town: Town, out: Path) -> None:
    """Write everything into a folder; InputError where it cannot be, RunError where the truth does not add up."""
    truth = truth_text(world)
    try:
        out.mkdir(parents=True, exist_ok=True)
        if (out / EVIDENCE).exists():
            raise InputError("there is a world already", where=str(out), mend="name a new folder, or remove it")
        _write_text(out / "case.toml", case_text(world))
        _write_evidence(out / EVIDENCE, records(world), str(world.end + DAY))
        _write_blocks(out / BLOCKS, world)
        _write_text(out / "truth.json", truth)
        _write_text(out / "owners.csv", _csv(("chain", "address", "owner", "kind"), owner_rows(world)))
        _write_text(out / TYPOLOGIES, _csv(("typology", "chain", "address", "parts"), role_rows(world)))
        passages = ("kind", "service", "sent", "received", "owner")
        _write_text(out / "passages.csv", _csv(passages, passage_rows(world)))
        for name, header, rows in mixer_files(world, town):
            _write_text(out / MIXER / name, _csv(header, rows))
    except OSError as error:
        raise InputError(error.strerror or str(error), where=str(out), mend="name a folder you may write to") from error


def _write_text(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def _csv(header: Sequence[str], rows: Iterator[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def case_text(world: World) -> str:
    """The case: the thefts, all public tags, and every order that the bridge's page shows, whoever placed it."""
    name = f"{world.preset.name}-{world.seed}"
    return case_file(name, world.preset.title, world.thefts, world.orders, world.tags)


# --- the evidence


def records(world: World) -> Iterator[Record]:
    """What the sources of every chain would answer."""
    for height, block in enumerate(world.evm.blocks):
        yield "evm/block", evm.CHAIN.id, {"height": str(height)}, orjson.dumps(block)
    for height, raw in enumerate(world.bitcoin.blocks):
        yield "bitcoin/block", bitcoin.CHAIN.id, {"height": str(height)}, raw
    for format_, query, body in world.tron.replies(str(world.end + DAY)):
        yield format_, tron.CHAIN.id, query, orjson.dumps(body)
    for (chain, tx), action in world.actions.items():
        query = {"path": "/v2/actions", "txid": tx.removeprefix("0x").upper()}
        yield midgard.FORMAT, chain, query, orjson.dumps(action)


def _write_evidence(folder: Path, found: Iterator[Record], fetched: str) -> None:
    """A folder of evidence as `sources.archive` keeps it; bodies are stored, not packed, so that no library decides."""
    lines = []
    for format_, chain, query, body in found:
        digest = hashlib.sha256(body).hexdigest()
        path = folder / digest[:2] / f"{digest}.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(stored_gzip(body))
        line = {"format": format_, "chain": chain, "query": query, "fetched": fetched, "sha256": digest}
        lines.append(orjson.dumps(line) + b"\n")
    (folder / INDEX).write_bytes(b"".join(lines))


def _write_blocks(folder: Path, world: World) -> None:
    """The Bitcoin blocks once more, as a node keeps them."""
    folder.mkdir(parents=True, exist_ok=True)
    stored = b"".join(bitcoin.MAGIC + len(raw).to_bytes(4, "little") + raw for raw in world.bitcoin.blocks)
    (folder / "blk00000.dat").write_bytes(stored)


# --- the truth


def place_of(world: World, account: Account) -> tuple[str, str]:
    """The address a place of the book stands for, and who holds it with what kind, as ``owner/kind``."""
    address = world.standing_for.get(account.place, world.bitcoin.owners.get(account.place, account.place))
    owner = world.owners.get((account.chain, address))
    return address, "/" if owner is None else f"{owner.name}/{owner.kind}"


def truth_text(world: World) -> str:
    """Where every stolen unit truly stands, as JSON; RunError where the parts do not add up to a theft."""
    sums: dict[_Key, list[int]] = {}
    for (theft, account), lot in world.book.stolen().items():
        address, held_by = place_of(world, account)
        entry = sums.setdefault((theft, account.chain, address, held_by, account.asset), [0, 0])
        entry[0] += lot.amount
        entry[1] += lot.origin
    for stolen in world.thefts:
        found = sum(sums[key][1] for key in sums if key[0].removesuffix(HIDDEN) == stolen.id)
        if found != stolen.amount:
            raise RunError(f"the truth of theft {stolen.id} has {found} of {stolen.amount} units", where="simulate")
    return json.dumps(_truth(world, sums), indent=1, sort_keys=True) + "\n"


def _truth(world: World, sums: dict[_Key, list[int]]) -> dict[str, Any]:
    standing = []
    for (theft, chain, address, held_by, asset), (amount, origin) in sorted(sums.items()):
        owner, _, kind = held_by.partition("/")
        row: dict[str, Any] = {
            "theft": theft.removesuffix(HIDDEN),
            "hidden": theft.endswith(HIDDEN),
            "chain": chain,
            "address": address,
            "owner": owner,
            "kind": kind,
            "asset": asset,
        }
        standing.append(row | {"amount": str(amount), "origin_amount": str(origin)})
    stolen = [
        {"theft": theft.id, "chain": theft.chain, "asset": theft.asset.id, "amount": str(theft.amount)}
        for theft in world.thefts
    ]
    dollars = {asset: str(price) for asset, price in DOLLARS.items()}
    facts = {"case": f"{world.preset.name}-{world.seed}", "scale": world.scale, "seed": world.seed}
    return facts | {"rule": "intention", "stolen": stolen, "standing": standing, "dollars_per_unit": dollars}


def owner_rows(world: World) -> Iterator[tuple[str, ...]]:
    """Who holds each address."""
    for (chain, address), owner in sorted(world.owners.items()):
        yield chain, address, *owner


def role_rows(world: World) -> Iterator[tuple[object, ...]]:
    """Which typology each wallet of the thief truly played, by the verbs it was used in."""
    for role, parts in sorted(world.roles.items()):
        yield *role, parts


def passage_rows(world: World) -> Iterator[tuple[str, ...]]:
    """What truly came out for what went in, mixer by mixer and order by order."""
    yield from world.passages
    for tx, parts, outputs in zip(world.bitcoin.mix_ids, world.bitcoin.mixes, world.bitcoin.mix_outputs, strict=True):
        for part, coins in zip(parts, outputs, strict=True):
            for spent in part.coins:
                owner = world.owners.get((bitcoin.CHAIN.id, spent.address))
                for coin in coins:
                    sent = f"{spent.tx}:{spent.vout}"
                    yield "coinjoin", tx, sent, f"{coin.tx}:{coin.vout}", owner.name if owner else ""


def mixer_files(world: World, town: Town) -> Iterator[tuple[str, Sequence[str], Iterator[Sequence[object]]]]:
    """The mixer's events, who put the notes in, and the true pairs, as ``clew score demix`` reads them."""
    notes = [note for size in town.mixer.notes for note in town.mixer.notes[size]]
    shared = ("pool", "blockNumber", "transactionHash")
    senders = {tx["hash"]: tx["from"] for block in world.evm.blocks for tx in block["block"]["transactions"]}

    def block(time: int) -> int:
        return (time - START) // _BLOCK_SECONDS + 1

    yield (
        "deposits.csv",
        (*shared, "commitment", "leafIndex", "timestamp", "gasPrice"),
        ((f"{n.size} ETH", block(n.time), n.tx, n.commitment, n.leaf, n.time, n.gas_price) for n in notes),
    )
    yield (
        "withdrawals.csv",
        (*shared, "nullifierHash", "to", "fee", "relayer", "gasPrice"),
        (
            (
                f"{p.note.size} ETH",
                block(p.time),
                p.tx,
                p.nullifier,
                p.recipient,
                p.fee,
                senders[p.tx] if p.relayed else ZERO_ADDRESS,
                p.gas_price,
            )
            for p in town.mixer.paid
        ),
    )
    yield "depositors.csv", ("transactionHash", "depositor"), ((n.tx, senders[n.tx]) for n in notes)
    pairs = ((p.note.tx, p.tx) for p in town.mixer.paid)
    yield "pairs.csv", ("deposit_tx", "withdrawal_tx"), pairs
