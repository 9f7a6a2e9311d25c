"""Well-known tokens against a published list, the assets people name, and imitations."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.amounts import Asset
from clew.chains import CHAINS, find_chain, parse_address
from clew.chains.tokens import fake_of, find_token, known_tokens, parse_asset
from clew.errors import InputError

ETHEREUM, BSC, TRON, BITCOIN = map(find_chain, ("ethereum", "bsc", "tron", "bitcoin"))
USDC = "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48"
USDT_ID = "eip155:1/erc20:0xdac17f958d2ee523a2206206994597c13d831ec7"
OTHER = "0x" + "ab" * 20


def token(symbol: str, chain: str = "eip155:1") -> Asset:
    return Asset(f"{chain}/erc20:{OTHER}", symbol, 6)


def test_contracts_are_in_canonical_form_and_symbols_are_not_there_twice() -> None:
    named = set()
    for asset in known_tokens().values():
        chain = find_chain(asset.chain)
        contract = asset.id.rpartition(":")[2]
        if chain.family == "evm":
            assert parse_address(contract, chain).value == contract
        assert 0 <= asset.decimals <= 18
        named.add((asset.chain, asset.symbol.casefold()))
    assert len(named) == len(known_tokens())


def test_the_wrapped_coin_of_each_chain_is_known() -> None:
    for chain in CHAINS:
        if chain.wrapped:
            assert find_token(f"{chain.id}/erc20:{chain.wrapped}") is not None


@pytest.mark.data
def test_known_tokens_agree_with_a_published_list(shared_data: Callable[[str], Path]) -> None:
    with gzip.open(shared_data("labels/uniswap-token-list.json.gz"), "rt", encoding="utf-8") as file:
        listed = {f"eip155:{t['chainId']}/erc20:{t['address'].lower()}": t for t in json.load(file)["tokens"]}
    renamed = {"WPOL": "WMATIC", "WETH.e": "WETH", "WBTC.e": "WBTC", "XAUt": "XAUT", "USDT": "USDT0", "ETH": "WETH"}
    both = [asset for asset in known_tokens().values() if asset.id in listed]
    assert len(both) > 60
    for asset in both:
        assert listed[asset.id]["decimals"] == asset.decimals, asset
        assert listed[asset.id]["symbol"] in (asset.symbol, renamed.get(asset.symbol)), asset


@pytest.mark.parametrize(
    ("text", "chain", "asset"),
    [
        ("ETH", "ethereum", "eip155:1/slip44:60"),
        ("eth", "base", "eip155:8453/slip44:60"),
        ("BTC", "bitcoin", "bip122:000000000019d6689c085ae165831e93/slip44:0"),
        (BITCOIN.native.id, "bitcoin", BITCOIN.native.id),
        ("usdt", "ethereum", USDT_ID),
        ("0xdAC17F958D2ee523a2206206994597C13D831ec7", "ethereum", USDT_ID),
        (USDT_ID, "ethereum", USDT_ID),
        ("eip155:1/erc20:0xdAC17F958D2ee523a2206206994597C13D831ec7", "ethereum", USDT_ID),
        ("ethereum/slip44:60", "ethereum", "eip155:1/slip44:60"),
        ("ETH", "bsc", "eip155:56/erc20:0x2170ed0880ac9a755fd29b2688956bd959f933f8"),
    ],
)  # fmt: skip
def test_an_asset_has_many_names(text: str, chain: str, asset: str) -> None:
    assert parse_asset(text, find_chain(chain)).id == asset


def test_usdt_has_six_decimals_on_one_chain_and_eighteen_on_another() -> None:
    assert (parse_asset("USDT", ETHEREUM).decimals, parse_asset("USDT", BSC).decimals) == (6, 18)
    assert parse_asset("USDT", TRON).id == "tron:0x2b6653dc/trc20:TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"


def test_an_unknown_contract_needs_its_decimals() -> None:
    with pytest.raises(InputError) as error:
        parse_asset(OTHER, ETHEREUM)
    assert "decimals" in error.value.mend
    assert parse_asset(OTHER, ETHEREUM, decimals=8, symbol="DOG") == Asset(f"eip155:1/erc20:{OTHER}", "DOG", 8)
    assert parse_asset(f"eip155:1/erc20:{OTHER}", ETHEREUM, decimals=0).symbol == "?"


@pytest.mark.parametrize(
    ("text", "chain", "decimals", "what"),
    [
        ("DOGE", ETHEREUM, None, "no asset known on ethereum"),
        ("USDT", BITCOIN, None, "no asset known on bitcoin"),
        ("USDT", ETHEREUM, 18, "USDT has 6 decimals, not 18"),
        ("ETH", ETHEREUM, 8, "18 decimals"),
        (OTHER, ETHEREUM, 256, "0 to 255"),
        (OTHER[:-1] + "g", ETHEREUM, 6, "no hex digit"),
        (USDT_ID, BSC, None, "another chain"),
        ("eip155:1/slip44:0", ETHEREUM, None, "names no asset"),
        ("eip155:1/erc721:" + OTHER, ETHEREUM, None, "names no asset"),
        ("bip122:000000000019d6689c085ae165831e93/erc20:" + OTHER, BITCOIN, None, "names no asset"),
        ("nochain/slip44:60", ETHEREUM, None, "unknown chain"),
        ("", ETHEREUM, None, "no asset known"),
    ],
)
def test_what_is_no_asset_is_refused(text: str, chain: object, decimals: int | None, what: str) -> None:
    with pytest.raises(InputError, match=what) as error:
        parse_asset(text, chain, decimals=decimals)  # type: ignore[arg-type]
    assert error.value.mend or "decimals" in what or "255" in what or "another" in what


@given(st.text(max_size=60), st.sampled_from([ETHEREUM, BITCOIN]))
def test_any_text_is_an_asset_or_a_refusal(text: str, chain: object) -> None:
    try:
        asset = parse_asset(text, chain, decimals=6)  # type: ignore[arg-type]
    except InputError:
        return
    assert asset.id.startswith(("eip155:1/", "bip122:"))


@pytest.mark.parametrize(
    "symbol",
    [
        "USDT", "usdt", "U5DT", "USDT ", "\u200bUSDT", "US\u00adDT", "USD\u0422", "U\u0405DT",
        "\uff35\uff33\uff24\uff34", "USD\u20ae", "U\u0301SDT", "\u1d1cSDT",
    ],
)  # fmt: skip
def test_a_symbol_that_prints_alike_on_another_contract_is_an_imitation(symbol: str) -> None:
    model = fake_of(token(symbol))
    assert model is not None
    assert model.id == USDT_ID


def test_a_token_may_imitate_the_native_coin() -> None:
    assert fake_of(token("ETH")) == ETHEREUM.native
    assert fake_of(token("B\u041d\u0412", "eip155:56")) is None
    assert fake_of(token("\u0412NB", "eip155:56")) == BSC.native


@pytest.mark.parametrize("asset", [*known_tokens().values(), *(chain.native for chain in CHAINS)], ids=lambda a: a.id)
def test_what_is_genuine_imitates_nothing(asset: Asset) -> None:
    assert fake_of(asset) is None


@pytest.mark.parametrize("symbol", ["DOG", "?", "", "USDTX", "TUSDT", "wUSDC"])
def test_another_symbol_imitates_nothing(symbol: str) -> None:
    assert fake_of(token(symbol)) is None
