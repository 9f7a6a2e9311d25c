"""A node's answer to "what became of this transaction": ``/thorchain/tx/{hash}``. Pure, as `midgard` is."""

from dataclasses import dataclass

from clew.chains.fields import Fields, read_json
from clew.protocols.thorchain.midgard import Coin

FORMAT = "thornode/tx"
_NOTHING = "0" * 64
"""The outbound id of coins that stay on the network."""


@dataclass(frozen=True, slots=True)
class Observed:
    """An inbound transaction as the nodes saw it."""

    txid: str
    chain: str
    """The network's chain code, such as ``BTC``."""
    sender: str
    vault: str
    coins: tuple[Coin, ...]
    memo: str
    status: str
    """``done``, ``incomplete``, or empty while it is only observed."""
    outbound: tuple[str, ...]
    """Ids of the transactions that answered it, without those that stayed on the network."""
    height: int
    """Block of its own chain; 0 where the reply does not say."""

    @property
    def done(self) -> bool:
        """Whether the network has answered it."""
        return self.status == "done"


def decode_tx(body: bytes, where: str = FORMAT) -> Observed:
    """The transaction of a reply; SourceError where it is not what its format says."""
    reply = Fields.of(read_json(body, where), where)
    observed = reply.child("observed_tx")
    tx = observed.child("tx")
    hashes = observed.items("out_hashes") if observed.table.get("out_hashes") is not None else []
    if not all(isinstance(hashed, str) for hashed in hashes):
        raise observed.fault("out_hashes", "a list of transaction ids")
    height = observed.table.get("block_height", observed.table.get("external_observed_height", 0))
    if not isinstance(height, int) or height < 0:
        raise observed.fault("block_height", "a height")
    return Observed(
        tx.text("id").upper(),
        tx.text("chain"),
        tx.text("from_address"),
        tx.text("to_address"),
        tuple(Coin(coin.text("asset"), coin.decimal("amount")) for coin in tx.children("coins")),
        tx.text("memo") if "memo" in tx else "",
        observed.text("status") if "status" in observed else "",
        tuple(hashed.upper() for hashed in hashes if isinstance(hashed, str) and hashed != _NOTHING),
        height,
    )
