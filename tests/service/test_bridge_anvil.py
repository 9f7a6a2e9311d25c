"""A theft that leaves one real node's chain by a bridge, comes out on another's, and goes into a mixer."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import absent
from tests.peers import anvil
from tests.peers.anvil import Anvil, bytecode, word
from tests.peers.uniswap import ALL, call
from tests.service.across import POOLS, deposited, filled
from tests.service.explorers import Log

from clew.service.trace import TraceRequest, trace_case
from clew.service.verify import verify_case
from clew.settings import Settings

pytestmark = pytest.mark.peer

Json = dict[str, Any]
ETHER = 10**18
UNIT = 100 * ETHER
"""What the mixer takes."""
THIEF, SECOND, FRIEND = (f"0x{number:04x}{'b21d' * 9}" for number in (1, 2, 3))
KEEPING = ("fifo", "lifo", "haircut", "clean-first", "dirty-first")
SPOKE = (
    "6323b872dd60e01b600052 33600452 602035602452 604035604452 60006000606460006000600035 5af1 6032 57 60006000fd 5b"
    "60e03603 60e0 6000 37 60c035 60a035 608035 606035 60e03603 6000 a4 00"
).replace(" ", "")
"""Moves word 2 of the token of word 0 from its caller to word 1, then writes the event of four topics behind them."""


def mixer_of(token: str) -> str:
    """A contract that draws UNIT of a token from its caller and keeps it: transferFrom(caller, this, UNIT)."""
    data = f"6323b872dd60e01b600052 33600452 30602452 68{UNIT:018x}604452"
    return f"{data} 60006000606460006000 73{token[2:]} 5af1 604957 60006000fd 5b00".replace(" ", "")


@dataclass
class Side:
    """One chain with the pool of the bridge, a token, and somebody who has all of it."""

    node: Anvil
    chain: str
    bank: str
    token: str

    def send(self, sender: str, to: str, data: str, value: int = 0) -> str:
        self.node.call("anvil_setNextBlockBaseFeePerGas", hex(9 * 10**8))
        receipt = self.node.send(sender, to, value, data, gas=hex(2_000_000), gasPrice=hex(10**9))
        assert receipt["status"] == "0x1", (to, data[:10])
        return str(receipt["transactionHash"])

    def pay(self, sender: str, to: str, amount: int) -> str:
        return self.send(sender, self.token, call("transfer(address,uint256)", to, amount))

    def allow(self, owner: str, spender: str) -> None:
        self.send(owner, self.token, call("approve(address,uint256)", spender, ALL))

    def bridge(self, sender: str, to: str, amount: int, log: Log) -> str:
        """Have the pool move the token and write an event."""
        head = word(int(self.token, 16)) + word(int(to, 16)) + word(amount)
        return self.send(sender, POOLS[self.chain], "0x" + head + "".join(t[2:] for t in log[1]) + log[2][2:])


@dataclass
class Story:
    here: Side
    there: Side
    stolen: str
    mixer: str

    @property
    def tokens(self) -> tuple[str, str]:
        return self.here.token, self.there.token

    def leave(self, number: int, recipient: str, amount: int, paid: int) -> str:
        """The thief's deposit."""
        said = deposited(number, THIEF, recipient, self.tokens, (amount, paid))
        return self.here.bridge(THIEF, POOLS[self.here.chain], amount, said)

    def arrive(self, number: int, recipient: str, amount: int, paid: int) -> str:
        """The relayer's fill."""
        said = filled(number, THIEF, recipient, self.tokens, (amount, paid))
        return self.there.bridge(self.there.bank, recipient, paid, said)

    def trace(self, folder: Path, policy: str) -> Json:
        folder.mkdir(exist_ok=True)
        (folder / "case.toml").write_text(
            f'id = "bridge"\npolicy = "{policy}"\n[[theft]]\nchain = "ethereum"\ntx = "{self.stolen}"\n'
            f'asset = "{self.here.token}"\nsymbol = "LOOT"\ndecimals = 18\namount = "50000"\nto = "{THIEF}"\n'
        )
        (folder / "tags.csv").write_text(
            f"address,label,entity,category,chain\n{self.mixer},Mixer 100,Mixer,mixer,optimism\n"
        )
        endpoints = {"ethereum": f"rpc:{self.here.node.url}", "optimism": f"rpc:{self.there.node.url}"}
        settings = Settings(endpoints=endpoints, requests_per_second=1e6)
        request = TraceRequest(
            str(folder / "case.toml"), folder / "out", tags=(folder / "tags.csv",), settings=settings
        )
        return trace_case(request)


def open_side(node: Anvil, chain: str, artifact: Path) -> Side:
    bank = node.accounts()[0]
    side = Side(node, chain, bank, node.deploy(bank, bytecode(artifact) + word(10**27)))
    node.call("anvil_setCode", POOLS[chain], "0x" + SPOKE)
    for who in (THIEF, SECOND):
        side.send(bank, who, "0x", ETHER)
    side.allow(THIEF, POOLS[chain])
    side.allow(bank, POOLS[chain])
    return side


@pytest.fixture(scope="module")
def story() -> Iterator[Story]:
    program, artifact = anvil.find_anvil(), anvil.find_artifact("ERC20")
    if program is None or artifact is None:
        absent("anvil or the contracts of @uniswap are not in .peers")
    assert program is not None
    assert artifact is not None
    with ExitStack() as stack:
        options = ("--auto-impersonate", "--chain-id")
        nodes = [stack.enter_context(anvil.running(program, *options, number)) for number in ("1", "10")]
        sides = [open_side(node, chain, artifact) for node, chain in zip(nodes, POOLS, strict=True)]
        here, there = sides
        runtime = mixer_of(there.token)
        mixer = there.node.deploy(there.bank, f"0x60{len(runtime) // 2:02x}80600b6000396000f3{runtime}")
        there.pay(there.bank, SECOND, 1_000 * ETHER)
        made = Story(here, there, here.pay(here.bank, THIEF, 50_000 * ETHER), mixer)
        made.leave(1, SECOND, 20_000 * ETHER, 10_000 * ETHER)
        made.leave(2, THIEF, 10_000 * ETHER, 10_000 * ETHER)
        made.leave(3, THIEF, 5_000 * ETHER, 5_000 * ETHER)
        made.arrive(2, THIEF, 10_000 * ETHER, 10_000 * ETHER)
        made.arrive(1, SECOND, 20_000 * ETHER, 10_000 * ETHER)
        there.allow(SECOND, mixer)
        for _ in range(12):
            there.send(SECOND, mixer, "0x")
        there.pay(SECOND, FRIEND, 3_000 * ETHER)
        yield made


def standing(result: Json) -> dict[tuple[str, str, str], tuple[int, int]]:
    return {
        (row["kind"], row["chain"], row["address"]): (int(row["amount"]) // ETHER, int(row["origin_amount"]) // ETHER)
        for row in result["dispositions"]
    }


@pytest.mark.slow
def test_a_theft_is_followed_over_a_bridge_into_a_mixer_to_the_last_unit(story: Story, tmp_path: Path) -> None:
    result = story.trace(tmp_path / "fifo", "fifo")
    here, there = POOLS
    assert standing(result) == {
        ("held", here, THIEF): (15_000, 15_000),
        ("service", here, POOLS[here]): (5_000, 5_000),  # which nobody filled
        ("held", there, THIEF): (10_000, 10_000),
        ("service", there, story.mixer): (200, 400),  # a thousand of its own went first
        ("held", there, FRIEND): (3_000, 6_000),
        ("held", there, SECOND): (6_800, 13_600),
    }
    told = {(row["id"], row["grade"], row["bridge"], row["chain_out"]) for row in result["conversions"]}
    assert told == {(f"across:1/{number}", "decoded", "Across", there) for number in (1, 2)}
    (limit,) = [one for one in result["limitations"] if one["code"] == "bridge-not-crossed"]
    assert f"Across to optimism, recipient {THIEF}, id across:1/3: no arrival with its id" in limit["detail"]
    assert limit["amount"] == str(5_000 * ETHER)
    verify_case(tmp_path / "fifo" / "out")


@pytest.mark.parametrize("policy", KEEPING)
def test_the_sum_holds_over_two_chains_under_every_policy(story: Story, tmp_path: Path, policy: str) -> None:
    result = story.trace(tmp_path, policy)
    assert [row["difference"] for row in result["conservation"]] == ["0"]
    assert sum(int(row["origin_amount"]) for row in result["dispositions"]) == 50_000 * ETHER
    crossed = [row for row in result["dispositions"] if row["chain"] == "eip155:10"]
    assert sum(int(row["origin_amount"]) for row in crossed) == 30_000 * ETHER


@pytest.mark.slow
@pytest.mark.parametrize("gone", ["deposit", "fill"])
def test_a_crossing_of_which_a_reorganisation_takes_back_a_side_never_was(
    story: Story, tmp_path: Path, gone: str
) -> None:
    sides = {"deposit": story.here, "fill": story.there}
    before = story.trace(tmp_path, "fifo")
    snapshots = {side: sides[side].node.call("evm_snapshot") for side in sides}
    left = story.leave(4, FRIEND, 1_000 * ETHER, 1_000 * ETHER)
    story.arrive(4, FRIEND, 1_000 * ETHER, 1_000 * ETHER)
    crossed = story.trace(tmp_path, "fifo")
    assert left in {row["tx"] for row in crossed["conversions"]}
    sides[gone].node.call("evm_revert", snapshots[gone])
    for _ in range(3):
        sides[gone].node.call("evm_mine")
    after = story.trace(tmp_path, "fifo")
    assert after["conversions"] == before["conversions"]
    if gone == "deposit":  # the fill is still there, and is nobody's
        assert after["dispositions"] == before["dispositions"]
    else:
        assert standing(after)["service", "eip155:1", POOLS["eip155:1"]] == (6_000, 6_000)
    verify_case(tmp_path / "out")
    for side in sides:
        sides[side].node.call("evm_revert", snapshots[side])
