"""CoinJoins among the ledger's transactions: where inputs of several owners are mixed, no output is one input's."""

from collections.abc import Sequence

from clew.clustering.payments import transaction_of
from clew.ledger import TransferTable
from clew.model import Category, Kind, Tag
from clew.protocols.coinjoin import Verdict, classify

_KINDS = tuple(Kind)
_NAMES = {"wasabi-1": "Wasabi 1.x", "wasabi-2": "Wasabi 2", "whirlpool": "Whirlpool", "joinmarket": "JoinMarket"}


def coinjoin_of(table: TransferTable, rows: Sequence[int]) -> Verdict | None:
    """The verdict on a transaction, given all its rows, where it is asserted to mix coins of several owners.

    An output without an address (a data output, a bare multisig) counts by its amount.
    Every protocol that mixes pays equal amounts: where no amount is paid twice, nothing needs to be looked at.
    """
    paid = [table.amount_of(row) for row in rows if _KINDS[table.kind[row]] is Kind.OUTPUT]
    if len(set(paid)) == len(paid):
        return None
    verdicts = classify(transaction_of(table, rows))
    if verdicts and verdicts[0].asserted and verdicts[0].protocol.mixes:
        return verdicts[0]
    return None


def mixer_tag(chain: str, txid: str, verdict: Verdict) -> Tag:
    """What a CoinJoin is to a trace: a mixer, named by its protocol, no surer than the verdict."""
    name = _NAMES.get(verdict.protocol, str(verdict.protocol))
    label = f"{name} CoinJoin, {verdict.equal_outputs} equal outputs"
    source = "the transaction's own structure: docs/coinjoin.md"
    return Tag(chain, txid, label, f"{name} CoinJoin", Category.MIXER, source, int(100 * verdict.confidence))
