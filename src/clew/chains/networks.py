"""Facts of the networks of the Bitcoin family: address prefixes, halving, limits.

From each node's chain parameters (Bitcoin Core and Litecoin Core, ``chainparams.cpp``).
"""

from dataclasses import dataclass, field

from clew.errors import InputError

COIN = 10**8
"""Base units in one coin, on every chain of the family."""


@dataclass(frozen=True, slots=True)
class Network:
    """What tells one network of the family from another."""

    name: str
    hrp: str
    """Human-readable part of its segwit addresses (BIP-173)."""
    p2pkh: int
    """Base58check version byte of a public key hash."""
    p2sh: tuple[int, ...]
    """Version bytes of a script hash: the one Clew writes first, then older ones that mean the same script."""
    halving: int
    """Blocks between two halvings of the subsidy."""
    max_money: int
    """No amount is larger, in base units."""
    mweb: bool = False
    """Whether blocks may carry a MimbleWimble extension block (LIP-2, LIP-3)."""
    overwritten: frozenset[int] = field(default=frozenset())
    """Heights whose coinbase a later one with the same id overwrote (BIP-30), so that nobody can spend it."""

    def subsidy(self, height: int) -> int:
        """New base units that block `height` may make: 50 coins, halved every `halving` blocks."""
        halvings = height // self.halving
        return (50 * COIN) >> halvings if halvings < 64 else 0


_BTC, _LTC = 21_000_000 * COIN, 84_000_000 * COIN

NETWORKS: dict[str, Network] = {
    "bip122:000000000019d6689c085ae165831e93": Network(
        "bitcoin", "bc", 0x00, (0x05,), 210_000, _BTC, overwritten=frozenset({91722, 91812})
    ),
    "bip122:000000000933ea01ad0ee984209779ba": Network("bitcoin-testnet", "tb", 0x6F, (0xC4,), 210_000, _BTC),
    "bip122:0f9188f13cb7b2c71f2a335e3a4fc328": Network("bitcoin-regtest", "bcrt", 0x6F, (0xC4,), 150, _BTC),
    "bip122:12a765e31ffd4059bada1e25190f6e98": Network("litecoin", "ltc", 0x30, (0x32, 0x05), 840_000, _LTC, mweb=True),
    "bip122:530827f38f93b43ed12af0b3ad25a288": Network(
        "litecoin-regtest", "rltc", 0x6F, (0x3A, 0xC4), 150, _LTC, mweb=True
    ),
}
"""CAIP-2 id -> network."""


def find_network(chain: str) -> Network:
    """The network of a CAIP-2 id; InputError where it is not of the Bitcoin family."""
    network = NETWORKS.get(chain)
    if network is None:
        raise InputError(f"{chain!r} is no chain of the Bitcoin family", mend=f"known: {', '.join(NETWORKS)}")
    return network
