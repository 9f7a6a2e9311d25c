"""Two questions are one where their answers cannot differ, and only there."""

import pytest

from clew.model import Reply
from clew.sources.matching import question_key

TXLIST = {"module": "account", "action": "txlist", "address": "0xabc"}


def key(format_: str, query: dict[str, str], chain: str = "eip155:1") -> str:
    return question_key(Reply(format_, chain, query, "", b""))


SAME = [
    ("etherscan/txlist", {"address": "0xABC"}),
    ("etherscan/txlist", {"startblock": "0", "endblock": "99999999", "sort": "desc"}),
    ("etherscan/txlist", {"start_block": "0", "end_block": "latest"}),
    ("etherscan/txlist", {"apikey": "K", "chainid": "1", "page": "1", "offset": "5"}),
    ("trongrid/trc20", {"limit": "20", "order_by": "block_timestamp,desc", "only_confirmed": "false"}),
    ("bitcoin/getblock", {"method": "getblock", "id": "7", "jsonrpc": "1.0"}),
]


@pytest.mark.parametrize(("format_", "more"), SAME)
def test_what_does_not_change_the_answer_is_left_out(format_: str, more: dict[str, str]) -> None:
    base = {**TXLIST, "method": "getblock"} if "method" in more else TXLIST
    assert key(format_, {**base, **more}) == key(format_, base)


OTHER = [
    ("etherscan/txlist", {"address": "0xabd"}),
    ("etherscan/txlist", {"startblock": "1"}),
    ("etherscan/txlist", {"page": "2"}),
    ("etherscan/tokentx", {"contractaddress": "0xdef"}),
    ("trongrid/trc20", {"fingerprint": "x"}),
    ("trongrid/trc20", {"min_timestamp": "5"}),
    ("esplora/tx", {"id": "7"}),
]


@pytest.mark.parametrize(("format_", "more"), OTHER)
def test_what_changes_the_answer_is_kept(format_: str, more: dict[str, str]) -> None:
    assert key(format_, {**TXLIST, **more}) != key(format_, TXLIST)


def test_format_and_chain_are_part_of_the_question() -> None:
    assert len({key("etherscan/txlist", TXLIST), key("etherscan/tokentx", TXLIST)}) == 2
    assert key("etherscan/txlist", TXLIST) != key("etherscan/txlist", TXLIST, "eip155:10")
    assert key("etherscan/txlist", dict(reversed(TXLIST.items()))) == key("etherscan/txlist", TXLIST)
