"""Links to public block explorers. A link is no request: nothing is asked until the reader follows it."""

import re

EXPLORERS: dict[str, tuple[str, str]] = {
    "bip122:000000000019d6689c085ae165831e93": ("https://mempool.space/tx/", "https://mempool.space/address/"),
    "bip122:000000000933ea01ad0ee984209779ba": (
        "https://mempool.space/testnet/tx/",
        "https://mempool.space/testnet/address/",
    ),
    "bip122:12a765e31ffd4059bada1e25190f6e98": ("https://litecoinspace.org/tx/", "https://litecoinspace.org/address/"),
    "eip155:1": ("https://etherscan.io/tx/", "https://etherscan.io/address/"),
    "eip155:10": ("https://optimistic.etherscan.io/tx/", "https://optimistic.etherscan.io/address/"),
    "eip155:56": ("https://bscscan.com/tx/", "https://bscscan.com/address/"),
    "eip155:100": ("https://gnosisscan.io/tx/", "https://gnosisscan.io/address/"),
    "eip155:137": ("https://polygonscan.com/tx/", "https://polygonscan.com/address/"),
    "eip155:8453": ("https://basescan.org/tx/", "https://basescan.org/address/"),
    "eip155:42161": ("https://arbiscan.io/tx/", "https://arbiscan.io/address/"),
    "eip155:43114": ("https://snowtrace.io/tx/", "https://snowtrace.io/address/"),
    "tron:0x2b6653dc": ("https://tronscan.org/#/transaction/", "https://tronscan.org/#/address/"),
}
"""CAIP-2 id -> where a transaction and an address are shown. A chain that is not here gets no link."""

_SAFE = re.compile(r"[0-9A-Za-z]{20,100}")
_OUTPOINT = re.compile(r"([0-9a-f]{64}):\d+")


def link_tx(chain: str, tx: str) -> str:
    """Address of the page that shows a transaction; empty where there is none."""
    return EXPLORERS[chain][0] + tx if chain in EXPLORERS and _SAFE.fullmatch(tx) else ""


def link_account(chain: str, account: str) -> str:
    """Address of the page that shows an account (for an outpoint, its transaction); empty where there is none."""
    outpoint = _OUTPOINT.fullmatch(account)
    if outpoint:
        return link_tx(chain, outpoint[1])
    return EXPLORERS[chain][1] + account if chain in EXPLORERS and _SAFE.fullmatch(account) else ""
