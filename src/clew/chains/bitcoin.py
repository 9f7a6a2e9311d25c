"""The Bitcoin family: addresses, and the decoders of raw blocks, ``getblock`` and Esplora replies.

Of a raw block or ``getblock`` with verbosity 2 the amounts of inputs are not in the reply: `decode_block` and
`decode_getblock` know those spent and made in one block, a `BlockReader` those of all the blocks it has read.
The coinbase of block 0, which no node lets anyone spend, is shown as the unspent output that explorers show.
"""

from collections.abc import Iterable, Mapping
from hashlib import sha256

import base58

from clew.chains import Chain, bech32, find_chain
from clew.chains.bitcoin_json import BlockReply, EsploraTransaction, exact_json, read_esplora, read_getblock, rpc_result
from clew.chains.fields import Fields
from clew.chains.networks import NETWORKS, Network, find_network
from clew.chains.rawblock import Transaction, output_owners, parse_block
from clew.chains.script import base58check
from clew.chains.utxo import Coin, Coins, Journal
from clew.errors import InputError, SourceError
from clew.model import Block, Decoded, Limitation, Reply

_ALPHABET = base58.BITCOIN_ALPHABET.decode("ascii")


def parse_address(text: str, chain: Chain) -> str:
    """The one form of an address: bech32 in lower case, base58check with the network's own version byte."""
    network, address = find_network(chain.id), text.strip()
    if not address:
        raise InputError("the address is empty")
    named = _hrp_owner(address)
    try:
        return _parse_base58(address, network) if named is None else _parse_segwit(address, network, named)
    except InputError as error:
        raise InputError(f"{text!r} is no address of {chain.name}: {error.what}", mend=error.mend) from error


def _hrp_owner(text: str) -> Network | None:
    """The network whose segwit prefix a text starts with."""
    return next((n for n in NETWORKS.values() if text.lower().startswith(f"{n.hrp}1")), None)


def _parse_segwit(text: str, network: Network, named: Network) -> str:
    hrp, version, program = bech32.decode(text)
    if hrp != network.hrp:
        raise InputError(f"prefix {hrp!r} is of {named.name}", mend=f"name that chain, or use a {network.hrp}1 address")
    return bech32.encode(hrp, version, program)


def _parse_base58(text: str, network: Network) -> str:
    for position, character in enumerate(text, 1):
        if character not in _ALPHABET:
            raise InputError(f"character {character!r} at position {position} does not occur in base58")
    if len(text) > 50:
        raise InputError(f"it has {len(text)} characters, a base58 address has at most 35")
    raw = base58.b58decode(text)
    if len(raw) != 25:
        raise InputError(f"it holds {len(raw)} bytes, an address holds 25", mend="a character was lost or added")
    version, payload = raw[0], raw[1:21]
    if sha256(sha256(raw[:21]).digest()).digest()[:4] != raw[21:]:
        raise InputError("its checksum is wrong", mend="a character was mistyped; copy the address again")
    if version == network.p2pkh:
        return text
    if version in network.p2sh:
        return base58check(network.p2sh[0], payload)
    owners = [n.name for n in NETWORKS.values() if version in (n.p2pkh, *n.p2sh)]
    raise InputError(
        f"its version byte {version:#04x} is of {' and '.join(owners) or 'another chain'}", mend="name the right chain"
    )


def _read_block(reply: Reply) -> BlockReply:
    """The block of a raw or ``getblock`` reply."""
    if reply.format == "bitcoin/getblock":
        shown = read_getblock(rpc_result(reply.body, _where(reply)), reply.chain)
        _as_asked(reply, "params", shown.block.hash)
        return shown
    height = reply.query.get("height", "")
    if not (height.isascii() and height.isdigit() and len(height) <= 18):
        raise SourceError("the query of a raw block must say its height", where=_where(reply))
    network = find_network(reply.chain)
    try:
        raw = parse_block(reply.body, network)
    except SourceError as error:
        raise SourceError(error.what, where=_where(reply, error.where), mend=error.mend) from error
    block = Block(reply.chain, int(height), raw.hash, raw.parent, raw.time)
    return BlockReply(block, raw.transactions, {}, raw.extended, output_owners(raw, network))


def _as_asked(reply: Reply, name: str, answered: str) -> None:
    """SourceError where a part of the query is stated and does not name what the reply is about."""
    if answered not in reply.query.get(name, answered):
        raise SourceError(f"the reply is about {answered}, which was not asked", where=_where(reply))


def _where(reply: Reply, inside: str = "") -> str:
    asked = ", ".join(f"{name}={value}" for name, value in reply.query.items())
    return ", ".join(filter(None, (f"{reply.format} {asked}".strip(), inside)))


class BlockReader:
    """Decodes blocks in height order and remembers their unspent outputs, so that inputs have their amounts.

    After a reorganisation, or a block that was refused, read on from the fork: up to the chain's `reorg_depth` blocks
    are undone. Of a deeper one, what they spent is missing, and limitations say so.
    To resume, give the unspent outputs back (outpoint -> amount and owner, as `unspent` shows them).
    """

    def __init__(self, chain: str, unspent: Mapping[str, Coin] | None = None) -> None:
        self.chain = chain
        self._coins = Coins(unspent, depth=find_chain(chain).reorg_depth)

    @property
    def unspent(self) -> Mapping[str, Coin]:
        """The outputs read and not spent: outpoint -> (base units, owner)."""
        return self._coins.unspent

    def read(self, reply: Reply) -> Decoded:
        """The transfers of the next block's reply (``bitcoin/block`` or ``bitcoin/getblock``)."""
        if reply.chain != self.chain:
            raise SourceError(f"the block is of {reply.chain}, the reader of {self.chain}", where=_where(reply))
        block = _read_block(reply)
        self._coins.begin(block.block.height)
        return _decode(reply, block, self._coins)


def _decode(reply: Reply, shown: BlockReply, coins: Coins) -> Decoded:
    journal = Journal(shown.block, find_chain(reply.chain).native.id, coins, shown.prevouts, shown.owners)
    if shown.extended:
        detail = "transfers inside MimbleWimble extension blocks are hidden; coins enter and leave at HogEx outputs"
        journal.limitations.append(Limitation("mweb-not-read", detail, reply.chain))
    return _write(journal, enumerate(shown.transactions), reply)


def _write(journal: Journal, transactions: Iterable[tuple[int, Transaction]], reply: Reply) -> Decoded:
    try:
        return journal.write(transactions)
    except SourceError as error:
        raise SourceError(error.what, where=_where(reply, error.where), mend=error.mend) from error


def decode_block(reply: Reply) -> Decoded:
    """A serialised block; `query` says its height. Inputs from other blocks become ``missing-prevout``."""
    return _decode(reply, _read_block(reply), Coins())


decode_getblock = decode_block
"""A node's ``getblock`` (verbosity 2, or 3 where every input has its amount)."""


def decode_esplora(reply: Reply) -> Decoded:
    """A transaction of Esplora's ``/tx/:txid``; its index in the block is the query's ``pos``, else -1."""
    shown = read_esplora(Fields.of(exact_json(reply.body, _where(reply)), _where(reply)), reply.chain)
    _as_asked(reply, "path", shown.transaction.txid)
    position = reply.query.get("pos", "")
    tx_index = int(position) if position.isascii() and position.isdigit() and len(position) <= 9 else -1
    return _decode_esplora(reply, shown, tx_index)


def decode_esplora_list(reply: Reply) -> Decoded:
    """A page of Esplora's ``/address/:address/txs``, newest first; it does not say the index in the block: -1."""
    page = Fields({"txs": exact_json(reply.body, _where(reply))}, _where(reply))
    found = [_decode_esplora(reply, read_esplora(tx, reply.chain), -1) for tx in page.children("txs")]
    return Decoded(
        tuple(transfer for decoded in found for transfer in decoded.transfers),
        limitations=tuple(limitation for decoded in found for limitation in decoded.limitations),
    )


def _decode_esplora(reply: Reply, shown: EsploraTransaction, tx_index: int) -> Decoded:
    if shown.block is None:
        detail = "the transaction is not in a block yet, so it moves nothing"
        return Decoded(limitations=(Limitation("unconfirmed", detail, reply.chain, shown.transaction.txid),))
    journal = Journal(shown.block, find_chain(reply.chain).native.id, Coins(), shown.prevouts)
    return _write(journal, [(tx_index, shown.transaction)], reply)
