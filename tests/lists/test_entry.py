"""One entry of a tag list: what chain, category, confidence and stop it means, and what is refused."""

import pytest

from clew.errors import InputError
from clew.lists.entry import read_entry
from clew.model import Category, Tag

TORNADO = "0xa160cdab225685da1d56aa342ad8841c3b53f291"
BURN_BITCOIN = "1BitcoinEaterAddressDontSendf59kuE"
USDT_TRON = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
BITCOIN = "bip122:000000000019d6689c085ae165831e93"


def read(**fields: str) -> Tag:
    return read_entry({"address": TORNADO} | fields, where="tags.csv: line 2", source="tags.csv")


def test_an_entry_that_says_everything() -> None:
    tag = read(
        label="Tornado Cash: 100 ETH",
        entity="Tornado Cash",
        category="mixing_service",
        chain="ETH",
        source="https://example.org/pools",
        confidence="authority_data",
        lastmod="2022-08-08 12:00:00",
        stop="yes",
    )
    assert tag == Tag(
        chain="eip155:1",
        address=TORNADO,
        label="Tornado Cash: 100 ETH",
        entity="Tornado Cash",
        category=Category.MIXER,
        source="https://example.org/pools",
        confidence=60,
        lastmod="2022-08-08",
        stop=True,
    )


def test_an_entry_that_says_only_an_address_is_weak_and_never_stops_a_trace() -> None:
    assert read() == Tag("eip155:1", TORNADO, "", "", Category.OTHER, "tags.csv", 5, "", stop=False)


@pytest.mark.parametrize(
    ("stated", "address", "chain"),
    [
        ("", TORNADO, "eip155:1"),
        ("USDT", TORNADO, "eip155:1"),
        ("ERC20", TORNADO, "eip155:1"),
        ("BEP20", TORNADO, "eip155:56"),
        ("MATIC", TORNADO, "eip155:137"),
        ("arbitrum", TORNADO, "eip155:42161"),
        ("eip155:10", TORNADO, "eip155:10"),
        ("", BURN_BITCOIN, BITCOIN),
        ("USDT", BURN_BITCOIN, BITCOIN),
        ("XBT", BURN_BITCOIN, BITCOIN),
        ("", USDT_TRON, "tron:0x2b6653dc"),
        ("usdt", USDT_TRON, "tron:0x2b6653dc"),
        ("TRX", USDT_TRON, "tron:0x2b6653dc"),
    ],
)
def test_the_chain_is_the_one_stated_or_the_one_the_address_has_the_form_of(
    stated: str, address: str, chain: str
) -> None:
    tag = read(chain=stated, address=address)
    assert (tag.chain, tag.address) == (chain, address)


def test_an_address_is_kept_in_its_canonical_form() -> None:
    assert read(address="0xA160cdAB225685dA1d56aa342Ad8841c3b53f291").address == TORNADO


@pytest.mark.parametrize(
    ("category", "abuse", "expected", "stop"),
    [
        ("exchange", "", Category.EXCHANGE, True),
        ("mixing_service", "sanction", Category.MIXER, True),
        ("coinjoin", "", Category.MIXER, True),
        ("defi_dex", "", Category.SWAP, True),
        ("bridge", "", Category.BRIDGE, True),
        ("burn", "", Category.BURN, True),
        ("user", "sanction", Category.SANCTIONED, False),
        ("", "service_hack", Category.THEFT, False),
        ("", "ransomware", Category.RANSOMWARE, False),
        ("ransomware", "", Category.RANSOMWARE, False),
        ("wallet_service", "", Category.CUSTODIAN, True),
        ("black_list", "", Category.OTHER, False),
        ("contract", "", Category.CONTRACT, False),
        ("user", "", Category.OTHER, False),
        ("no such name", "", Category.OTHER, False),
    ],
)
def test_the_category_decides_whether_a_trace_stops(category: str, abuse: str, expected: Category, stop: bool) -> None:
    tag = read(category=category, abuse=abuse)
    assert (tag.category, tag.stop) == (expected, stop)


def test_the_entry_may_say_otherwise_about_stopping() -> None:
    assert not read(category="exchange", stop="false").stop
    assert read(category="theft", stop="true").stop


@pytest.mark.parametrize(
    ("label", "category", "entity"),
    [
        ("Huobi Deposit Address", Category.EXCHANGE, "Huobi"),
        ("FTX Deposit Address", Category.EXCHANGE, "FTX"),
        ("OKX hot wallet 3", Category.EXCHANGE, "OKX"),
        ("Deposit Address", Category.EXCHANGE, ""),
        ("TC Depositor", Category.OTHER, ""),
        ("Intermediary to CEX", Category.OTHER, ""),
    ],
)
def test_without_a_category_the_label_tells_an_exchange(label: str, category: Category, entity: str) -> None:
    tag = read(label=label)
    assert (tag.category, tag.entity, tag.stop) == (category, entity, category is Category.EXCHANGE)


def test_a_stated_category_or_entity_outweighs_the_words_of_a_label() -> None:
    assert read(label="Mixer X hot wallet", category="mixer").category is Category.MIXER
    assert read(label="Huobi Deposit Address", entity="HTX").entity == "HTX"


def test_an_entity_without_a_label_is_its_own_label() -> None:
    assert read(entity="kraken").label == "kraken"


@pytest.mark.parametrize(("stated", "level"), [("service_data", 50), ("Web_Crawl", 20), ("0", 0), ("100", 100)])
def test_confidence_is_a_number_or_one_of_graphsense_s_levels(stated: str, level: int) -> None:
    assert read(confidence=stated).confidence == level


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"address": " "}, "names no address"),
        ({"address": "0xa160"}, "form of no address"),
        ({"chain": "BTC"}, "0xa160cdab"),
        ({"chain": "ADA"}, "unknown chain 'ADA'"),
        ({"address": BURN_BITCOIN[:-1] + "F"}, "checksum"),
        ({"address": "0xA160cdaB225685dA1d56aa342Ad8841c3b53f291"}, "checksum"),
        ({"confidence": "101"}, "confidence '101'"),
        ({"confidence": "50.5"}, "confidence '50.5'"),
        ({"confidence": "sure"}, "confidence 'sure'"),
        ({"lastmod": "last year"}, "is no date"),
        ({"stop": "maybe"}, "stop = 'maybe'"),
    ],
)
def test_a_wrong_field_is_refused_with_its_place(fields: dict[str, str], what: str) -> None:
    with pytest.raises(InputError) as caught:
        read(**fields)
    assert caught.value.where == "tags.csv: line 2"
    assert what in caught.value.what
