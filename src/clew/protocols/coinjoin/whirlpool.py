"""Whirlpool: a mix takes as many coins as it pays, all of its pool's value; a tx0 cuts a wallet's coins to enter one.

The coins that enter a mix for the first time carry its miner fee, so they are a little larger than the pool's value.
Source: Samourai Wallet's Whirlpool documentation, as named in ``facts.toml``.
"""

from typing import NamedTuple

from clew.chains.script import ScriptType
from clew.protocols.coinjoin.facts import Facts, facts_of
from clew.protocols.coinjoin.transaction import Shape
from clew.protocols.coinjoin.verdict import Margin, Protocol, Verdict, bounded, conclude, exactly, sign

_PAID_TO = (ScriptType.P2WPKH, ScriptType.P2WSH, ScriptType.P2TR)
"""Premixes and mixes stand at P2WPKH; a mix may also pay straight into another wallet."""


def recognise_mix(shape: Shape) -> Verdict | None:
    """The verdict on a mix; None where it cannot be one."""
    facts = facts_of("whirlpool")
    pool, participants = shape.commonest
    if pool not in facts.values["pools"] or participants != len(shape.payments):
        return None
    excess = None if shape.amounts is None else [amount - pool for amount in shape.amounts]
    needed = (
        bounded(facts, "participants", participants),
        exactly("inputs", len(shape.inputs), participants),
        exactly("different input scripts", shape.owners if shape.complete else None, participants),
        exactly("repeated output scripts", shape.repeated_scripts, 0),
        exactly("outputs to an input's script", shape.returned, 0),
        exactly("OP_RETURN outputs", len(shape.payloads), 0),
        Margin("smallest excess", min(excess) if excess else None, *facts.bounds["excess"]),
        Margin("largest excess", max(excess) if excess else None, *facts.bounds["excess"]),
        bounded(facts, "entrants", sum(over > 0 for over in excess) if excess else None),
    )
    return conclude(
        facts,
        Protocol.WHIRLPOOL,
        shape.time,
        needed,
        (
            sign(exactly("native segwit", shape.of_type(*_PAID_TO), 1000), met=100, unmet=-400),
            sign(exactly("unknown inputs", 0 if shape.complete else None, 0), met=200),
        ),
        denominations=(pool,),
        equal_outputs=participants,
    )


class _Premix(NamedTuple):
    """A reading of a transaction as a tx0."""

    pool: int
    value: int
    premixes: int
    fee: int
    """The output taken for the coordinator's fee, in thousandths of the pool's fee."""


def recognise_tx0(shape: Shape) -> Verdict | None:
    """The verdict on a tx0; None where it cannot be one. Change may be as small as the coordinator's fee."""
    facts = facts_of("whirlpool-tx0")
    if len(shape.payloads) != 1:
        return None
    readings = [reading for pool, fee in facts.values["fees"] if (reading := _read(shape, facts, pool, fee))]
    if not readings:
        return None
    best = min(readings, key=lambda reading: (abs(reading.fee - 1000), -reading.premixes))
    size = _payload_size(shape.payloads[0])
    others = [output for output in shape.payments if output.amount != best.value]
    premixes = [output for output in shape.payments if output.amount == best.value]
    odd = sum(len(output.script) != 22 or output.script[:2] != b"\x00\x14" for output in premixes)
    sizes = facts.values["payloads"]
    return conclude(
        facts,
        Protocol.WHIRLPOOL_TX0,
        shape.time,
        (
            exactly("OP_RETURN outputs", len(shape.payloads), 1),
            bounded(facts, "premixes", best.premixes),
            bounded(facts, "excess", best.value - best.pool),
            bounded(facts, "others", len(others)),
            bounded(facts, "fee", best.fee),
            exactly("repeated output scripts", shape.repeated_scripts, 0),
        ),
        (
            sign(exactly("payload bytes", size, size if size in sizes else sizes[0]), met=300, unmet=-250),
            sign(exactly("thousandths of the pool's fee", best.fee, 1000), met=100),
            sign(exactly("premix outputs that are not P2WPKH", odd, 0), met=100, unmet=-200),
        ),
        denominations=(best.pool,),
        equal_outputs=best.premixes,
    )


def _read(shape: Shape, facts: Facts, pool: int, fee: int) -> _Premix | None:
    """The reading as a tx0 of a pool: the commonest value slightly above it, and the other output nearest its fee."""
    least, most = facts.bounds["excess"]
    premix = [(count, value) for value, count in shape.values.items() if least <= value - pool <= most]
    if not premix:
        return None
    count, value = max(premix)
    others = [output.amount for output in shape.payments if output.amount != value]
    shares = [1000 * amount // fee for amount in others]
    if not shares or len(others) > facts.bounds["others"][1]:
        return None
    share = min(shares, key=lambda share: abs(share - 1000))
    low, high = facts.bounds["fee"]
    return _Premix(pool, value, count, share) if low <= share <= high else None


def _payload_size(script: bytes) -> int:
    """Bytes that an OP_RETURN script pushes: with a length byte to 75, with OP_PUSHDATA1 beyond."""
    return len(script) - (3 if script[1:2] == b"\x4c" else 2)
