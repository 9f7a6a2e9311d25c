"""Case files: what a theft is stated as, and every way to state it wrong."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.cases import read_case
from clew.errors import InputError
from clew.model import Case, Category, Conversion, Grade, Theft

TX = "0xc28fad5e8d5e0ce6a2eaf67b6687be5d58113e16be590824d6cfa1a94467d0b7"
TX_BITCOIN = "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b"
THIEF = "0x098b716b8aaf21512996dc57eb0615e2383e2f96"
BITCOIN = "1BitcoinEaterAddressDontSendf59kuE"
TRON = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"

THEFT = {"chain": "ethereum", "tx": TX, "asset": "ETH", "amount": "173600", "to": THIEF}
CONVERSION = {
    "chain": "ethereum",
    "from": THIEF,
    "asset_in": "ETH",
    "amount_in": "10.5",
    "to": BITCOIN,
    "chain_out": "bitcoin",
    "asset_out": "BTC",
    "amount_out": "0.75",
    "tx": TX,
    "tx_out": TX_BITCOIN,
}
TAG = {"address": THIEF, "label": "thief"}


class Raw(str):
    """TOML written as it is, without quotes."""

    __slots__ = ()


def toml(fields: Mapping[str, object]) -> str:
    """A TOML table's lines; a None leaves the key out."""
    lines = [
        f"{key} = {value if isinstance(value, Raw | int) else chr(34) + str(value) + chr(34)}"
        for key, value in fields.items()
        if value is not None
    ]
    return "\n".join(lines) + "\n"


def state(folder: Path, *tables: tuple[str, Mapping[str, object]], head: str = 'id = "example"\n') -> Path:
    path = folder / "case.toml"
    path.write_text(head + "".join(f"[[{name}]]\n{toml(fields)}" for name, fields in tables), encoding="utf-8")
    return path


def read_theft(folder: Path, **changes: object) -> Theft:
    (theft,) = read_case(state(folder, ("theft", THEFT | changes))).thefts
    return theft


def fault(path: Path) -> InputError:
    with pytest.raises(InputError) as caught:
        read_case(path)
    assert caught.value.exit_code == 2
    return caught.value


def test_a_whole_case(tmp_path: Path) -> None:
    head = """
id = "ronin-2022"
title = "Ronin bridge theft"
policy = "haircut"
sources = ["https://example.org/a", "https://example.org/b"]
note = "as stated"
"""
    case = read_case(state(tmp_path, ("theft", THEFT), ("conversion", CONVERSION), ("tag", TAG), head=head))
    assert (case.id, case.title, case.policy, case.note) == ("ronin-2022", "Ronin bridge theft", "haircut", "as stated")
    assert case.sources == ("https://example.org/a", "https://example.org/b")
    (theft,) = case.thefts
    assert (theft.chain, theft.asset.symbol, theft.amount) == ("eip155:1", "ETH", 173_600 * 10**18)
    assert (theft.tx, theft.to, theft.vout, theft.part, theft.id) == (TX, THIEF, None, False, "theft-1")
    (conversion,) = case.conversions
    assert (conversion.asset_in.symbol, conversion.amount_in) == ("ETH", 105 * 10**17)
    assert (conversion.asset_out.symbol, conversion.amount_out) == ("BTC", 75_000_000)
    assert (conversion.sender, conversion.receiver) == (THIEF, BITCOIN)
    assert (conversion.tx, conversion.tx_out, conversion.grade) == (TX, TX_BITCOIN, Grade.ASSERTED)
    (tag,) = case.tags
    assert (tag.chain, tag.address, tag.label, tag.source) == ("eip155:1", THIEF, "thief", "case.toml")


def test_the_least_a_case_must_say(tmp_path: Path) -> None:
    case = read_case(state(tmp_path, ("theft", THEFT)))
    assert case == Case("example", "example", "fifo", case.thefts)


def test_a_path_may_be_given_as_text(tmp_path: Path) -> None:
    path = state(tmp_path, ("theft", THEFT))
    assert read_case(str(path)) == read_case(path)


def test_a_theft_on_a_utxo_chain_may_name_its_output(tmp_path: Path) -> None:
    theft = read_theft(
        tmp_path, chain="bitcoin", asset="BTC", amount="1.5", to=BITCOIN, tx=TX_BITCOIN, vout=1, part=Raw("true")
    )
    assert (theft.asset.symbol, theft.amount, theft.vout, theft.part) == ("BTC", 150_000_000, 1, True)


def test_a_token_unknown_to_clew_is_stated_with_its_decimals(tmp_path: Path) -> None:
    token = "0x00000000000000000000000000000000000000aa"
    theft = read_theft(tmp_path, asset=token, amount="1.23", decimals=2, symbol="LOOT")
    assert (theft.asset.id, theft.asset.symbol, theft.amount) == (f"eip155:1/erc20:{token}", "LOOT", 123)


@pytest.mark.parametrize(("amount", "units"), [("173600", 173_600), ("173,600.0", 173_600), (Raw("173600"), 173_600)])
def test_an_amount_is_exact_text_or_a_whole_number(tmp_path: Path, amount: object, units: int) -> None:
    assert read_theft(tmp_path, amount=amount).amount == units * 10**18


@pytest.mark.parametrize(
    ("chain", "asset", "to", "tx", "canonical"),
    [
        ("ethereum", "ETH", THIEF, TX.upper().replace("0X", "0x"), TX),
        ("ethereum", "ETH", THIEF, TX.removeprefix("0x"), TX),
        ("bitcoin", "BTC", BITCOIN, TX_BITCOIN.upper(), TX_BITCOIN),
        ("bitcoin", "BTC", BITCOIN, "0x" + TX_BITCOIN, TX_BITCOIN),
        ("tron", "TRX", TRON, TX, TX.removeprefix("0x")),
    ],
)
def test_a_transaction_s_id_is_kept_in_its_chain_s_form(
    tmp_path: Path, chain: str, asset: str, to: str, tx: str, canonical: str
) -> None:
    assert read_theft(tmp_path, chain=chain, asset=asset, to=to, tx=tx, amount="1").tx == canonical


def test_addresses_are_kept_in_their_canonical_form(tmp_path: Path) -> None:
    assert read_theft(tmp_path, to="0x098B716B8Aaf21512996dC57EB0615e2383E2f96").to == THIEF


@pytest.mark.parametrize("policy", ["fifo", "lifo", "haircut", "poison", "clean-first", "dirty-first"])
def test_every_policy_may_be_named(tmp_path: Path, policy: str) -> None:
    assert read_case(state(tmp_path, ("theft", THEFT), head=f'id = "a"\npolicy = "{policy}"\n')).policy == policy


def test_a_swap_stays_on_its_chain_and_in_its_transaction(tmp_path: Path) -> None:
    swap = CONVERSION | {"chain_out": None, "tx_out": None, "asset_out": "USDC", "amount_out": "20000", "to": THIEF}
    (conversion,) = read_case(state(tmp_path, ("theft", THEFT), ("conversion", swap))).conversions
    assert isinstance(conversion, Conversion)
    assert (conversion.asset_out.chain, conversion.amount_out, conversion.tx_out) == ("eip155:1", 20_000 * 10**6, "")


def test_a_tag_may_stop_the_trace(tmp_path: Path) -> None:
    tag = {**TAG, "category": "exchange", "entity": "Example", "confidence": 90, "stop": Raw("true")}
    (read,) = read_case(state(tmp_path, ("theft", THEFT), ("tag", tag))).tags
    assert (read.category, read.entity, read.confidence, read.stop) == (Category.EXCHANGE, "Example", 90, True)


@pytest.mark.parametrize(
    ("changes", "place", "what", "mend"),
    [
        ({"chain": "etherium"}, "chain", "unknown chain 'etherium'", "ethereum"),
        ({"chain": None}, "chain", "chain is missing", "chain ="),
        ({"tx": None}, "tx", "tx is missing", "tx ="),
        ({"tx": TX[:-1]}, "tx", "is not a transaction's id", "64 hexadecimal"),
        ({"tx": TX[:-1] + "g"}, "tx", "is not a transaction's id", "64 hexadecimal"),
        ({"tx": TX + "00"}, "tx", "is not a transaction's id", "64 hexadecimal"),
        ({"tx": ""}, "tx", "is empty", ""),
        ({"tx": 5}, "tx", "5 is not text", "in quotes"),
        ({"to": None}, "to", "to is missing", "to ="),
        ({"to": THIEF[:-1]}, "to", THIEF[:-1], ""),
        ({"to": "0x098b716B8Aaf21512996dC57EB0615e2383E2f96"}, "to", "checksum", ""),
        ({"to": BITCOIN}, "to", BITCOIN, ""),
        ({"to": Raw("[1]")}, "to", "[1] is not text", "in quotes"),
        ({"asset": None}, "asset", "asset is missing", "asset ="),
        ({"asset": "NOSUCHTOKEN"}, "asset", "NOSUCHTOKEN", ""),
        ({"asset": Raw("true")}, "asset", "True is not text", "in quotes"),
        ({"amount": None}, "amount", "amount is missing", "amount ="),
        ({"amount": Raw("173600.5")}, "amount", "173600.5 is a TOML float", 'amount = "173600.5"'),
        ({"amount": Raw("1e3")}, "amount", "1e3 is a TOML float", "in quotes"),
        ({"amount": Raw("nan")}, "amount", "nan is a TOML float", "in quotes"),
        ({"amount": Raw("true")}, "amount", "True is not an amount", ""),
        ({"amount": "0.0000000000000000001"}, "amount", "19 decimals, the asset has 18", ""),
        ({"amount": "many"}, "amount", "'many' is not an amount", ""),
        ({"amount": "-1"}, "amount", "'-1' is not an amount", ""),
        ({"amount": "0"}, "amount", "moves nothing", ""),
        ({"amount": "9" * 80}, "amount", "more than 256 bits", ""),
        ({"vout": 0}, "vout", "ethereum has no outputs", "leave it out"),
        ({"chain": "bitcoin", "asset": "BTC", "to": BITCOIN, "vout": Raw("-1")}, "vout", "not a whole number", ""),
        ({"chain": "bitcoin", "asset": "BTC", "to": BITCOIN, "vout": "1"}, "vout", "not a whole number", "no quotes"),
        ({"part": "yes"}, "part", "neither true nor false", "no quotes"),
        ({"part": 1}, "part", "neither true nor false", ""),
        ({"decimals": Raw("18.0")}, "decimals", "not a whole number", ""),
        ({"decimals": 256}, "decimals", "not a whole number from 0 to 255", ""),
        ({"symbol": 7}, "symbol", "7 is not text", ""),
        ({"id": "two words"}, "id", "'two words' is not an id", "hyphens"),
        ({"ammount": "1"}, "ammount", "unknown key 'ammount'", "did you mean amount?"),
        ({"zzzzz": "1"}, "zzzzz", "unknown key 'zzzzz'", "known: chain, tx"),
    ],
)
def test_a_fault_of_a_theft_is_told_with_its_place_and_mend(
    tmp_path: Path, changes: dict[str, object], place: str, what: str, mend: str
) -> None:
    path = state(tmp_path, ("theft", THEFT | changes))
    error = fault(path)
    assert error.where == f"{path}: theft[1].{place}"
    assert what in error.what
    assert mend in error.mend


@pytest.mark.parametrize(
    ("changes", "place", "what"),
    [
        ({"from": None}, "from", "from is missing"),
        ({"from": BITCOIN}, "from", BITCOIN),
        ({"to": THIEF}, "to", THIEF),
        ({"amount_in": Raw("10.5")}, "amount_in", "TOML float"),
        ({"amount_out": "0.000000001"}, "amount_out", "9 decimals, the asset has 8"),
        ({"asset_out": "NOSUCHTOKEN"}, "asset_out", "NOSUCHTOKEN"),
        ({"chain_out": "bitcoins"}, "chain_out", "unknown chain 'bitcoins'"),
        ({"tx_out": None}, "tx_out", "tx_out is missing"),
        ({"tx_out": "77"}, "tx_out", "is not a transaction's id"),
        ({"decimals": 8}, "decimals", "unknown key 'decimals'"),
        ({"note": 5}, "note", "5 is not text"),
    ],
)
def test_a_fault_of_a_conversion_is_told_with_its_place(
    tmp_path: Path, changes: dict[str, object], place: str, what: str
) -> None:
    path = state(tmp_path, ("theft", THEFT), ("conversion", CONVERSION | changes))
    error = fault(path)
    assert error.where == f"{path}: conversion[1].{place}"
    assert what in error.what


@pytest.mark.parametrize(
    ("changes", "place", "what"),
    [
        ({"address": None}, "tag[1]", "names no address"),
        ({"address": "0x12"}, "tag[1]", "0x12"),
        ({"chain": "ADA"}, "tag[1]", "unknown chain 'ADA'"),
        ({"confidence": 101}, "tag[1]", "confidence '101'"),
        ({"lable": "x"}, "tag[1].lable", "unknown key 'lable'"),
        ({"label": Raw("[]")}, "tag[1].label", "[] is not text"),
        ({"confidence": Raw("0.5")}, "tag[1].confidence", "0.5 is not text"),
    ],
)
def test_a_fault_of_a_tag_is_told_with_its_place(
    tmp_path: Path, changes: dict[str, object], place: str, what: str
) -> None:
    path = state(tmp_path, ("theft", THEFT), ("tag", TAG | changes))
    error = fault(path)
    assert error.where == f"{path}: {place}"
    assert what in error.what


@pytest.mark.parametrize(
    ("head", "place", "what"),
    [
        ("", "id", "id is missing"),
        ('id = "../escape"', "id", "is not an id"),
        ("id = 5", "id", "5 is not text"),
        ('id = "a"\npolicy = "fi-fo"', "policy", "unknown policy 'fi-fo'"),
        ('id = "a"\ntitle = ""', "title", "is empty"),
        ('id = "a"\nsources = "https://example.org"', "sources", "is not a list"),
        ('id = "a"\nsources = ["x", 5]', "sources[2]", "5 is not text"),
        ('id = "a"\npolcy = "fifo"', "polcy", "unknown key 'polcy'"),
        ('id = "a"\nconversion = 1', "conversion", "is not a list of tables"),
    ],
)
def test_a_fault_at_the_top_is_told_with_its_place(tmp_path: Path, head: str, place: str, what: str) -> None:
    path = state(tmp_path, ("theft", THEFT), head=head + "\n")
    error = fault(path)
    assert error.where == f"{path}: {place}"
    assert what in error.what


def test_a_case_without_a_theft_has_nothing_to_follow(tmp_path: Path) -> None:
    assert "no theft is stated" in fault(state(tmp_path)).what


@pytest.mark.parametrize("head", ['id = "a"\ntheft = []\n', 'id = "a"\n[theft]\nchain = "ethereum"\n'])
def test_thefts_are_a_list_of_tables(tmp_path: Path, head: str) -> None:
    assert "[[theft]]" in fault(state(tmp_path, head=head)).mend


def test_two_thefts_may_not_share_an_id(tmp_path: Path) -> None:
    other = THEFT | {"id": "loot", "tx": TX[:-1] + "0"}
    error = fault(state(tmp_path, ("theft", THEFT | {"id": "loot"}), ("theft", other)))
    assert "two thefts have the id 'loot'" in error.what


def test_the_same_receipt_is_not_stated_twice(tmp_path: Path) -> None:
    assert "'theft-2' states a receipt again" in fault(state(tmp_path, ("theft", THEFT), ("theft", THEFT))).what


def test_parts_of_one_receipt_are_thefts_of_their_own(tmp_path: Path) -> None:
    part = THEFT | {"part": Raw("true")}
    first, second = read_case(state(tmp_path, ("theft", part), ("theft", part | {"amount": "1"}))).thefts
    assert (first.id, second.id) == ("theft-1", "theft-2")


def test_all_faults_are_told_in_one_message_one_a_line(tmp_path: Path) -> None:
    path = state(
        tmp_path,
        ("theft", THEFT | {"amount": Raw("1.5"), "to": "0x1"}),
        ("theft", THEFT | {"chain": "nowhere"}),
        head='id = "a"\npolicy = "none"\n',
    )
    what, *lines = fault(path).what.splitlines()
    assert what == "4 faults"
    places = [line.split(": ")[1] for line in lines]
    assert sorted(places) == ["policy", "theft[1].amount", "theft[1].to", "theft[2].chain"]


def test_broken_toml_is_told_with_its_line(tmp_path: Path) -> None:
    path = state(tmp_path, head='id = "a"\npolicy = fifo\n')
    error = fault(path)
    assert error.where == str(path)
    assert "not TOML" in error.what
    assert "line 2" in error.what


@pytest.mark.parametrize("data", [b"\xff\xfe", b"a = " + b"[" * 100_000, b"a = " + b"9" * 10_000])
def test_hostile_bytes_are_no_case(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "case.toml"
    path.write_bytes(data)
    assert fault(path).where.startswith(str(path))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert "No such file" in fault(tmp_path / "absent.toml").what
    assert "No such file" in fault(Path("absent.toml")).what


values = st.one_of(
    st.text(max_size=20),
    st.sampled_from(["ethereum", "bitcoin", "ETH", "BTC", TX, THIEF, BITCOIN, "1.5", "fifo"]),
    st.sampled_from(
        [Raw("1"), Raw("-1"), Raw("1.5"), Raw("true"), Raw("[]"), Raw("[1]"), Raw("2022-03-23"), Raw("{a=1}")]
    ),
)


def quoted(value: str) -> str:
    return value if isinstance(value, Raw) else "'" + "".join(c for c in value if c.isprintable() and c != "'") + "'"


@given(
    theft=st.dictionaries(st.sampled_from([*THEFT, "vout", "part", "decimals", "symbol", "id"]), values),
    conversion=st.dictionaries(st.sampled_from(sorted(CONVERSION)), values),
)
def test_no_file_raises_anything_but_an_input_error(
    tmp_path_factory: pytest.TempPathFactory, theft: dict[str, str], conversion: dict[str, str]
) -> None:
    path = tmp_path_factory.getbasetemp() / "hostile.toml"
    tables = (
        f"[[{name}]]\n" + "".join(f"{key} = {quoted(value)}\n" for key, value in fields.items())
        for name, fields in (("theft", theft), ("conversion", conversion))
    )
    path.write_text('id = "a"\n' + "".join(tables), encoding="utf-8")
    try:
        case = read_case(path)
    except InputError:
        return
    assert all(theft.amount > 0 for theft in case.thefts)


def test_the_documented_example_is_read(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs/case-files.md").read_text(encoding="utf-8")
    path = tmp_path / "case.toml"
    path.write_text(page.split("```toml\n")[1].split("```")[0], encoding="utf-8")
    case = read_case(path)
    assert [(theft.id, theft.asset.symbol) for theft in case.thefts] == [("theft-1", "ETH"), ("token", "LOOT")]
    assert (len(case.conversions), len(case.tags)) == (1, 1)
