"""What of a ledger counts as one account paying another."""

from collections.abc import Sequence

from tests.clustering.made import address
from tests.exposure.ledgers import CHAIN, ETH, table_of

from clew.ledger import TransferTable
from clew.model import FEE, SUBSIDY, Kind, Transfer
from clew.tracing.uint128 import unpack
from clew.typologies.flows import Flow, read_flows

BITCOIN = "bip122:000000000019d6689c085ae165831e93"
BTC = f"{BITCOIN}/slip44:0"
A, B, C, D = (address(name) for name in "ABCD")


def moved(flow: Flow, table: TransferTable) -> list[tuple[str, str, int]]:
    names = [table.account_name[code] for code in flow.accounts.tolist()]
    transfers = flow.transfers
    ends = zip(transfers.sender.tolist(), transfers.receiver.tolist(), unpack(transfers.amount), strict=True)
    return [(names[sender], names[receiver], amount) for sender, receiver, amount in ends]


def test_on_account_chains_fees_rewards_and_wraps_pay_nobody() -> None:
    kinds = (Kind.NATIVE, Kind.FEE, Kind.BURN, Kind.REWARD, Kind.WRAP, Kind.CALL, Kind.INTERNAL)
    rows = [Transfer(CHAIN, n, 0, 0, f"0x{n}", n, ETH, f"s{n}", f"r{n}", 5, kind) for n, kind in enumerate(kinds, 1)]
    rows.append(Transfer(CHAIN, 9, 0, 0, "0x9", 9, f"{CHAIN}/erc20:0xa", "s9", "r9", 2**70, Kind.TOKEN))
    rows.append(Transfer(CHAIN, 10, 0, 0, "0x10", 10, ETH, "s1", "r1", 0, Kind.NATIVE))
    table = table_of(rows)
    flows, left_out = read_flows(table)
    assert {flow.asset: moved(flow, table) for flow in flows} == {
        ETH: [("s1", "r1", 5), ("s6", "r6", 5), ("s7", "r7", 5)],
        f"{CHAIN}/erc20:0xa": [("s9", "r9", 2**70)],
    }
    assert left_out == []


def test_an_asset_of_impossible_amounts_is_left_out_and_said_so() -> None:
    token = f"{CHAIN}/erc20:0xb"
    flows, left_out = read_flows(table_of([Transfer(CHAIN, 1, 0, 0, "0x1", 1, token, "a", "b", 2**200, Kind.TOKEN)]))
    assert flows == []
    assert [(one.code, one.asset) for one in left_out] == [("typologies-without-asset", token)]


def spend(height: int, inputs: Sequence[tuple[str, str, int]], outputs: Sequence[tuple[str, int]]) -> list[Transfer]:
    """A transaction: (outpoint, owner, amount) in, (owner, amount) out, the rest a fee."""
    tx = f"{height:064x}"
    place = (BITCOIN, height, 0)
    rows = [
        Transfer(*place, n, tx, 1_600_000_000 + height, BTC, outpoint, f"@tx:{tx}", amount, Kind.INPUT, owner)
        for n, (outpoint, owner, amount) in enumerate(inputs)
    ]
    if not inputs:
        total = sum(amount for _, amount in outputs)
        rows.append(Transfer(*place, 0, tx, 1_600_000_000 + height, BTC, SUBSIDY, f"@tx:{tx}", total, Kind.COINBASE))
    rows += [
        Transfer(
            *place, len(rows) + n, tx, 1_600_000_000 + height, BTC, f"@tx:{tx}", f"{tx}:{n}", amount, Kind.OUTPUT, owner
        )
        for n, (owner, amount) in enumerate(outputs)
    ]
    rest = sum(i[2] for i in inputs) - sum(amount for _, amount in outputs)
    if inputs and rest:
        rows.append(Transfer(*place, len(rows), tx, 1_600_000_000 + height, BTC, f"@tx:{tx}", FEE, rest, Kind.FEE))
    return rows


def test_a_bitcoin_transaction_pays_from_its_first_inputs_address_and_change_pays_nobody() -> None:
    first, second = f"{1:064x}:0", f"{2:064x}:0"
    rows = [
        *spend(1, [], [(A, 50)]),
        *spend(2, [], [(B, 50)]),
        *spend(3, [(first, A, 50), (second, B, 50)], [(C, 30), (B, 20), (D, 45)]),
    ]
    table = table_of(rows)
    (flow,), _ = read_flows(table)
    assert moved(flow, table) == [(A, C, 30), (A, D, 45)]
    assert flow.transfers.time.tolist() == [1_600_000_003] * 2
    assert [int(table.seq[row]) for row in flow.rows] == [2, 4]


def test_a_transaction_that_may_mix_owners_is_left_out() -> None:
    payers = [address(f"payer {n}") for n in range(6)]
    mints = [row for n, payer in enumerate(payers, 1) for row in spend(n, [], [(payer, 1_100_000 + n)])]
    inputs = [(f"{n:064x}:0", payer, 1_100_000 + n) for n, payer in enumerate(payers, 1)]
    outputs = [(address(f"payee {n}"), 1_000_000) for n in range(6)]
    outputs += [(address("change 0"), 96_501)]  # the taker pays the others 500 each, and the fee
    outputs += [(address(f"change {n}"), 100_500 + n) for n in range(2, 7)]
    flows, _ = read_flows(table_of([*mints, *spend(11, inputs, outputs)]))
    assert flows == []
    (flow,), _ = read_flows(table_of([*mints, *spend(11, inputs, [(A, 6_000_000)])]))
    assert len(flow.rows) == 1
