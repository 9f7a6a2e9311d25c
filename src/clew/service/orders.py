"""Orders and requests that are paid later, in the words in which the walk is told of bridges: by their ids.

An order on one chain leaves and arrives on the same chain: what a request took in departs, and what it is paid with
arrives. CoW's settlement names the order but not whom it pays; the token's own transfer does.
"""

from collections.abc import Sequence

from clew.chains import Chain, find_chain
from clew.chains.execution import TRANSFER_TOPIC, token_id
from clew.chains.logs import Log
from clew.protocols.bridges import Arrival, Departure, Message, decode_messages
from clew.protocols.swaps import decode_event
from clew.protocols.swaps.cow import SETTLEMENT
from clew.protocols.swaps.trade import NATIVE, Claim, Request, Trade

TAKES = {"Lido": "0xae7ab96520de3a18e5e111b5eaab095312d7fe84", "mETH": "0xd5f7838f5c461feff7fe49ea5ebaf7728bb0adfa"}
"""What a request of a protocol is of: stETH, mETH. Of others it is the chain's coin."""


def read_messages(chain: str, logs: Sequence[Log]) -> list[Message]:
    """What bridges and order books say in the events of a transaction."""
    return [*decode_messages(chain, logs), *read_orders(chain, logs)]


def read_orders(chain: str, logs: Sequence[Log]) -> list[Message]:
    """The requests among events as departures, and what pays them as arrivals."""
    facts = find_chain(chain)
    found: list[Message] = []
    for log in logs:
        said = decode_event(log, chain)
        if isinstance(said, Request):
            taken = _asset(facts, TAKES.get(said.protocol, NATIVE))
            place = (said.protocol, chain, said.tx, said.log, said.id)
            found.append(Departure(*place, taken, said.amount_in, said.sender, chain, said.recipient or said.sender))
        elif isinstance(said, Claim):
            asset = _asset(facts, said.asset_out)
            place = (said.protocol, chain, said.tx, said.log, said.id)
            found.append(Arrival(*place, asset, said.amount_out, said.recipient, chain))
        elif isinstance(said, Trade) and said.id and said.contract == SETTLEMENT and said.asset_out:
            recipient = _paid(logs, said)
            if recipient:
                place = (said.protocol, chain, said.tx, said.log, said.id)
                found.append(Arrival(*place, _asset(facts, said.asset_out), said.amount_out, recipient, chain))
    return found


def _asset(chain: Chain, contract: str) -> str:
    return chain.native.id if contract == NATIVE else token_id(chain, contract)


def _paid(logs: Sequence[Log], trade: Trade) -> str:
    """Whom the settlement paid exactly what a trade brought, by the token's transfers; empty where it is not one."""
    topic, payer = bytes.fromhex(TRANSFER_TOPIC[2:]), bytes.fromhex(SETTLEMENT[2:])
    receivers = [
        f"0x{log.topics[2][12:].hex()}"
        for log in logs
        if log.contract == trade.asset_out
        and len(log.topics) == 3
        and (log.topics[0], log.topics[1][12:]) == (topic, payer)
        and int.from_bytes(log.data) == trade.amount_out
    ]
    return receivers[0] if len(receivers) == 1 else ""
