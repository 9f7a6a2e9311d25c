"""The entities that ship: every one with its source and date, none twice, and in agreement with public label data."""

import gzip
import json
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import yaml

from clew.attribution import Attribution, bundled_tags, registry_tags
from clew.chains import CHAINS
from clew.lists import read_tags
from clew.model import Category

ETHEREUM = "eip155:1"
PACKS = sorted((Path(__file__).parents[2] / "src/clew/attribution/entities").glob("*.yaml"))


@pytest.mark.parametrize("path", PACKS, ids=lambda path: path.stem)
def test_every_entry_is_sourced_dated_named_and_a_place_to_stop(path: Path) -> None:
    for tag in read_tags(path):
        assert tag.source.startswith("https://"), tag
        assert tag.entity, tag
        assert tag.label, tag
        assert tag.stop, tag
        assert tag.category not in (Category.OTHER, Category.THEFT, Category.SANCTIONED), tag
        assert date(2019, 1, 1) <= date.fromisoformat(tag.lastmod), tag
        assert tag.confidence >= 50, tag


def test_no_address_is_named_twice() -> None:
    counted = Counter((tag.chain, tag.address) for tag in bundled_tags())
    assert [account for account, count in counted.items() if count > 1] == []


def test_the_first_set_covers_what_stolen_coins_meet() -> None:
    tags = bundled_tags()
    assert 150 <= len(tags) <= 350
    assert {tag.category for tag in tags} == {
        Category.MIXER,
        Category.BRIDGE,
        Category.SWAP,
        Category.EXCHANGE,
        Category.BURN,
        Category.ISSUER,
    }
    assert {tag.chain for tag in tags} >= {
        ETHEREUM,
        "eip155:56",
        "bip122:000000000019d6689c085ae165831e93",
        "tron:0x2b6653dc",
    }


@pytest.mark.parametrize(
    ("chain", "address", "entity", "category"),
    [
        (ETHEREUM, "0xa160cdab225685da1d56aa342ad8841c3b53f291", "Tornado Cash", Category.MIXER),
        (ETHEREUM, "0xd90e2f925da726b50c4ed8d0fb90ad053324f31b", "Tornado Cash", Category.MIXER),
        (ETHEREUM, "0x722122df12d4e14e13ac3b6895a86e84145b6967", "Tornado Cash", Category.MIXER),
        (ETHEREUM, "0x905b63fff465b9ffbf41dea908ceb12478ec7601", "Tornado Cash", Category.MIXER),
        (ETHEREUM, "0x28ffe35688ffffd0659aee2e34778b0ae4e193ad", "Huobi", Category.EXCHANGE),
        (ETHEREUM, "0xcac725bef4f114f728cbcfd744a731c2a463c3fc", "Huobi", Category.EXCHANGE),
        (ETHEREUM, "0x73f8fc2e74302eb2efda125a326655acf0dc2d1b", "Huobi", Category.EXCHANGE),
        (ETHEREUM, "0xc098b2a3aa256d2140208c3de6543aaef5cd3a94", "FTX", Category.EXCHANGE),
        (ETHEREUM, "0x000000000000000000000000000000000000dead", "Burn address", Category.BURN),
        ("tron:0x2b6653dc", "TNaRAoLUyYEV2uF7GUrzSjRQTU8v5ZJ5VR", "Huobi", Category.EXCHANGE),
    ],
)
def test_a_trace_stops_at_the_services_of_known_thefts(
    chain: str, address: str, entity: str, category: Category
) -> None:
    tag = Attribution(bundled_tags()).stop_at(chain, address)
    assert tag is not None
    assert (tag.entity, tag.category) == (entity, category)


def test_wrapped_ether_is_no_place_to_stop() -> None:
    weth = "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"
    assert Attribution(bundled_tags()).stop_at(ETHEREUM, weth) is None


ALSO = {
    "Burn address": ("null",),
    "Circle": ("usd coin",),
    "Crypto.com": ("cryptocom", "crypto-com"),
    "Gate.io": ("gate",),
    "Celer cBridge": ("celer",),
    "Hyphen": ("biconomy",),
    "KyberSwap": ("kyber",),
    "Fantom Bridge": ("multichain",),
    "Harmony Bridge": ("harmony",),
    "OKX": ("okex",),
    "Orbit Bridge": ("orbit",),
    "Tornado Cash": ("tornado",),
    "THORChain": ("thorswap",),
}
"""Other words public label data use for an entity."""


def agrees(entity: str, name: str) -> bool:
    return any(word in name.casefold() for word in (entity.split()[0].casefold(), *ALSO.get(entity, ())))


@pytest.mark.data
def test_explorer_labels_agree(shared_data: Callable[[str], Path]) -> None:
    labels = json.loads(gzip.decompress(shared_data("labels/etherscan-labels.json.gz").read_bytes()))
    names = {address.lower(): label["name"] for address, label in labels.items() if label["name"]}
    known = [(tag, names[tag.address]) for tag in bundled_tags() if tag.chain == ETHEREUM and tag.address in names]
    assert len(known) > 120
    assert [(tag.entity, name) for tag, name in known if not agrees(tag.entity, name)] == []


@pytest.mark.data
def test_public_tagpacks_agree(shared_data: Callable[[str], Path]) -> None:
    others = [
        tag
        for path in sorted(shared_data("labels/packs").glob("*exchange*"))
        for tag in read_tags(path, strict=False)[0]
    ]
    stated = Attribution(others)
    pairs = [(tag, other) for tag in bundled_tags() for other in stated.tags_of(tag.chain, tag.address)]
    assert len(pairs) > 100
    assert [
        (tag.entity, other.label) for tag, other in pairs if not agrees(tag.entity, f"{other.entity} {other.label}")
    ] == []


@pytest.mark.data
def test_every_known_pool_of_tornado_cash_is_named(shared_data: Callable[[str], Path]) -> None:
    attribution = Attribution(bundled_tags())
    pools = json.loads(shared_data("tornado/tornado-pools.json").read_text())
    for address, amount in pools.items():
        assert attribution.label_of(ETHEREUM, address) == f"Tornado Cash: {amount} pool"


def test_the_files_are_plain_tagpacks() -> None:
    for path in PACKS:
        pack = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert {"title", "creator", "description", "category", "lastmod", "tags"} <= set(pack)


def test_the_contracts_of_bridges_that_are_read_stop_a_trace_with_their_source() -> None:
    tags = registry_tags()
    known = Attribution(tags)
    pool = known.stop_at("eip155:1", "0x5c7bcd6e7de5423a257d81b442095a1a6ced35c5")
    assert pool is not None
    assert (pool.entity, pool.category) == ("Across", Category.BRIDGE)
    assert all(tag.stop and tag.source.startswith("https://") for tag in tags)
    assert {tag.chain for tag in tags} <= {chain.id for chain in CHAINS}
