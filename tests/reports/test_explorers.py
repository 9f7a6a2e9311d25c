"""Links go to the explorer of the chain, and nowhere where there is none or the name is no plain hash."""

import pytest

from clew.chains import find_chain
from clew.reports.explorers import EXPLORERS, link_account, link_tx

BITCOIN = find_chain("bitcoin").id
TX = "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b"


@pytest.mark.parametrize(
    ("chain", "tx", "page"),
    [
        ("eip155:1", "0x" + TX, f"https://etherscan.io/tx/0x{TX}"),
        (BITCOIN, TX, f"https://mempool.space/tx/{TX}"),
        ("tron:0x2b6653dc", TX, f"https://tronscan.org/#/transaction/{TX}"),
        ("eip155:31337", "0x" + TX, ""),
        ("eip155:1", 'x" onclick="alert(1)', ""),
        ("eip155:1", "../../" + TX, ""),
        ("eip155:1", "", ""),
    ],
)
def test_a_transaction_has_its_page(chain: str, tx: str, page: str) -> None:
    assert link_tx(chain, tx) == page


def test_an_outpoint_leads_to_its_transaction() -> None:
    assert link_account(BITCOIN, f"{TX}:0") == f"https://mempool.space/tx/{TX}"


@pytest.mark.parametrize("account", ["@fee", f"@tx:{TX}", "javascript:alert(1)", "0x12"])
def test_what_is_no_address_has_no_page(account: str) -> None:
    assert link_account("eip155:1", account) == ""


def test_every_explorer_belongs_to_a_known_chain_and_is_asked_safely() -> None:
    for chain, pages in EXPLORERS.items():
        assert find_chain(chain).id == chain
        assert all(page.startswith("https://") and page.endswith("/") for page in pages)
