"""Traces of thefts on real nodes, end to end: every figure is worked out by hand, from what each transaction did."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import absent
from tests.peers import anvil, litecoind
from tests.peers.anvil import Anvil, word
from tests.peers.litecoind import AUTH, Litecoind

from clew.chains import find_chain
from clew.chains.execution import DEPOSIT_CALL, TRANSFER_TOPIC, WITHDRAW_CALL
from clew.errors import VerificationError
from clew.service.trace import TraceRequest, trace_case
from clew.service.verify import verify_case
from clew.settings import Settings

pytestmark = pytest.mark.peer

Json = dict[str, Any]
KEEPING = ("fifo", "lifo", "haircut", "clean-first", "dirty-first")
"""The policies that keep value: their dispositions add up to the theft."""


def sums(result: Json) -> dict[tuple[str, str, str, str], int]:
    """Origin units by theft, kind, place (an address, or what the account is called) and asset they stand in now."""
    found: dict[tuple[str, str, str, str], int] = {}
    for row in result["dispositions"]:
        key = row["theft"], row["kind"], row["address"] or row["account"], row["symbol"]
        found[key] = found.get(key, 0) + int(row["origin_amount"])
    return found


def assert_closed(result: Json) -> None:
    """Difference 0 under the told policy, and of the compared ones under each that keeps value."""
    assert {row["difference"] for row in result["conservation"]} == {"0"}
    stolen = {row["theft"]: int(row["amount"]) for row in result["stolen"]}
    for policy in KEEPING if "compared" in result else ():
        totals = dict.fromkeys(stolen, 0)
        for row in result["compared"][policy]:
            totals[row["theft"]] += int(row["origin_amount"])
        assert totals == stolen, policy


# --- an EVM node

ETHER, GWEI = 10**18, 10**9
ANVIL = find_chain("anvil")
WETH = ANVIL.wrapped
PLAIN = 21_000 * GWEI
"""What a plain payment costs: gas at 1 gwei, of which 0.9 are the base fee."""

EXECUTOR = "60403603806040600037600060009160006020356000355af160215760006000fd5b00"
"""Calls the address of word 0 with the value of word 1 and the data behind it; reverts where that fails."""
EMITTER = f"60206040600037602035600035 7f{TRANSFER_TOPIC[2:]} 60206000a300".replace(" ", "")
"""Emits a Transfer from word 0 to word 1 of word 2 units, as a token that lies would."""
TAKER, REFUSER = "00", "60006000fd"
TRANSFER, TRANSFER_FROM = "0xa9059cbb", "0x23b872dd"
NOBODYS = "0x" + "5e" * 4


def creation(runtime: str) -> str:
    """Creation code of a contract."""
    size = len(runtime) // 2
    return f"0x60{size:02x}80600b6000396000f3{runtime}"


def fresh(number: int) -> str:
    """An address that nobody used."""
    return f"0x{number:04x}{'c1e0' * 9}"


def pad(address: str) -> str:
    return word(int(address, 16))


THIEF, FIRST, SECOND, THIRD, FOURTH, FIFTH, LATER = (fresh(number) for number in range(0xA1, 0xA8))
LOOKALIKE = f"{FIRST[:6]}{'99' * 16}{FIRST[-4:]}"


@dataclass
class Theft:
    """A node with a theft on it; `cost` adds up what an account paid for gas."""

    node: Anvil
    bank: str
    vault: str
    token: str
    taker: str
    refuser: str
    thefts: dict[str, str] = field(default_factory=dict)

    def send(self, sender: str, to: str, value: int = 0, data: str = "0x", *, fails: bool = False) -> Json:
        """Mine a transaction at 1 gwei, 0.9 of it the base fee."""
        self.node.call("anvil_setNextBlockBaseFeePerGas", hex(9 * GWEI // 10))
        receipt: Json = self.node.send(sender, to, value, data, gasPrice=hex(GWEI))
        assert receipt["status"] == ("0x0" if fails else "0x1")
        return receipt

    def cost(self, *args: Any, **manner: Any) -> int:
        """Send; what the gas cost."""
        return int(self.send(*args, **manner)["gasUsed"], 16) * GWEI

    def rob(self, to: str, value: int, data: str, name: str) -> int:
        """The vault is made to call an address; what that cost the thief."""
        receipt = self.send(THIEF, self.vault, 0, f"0x{pad(to)}{word(value)}{data}")
        self.thefts[name] = receipt["transactionHash"]
        return int(receipt["gasUsed"], 16) * GWEI

    def case(self, folder: Path) -> Path:
        path = folder / "case.toml"
        path.write_text(f"""
id = "anvil"
policy = "fifo"
[[theft]]
id = "eth"
chain = "anvil"
tx = "{self.thefts["eth"]}"
asset = "ETH"
amount = "90"
to = "{THIEF}"
[[theft]]
id = "token"
chain = "anvil"
tx = "{self.thefts["token"]}"
asset = "{self.token}"
symbol = "LOOT"
decimals = 18
amount = "500"
to = "{THIEF}"
""")
        return path

    def trace(self, folder: Path, policy: str = "all") -> Json:
        settings = Settings(endpoints={"anvil": f"rpc:{self.node.url}"}, requests_per_second=1e6)
        return trace_case(TraceRequest(str(self.case(folder)), folder / "out", policy, settings=settings))

    def assert_held(self, result: Json) -> None:
        """Nobody is said to hold more than the node knows him to have."""
        held: dict[tuple[str, str], int] = {}
        for row in result["dispositions"]:
            if row["kind"] in ("held", "contract"):
                key = row["address"], row["asset"].rpartition(":")[2] if "erc20" in row["asset"] else ""
                held[key] = held.get(key, 0) + int(row["amount"])
        assert held
        for (address, token), amount in held.items():
            assert amount <= self.node.balance(address, token or None), (address, token)


@pytest.fixture(scope="module")
def theft() -> Iterator[Theft]:
    program, weth, erc20 = anvil.find_anvil(), anvil.find_artifact("WETH9"), anvil.find_artifact("ERC20")
    if program is None or weth is None or erc20 is None:
        absent("anvil or @uniswap/v2-periphery is not in .peers")
    assert program is not None
    assert weth is not None
    assert erc20 is not None
    with anvil.running(program, "--auto-impersonate", "--gas-limit", "30000000") as node:
        bank = node.accounts()[0]
        code = node.call("eth_getCode", node.deploy(bank, anvil.bytecode(weth)), "latest")
        node.call("anvil_setCode", WETH, code)
        vault = node.deploy(bank, creation(EXECUTOR), 100 * ETHER)
        token = node.deploy(bank, anvil.bytecode(erc20) + word(10**24))
        taker, refuser = (node.deploy(bank, creation(runtime)) for runtime in (TAKER, REFUSER))
        yield Theft(node, bank, vault, token, taker, refuser)


def rob_and_run(theft: Theft) -> dict[str, int]:
    """The theft and all that followed; what each account paid for the gas of its calls."""
    send, bank, token, paid = theft.send, theft.bank, theft.token, {}
    send(bank, token, 0, TRANSFER + pad(theft.vault) + word(1000 * ETHER))
    send(bank, THIEF, ETHER)
    send(bank, SECOND, 3 * ETHER)
    send(bank, FOURTH, ETHER)
    paid["rob"] = theft.rob(THIEF, 90 * ETHER, "", "eth")
    paid["rob"] += theft.rob(token, 0, TRANSFER[2:] + pad(THIEF) + word(500 * ETHER), "token")
    send(THIEF, FIRST, 40 * ETHER)
    send(THIEF, SECOND, 30 * ETHER)
    send(SECOND, THIRD, 10 * ETHER)
    paid["wrap"] = theft.cost(SECOND, WETH, 5 * ETHER, DEPOSIT_CALL)
    paid["send weth"] = theft.cost(SECOND, WETH, 0, TRANSFER + pad(FOURTH) + word(2 * ETHER))
    paid["unwrap"] = theft.cost(FOURTH, WETH, 0, WITHDRAW_CALL + word(ETHER))
    paid["pay in"] = theft.cost(FIRST, theft.taker, 12 * ETHER, NOBODYS)
    paid["fail"] = theft.cost(FIRST, theft.refuser, ETHER, NOBODYS, fails=True)
    paid["token"] = theft.cost(THIEF, token, 0, TRANSFER + pad(FIFTH) + word(200 * ETHER))
    liar = theft.node.deploy(bank, creation(EMITTER))
    send(bank, liar, 0, "0x" + pad(THIEF) + pad(LOOKALIKE) + word(500 * ETHER))
    send(bank, token, 0, TRANSFER_FROM + pad(THIEF) + pad(LOOKALIKE) + word(0))
    return paid


def test_a_theft_on_an_evm_node_is_followed_to_the_last_wei(theft: Theft, tmp_path: Path) -> None:
    before = theft.node.call("evm_snapshot")
    paid = rob_and_run(theft)
    result = theft.trace(tmp_path)
    assert_closed(result)
    theft.assert_held(result)

    # The thief: clean 1 pays for both thefts' gas and for the payment to the first wallet; what is left of it leads
    # that payment. All behind it is stolen.
    led = ETHER - paid["rob"] - PLAIN  # clean, of the 40 to the first wallet
    kept = 90 * ETHER - (40 * ETHER - led) - PLAIN - 30 * ETHER - paid["token"]
    # The first wallet: clean money pays for the call and leads the 12 paid in; the failed call is paid for by stolen.
    paid_in = 12 * ETHER - (led - paid["pay in"])
    first = (40 * ETHER - led) - paid_in - paid["fail"]
    # The second: its own 3 pay the gas of 10 to the third, and lead it; then 30 stolen wrap 5.
    third = 10 * ETHER - (3 * ETHER - PLAIN)
    second = 30 * ETHER - third - 5 * ETHER - paid["wrap"] - paid["send weth"]
    # The fourth: its own 1 pays the gas of the unwrap.
    gas = PLAIN + paid["token"] + paid["fail"] + paid["wrap"] + paid["send weth"]
    assert sums(result) == {
        ("eth", "held", THIEF, "ETH"): kept,
        ("eth", "held", FIRST, "ETH"): first,
        ("eth", "contract", theft.taker, "ETH"): paid_in,
        ("eth", "held", THIRD, "ETH"): third,
        ("eth", "held", SECOND, "ETH"): second,
        ("eth", "held", SECOND, "WETH"): 3 * ETHER,
        ("eth", "held", FOURTH, "WETH"): ETHER,
        ("eth", "held", FOURTH, "ETH"): ETHER,
        ("eth", "burned", "@burnt-fee", "ETH"): gas * 9 // 10,
        ("eth", "fee", "@fee", "ETH"): gas // 10,
        ("token", "held", THIEF, "LOOT"): 300 * ETHER,
        ("token", "held", FIFTH, "LOOT"): 200 * ETHER,
    }
    planted = [entry for entry in result["noise"]["entries"] if entry["receiver"] == LOOKALIKE]
    assert [entry["kind"] for entry in planted].count("zero-value") == 1
    assert {row["grade"] for row in result["stolen"]} == {"observed"}
    verify_case(tmp_path / "out")

    # The chain is reorganised: the thief goes another way, and the second trace follows the new chain alone.
    assert theft.node.call("evm_revert", before)
    theft.send(theft.bank, theft.token, 0, TRANSFER + pad(theft.vault) + word(1000 * ETHER))
    theft.send(theft.bank, THIEF, ETHER)
    paid = {"rob": theft.rob(THIEF, 90 * ETHER, "", "eth")}
    paid["rob"] += theft.rob(theft.token, 0, TRANSFER[2:] + pad(THIEF) + word(500 * ETHER), "token")
    theft.send(THIEF, LATER, 50 * ETHER)
    result = theft.trace(tmp_path)
    assert_closed(result)
    theft.assert_held(result)
    later = 50 * ETHER - (ETHER - paid["rob"] - PLAIN)
    assert sums(result) == {
        ("eth", "held", THIEF, "ETH"): 90 * ETHER - later,
        ("eth", "held", LATER, "ETH"): later,
        ("token", "held", THIEF, "LOOT"): 500 * ETHER,
    }
    verify_case(tmp_path / "out")


# --- a node of the Bitcoin family

COIN = 100_000_000
RLTC = find_chain("litecoin-regtest")


def coins(amount: int) -> str:
    return f"{amount // COIN}.{amount % COIN:08d}"


class Wallet:
    """A node whose wallet signs transactions of stated inputs and outputs."""

    def __init__(self, node: Litecoind, blocks: Path) -> None:
        self.node, self.blocks = node, blocks

    def address(self) -> str:
        return str(self.node.call("getnewaddress"))

    def fund(self, amount: int) -> tuple[str, int]:
        """An output of a clean coin of exactly this amount."""
        tx = self.node.call("sendtoaddress", address := self.address(), coins(amount))
        shown = self.node.call("getrawtransaction", tx, True)["vout"]
        (vout,) = (out["n"] for out in shown if address in out["scriptPubKey"].get("addresses", ()))
        return tx, vout

    def spend(self, inputs: list[tuple[str, int]], *outputs: tuple[str, int]) -> str:
        """Send a transaction; what the outputs leave is the fee."""
        spent = [{"txid": tx, "vout": vout} for tx, vout in inputs]
        raw = self.node.call("createrawtransaction", spent, [{to: coins(amount)} for to, amount in outputs])
        signed = self.node.call("signrawtransactionwithwallet", raw)
        assert signed["complete"]
        return str(self.node.call("sendrawtransaction", signed["hex"]))


@pytest.fixture(scope="module")
def wallet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wallet]:
    program = litecoind.find_litecoind()
    if program is None:
        absent("litecoind is not installed (Debian package litecoind)")
    assert program is not None
    folder = tmp_path_factory.mktemp("litecoind")
    with litecoind.running(program, folder) as node:
        node.mine(105)
        yield Wallet(node, folder / "regtest" / "blocks")


@dataclass
class Coins:
    """A theft of 9.99999 coins, merged with clean ones, split, and spent on."""

    thief: str
    theft: str
    outs: dict[str, str]
    """What stands where, by a short name -> address."""
    split: str
    block: str
    """That of the split."""

    def case(self, folder: Path) -> Path:
        path = folder / "case.toml"
        path.write_text(f"""
id = "coins"
[[theft]]
id = "coins"
chain = "litecoin-regtest"
tx = "{self.theft}"
asset = "rLTC"
amount = "9.99999"
to = "{self.thief}"
""")
        return path


@pytest.fixture(scope="module")
def stolen(wallet: Wallet) -> Coins:
    names = ("whole", "rest", "paid", "change")
    outs, thief = {name: wallet.address() for name in names}, wallet.address()
    victim, before, behind = wallet.fund(10 * COIN), wallet.fund(2 * COIN), wallet.fund(COIN)
    wallet.node.mine()
    theft = wallet.spend([victim], (thief, 999_999_000))
    wallet.node.mine()
    merge = wallet.spend([before, (theft, 0), behind], (outs["whole"], 500_000_000), (outs["rest"], 799_998_000))
    wallet.node.mine()
    split = wallet.spend([(merge, 0)], (outs["paid"], 150_000_000), (outs["change"], 349_999_500))
    (block,) = wallet.node.mine()
    return Coins(thief, theft, outs, split, block)


def from_node(wallet: Wallet) -> Settings:
    user, password = AUTH
    address = wallet.node.url.replace("http://", f"bitcoind:http://{user}:{password}@")
    return Settings(endpoints={"litecoin-regtest": address}, requests_per_second=1e6)


def trace_coins(wallet: Wallet, stolen: Coins, folder: Path, policy: str, *, files: bool = False) -> Json:
    folder.mkdir(parents=True, exist_ok=True)
    case, recorded = str(stolen.case(folder)), wallet.blocks if files else None
    settings = Settings() if files else from_node(wallet)
    request = TraceRequest(case, folder / "out", policy, recorded=recorded, offline=files, settings=settings)
    return trace_case(request)


def standing(result: Json, stolen: Coins) -> dict[str, int]:
    """Satoshis of the theft by the short name of the address they stand at, or by the kind of sink."""
    names = {address: name for name, address in stolen.outs.items()}
    return {names.get(row["address"], row["kind"]): int(row["origin_amount"]) for row in result["dispositions"]}


FIFO = {"rest": 699_999_000, "change": 299_999_500, "fee": 500}
"""Inputs end to end: 200,000,000 clean, 999,999,000 stolen, 100,000,000 clean. The first output of 500,000,000 takes
the clean ones and 300,000,000 stolen; the second of 799,998,000 the other 699,999,000; the fee of 1,000 is clean.
Of the first output (200,000,000 clean, 300,000,000 stolen) 150,000,000 clean are paid; the change of 349,999,500 takes
50,000,000 clean and 299,999,500 stolen, and the fee the last 500."""

HAIRCUT = {"rest": 615_382_935, "paid": 115_384_588, "change": 269_230_322, "fee": 1155}
"""Each output takes floor(tainted * amount / balance) of what is left, and the fee the rest. Of 999,999,000 in
1,299,999,000 the first output takes 384,615,295 (and .86), the second 615,382,935, the fee 770. Of the first
output's 500,000,000 the payment takes 115,384,588 (and .5), the change 269,230,322, the fee 385."""


def test_a_theft_of_coins_is_followed_to_the_last_satoshi(wallet: Wallet, stolen: Coins, tmp_path: Path) -> None:
    for policy, expected in (("fifo", FIFO), ("haircut", HAIRCUT)):
        by_node = trace_coins(wallet, stolen, tmp_path / policy, policy)
        assert_closed(by_node)
        assert standing(by_node, stolen) == expected
        by_files = trace_coins(wallet, stolen, tmp_path / f"{policy}-files", policy, files=True)
        assert by_files["dispositions"] == by_node["dispositions"]
        for where in (policy, f"{policy}-files"):
            verify_case(tmp_path / where / "out")
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*.json*"))
    assert AUTH[1].encode() + b"@" not in kept


def test_a_reorganisation_that_takes_back_a_spend_gives_the_coin_back(
    wallet: Wallet, stolen: Coins, tmp_path: Path
) -> None:
    trace_coins(wallet, stolen, tmp_path, "fifo")
    wallet.node.call("invalidateblock", stolen.block)
    for _ in range(3):
        wallet.node.call("generateblock", wallet.address(), [])
    for files in (False, True):
        result = trace_coins(wallet, stolen, tmp_path / ("files" if files else ""), "fifo", files=files)
        assert_closed(result)
        assert standing(result, stolen) == {"whole": 300_000_000, "rest": 699_999_000}
    verify_case(tmp_path / "out")


# --- what was changed is named


@pytest.fixture(scope="module")
def traced(wallet: Wallet, stolen: Coins, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("traced")
    trace_coins(wallet, stolen, folder, "fifo")
    return folder / "out"


def change_a_byte(path: Path) -> None:
    body = bytearray(path.read_bytes())
    body[len(body) // 2] ^= 1
    path.write_bytes(body)


@pytest.mark.parametrize("name", ["result.json", "transfers.parquet", "transfers.csv", "report.html", "evidence"])
def test_a_changed_byte_is_named(traced: Path, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "out"
    shutil.copytree(traced, folder)
    path = max((folder / name).rglob("*.gz")) if name == "evidence" else folder / name
    change_a_byte(path)
    with pytest.raises(VerificationError, match=path.name) as caught:
        verify_case(folder)
    assert caught.value.exit_code == 3
