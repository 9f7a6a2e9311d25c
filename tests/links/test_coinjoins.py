"""A trace ends in a CoinJoin: its outputs are nobody's in particular, though sooner one input's than another's."""

import csv
import gzip
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from clew.chains.networks import find_network
from clew.chains.script import owner_script, script_owner
from clew.links.coinjoins import output_shares
from clew.service.trace import TraceRequest, trace_case

SharedData = Callable[[str], Path]
REGTEST = "bip122:0f9188f13cb7b2c71f2a335e3a4fc328"
MIX = "aad3c0bd"


@pytest.mark.parametrize(
    "script",
    [
        "76a914" + "11" * 20 + "88ac",
        "a914" + "22" * 20 + "87",
        "0014" + "33" * 20,
        "0020" + "44" * 32,
        "5120" + "55" * 32,
        "6002751e",
    ],
)
@pytest.mark.parametrize("chain", ["bitcoin", "bitcoin-regtest", "litecoin"])
def test_a_script_and_its_address_are_each_others_inverse(script: str, chain: str) -> None:
    from clew.chains import find_chain

    network = find_network(find_chain(chain).id)
    address = script_owner(bytes.fromhex(script), network)
    assert owner_script(address, network).hex() == script


def test_where_everybody_gets_one_of_one_size_each_input_is_as_likely() -> None:
    assert output_shares([510, 520, 500, 500, 500], [500] * 5) == pytest.approx(np.full((5, 5), 0.2))


def test_an_output_that_no_input_could_pay_alone_is_paid_by_two_in_proportion() -> None:
    """Only the two large ones together have enough; what is left of them they paid to the others."""
    shares = output_shares([600, 500, 60, 60], [900, 60, 60])
    assert shares[0] == pytest.approx([6 / 11, 5 / 11, 0, 0], abs=0.02)
    assert shares.sum(axis=1) == pytest.approx([1, 1, 1])


def test_what_nobody_could_pay_has_no_share() -> None:
    assert not output_shares([1, 1], [5, 5, 1])[:2].any()


@pytest.mark.data
def test_stolen_coins_end_in_the_mix_they_are_put_into_and_no_output_is_blamed(
    shared_data: SharedData, tmp_path: Path
) -> None:
    coins = list(csv.DictReader(shared_data("coinjoin/emulated/wallet-coins.csv").read_text().splitlines()))
    stolen = next(coin for coin in coins if coin["spent_by"].startswith(MIX))
    with gzip.open(shared_data("coinjoin/emulated/blocks.jsonl.gz"), "rt") as lines:
        blocks = [json.loads(line) for line in lines]
    recorded = tmp_path / "blocks.jsonl"
    with recorded.open("w") as file:
        for block in blocks:
            query = {"method": "getblock", "params": json.dumps([block["hash"], 3])}
            row = {"format": "bitcoin/getblock", "chain": REGTEST, "query": query, "fetched": "1700000000"}
            file.write(json.dumps({**row, "response": block}) + "\n")
    sats = int(stolen["amount_sat"])
    (tmp_path / "case.toml").write_text(
        f"""id = "mixed"
title = "Into a mix"
policy = "haircut"
[[theft]]
chain = "bitcoin-regtest"
tx = "{stolen["txid"]}"
vout = {stolen["vout"]}
asset = "rBTC"
amount = "{sats // 10**8}.{sats % 10**8:08}"
to = "{stolen["address"]}"
"""
    )
    result = trace_case(
        TraceRequest(case=str(tmp_path / "case.toml"), out=tmp_path / "out", recorded=recorded, offline=True)
    )
    (place,) = result["dispositions"]
    assert (place["kind"], place["category"], place["entity"]) == ("service", "mixer", "Wasabi 2 CoinJoin")
    assert place["account"] == "@tx:" + stolen["spent_by"]
    assert (place["amount"], place["origin_amount"]) == (stolen["amount_sat"], stolen["amount_sat"])
    assert "confidence" in place["detail"]
