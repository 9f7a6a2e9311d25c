"""What a payment into a bridge became on the other side, asked of who knows: the network's records, or its events."""

from clew.ledger import Ledger
from clew.service.connections import Connections
from clew.service.kept_logs import KeptLogs
from clew.service.message_index import Decode, MessageIndex
from clew.service.messages import MessageCrossings
from clew.service.midgard import MIDGARD, MidgardRecords
from clew.service.orders import read_messages
from clew.tracing.crossings import Crossing, Ground, Payment


class BridgeRecords:
    """`tracing.crossings.Crossings` over every bridge that Clew can read."""

    def __init__(
        self, connections: Connections, ledger: Ledger, logs: KeptLogs, decode: Decode = read_messages
    ) -> None:
        self._midgard = MidgardRecords(connections, ledger)
        self._messages = MessageCrossings(MessageIndex(logs, decode), ledger)

    def __call__(self, payment: Payment, ground: Ground) -> Crossing:
        """The conversions a payment led to; or none, and why."""
        if payment.tag is not None and payment.tag.entity in MIDGARD:
            return self._midgard(payment, ground)
        return self._messages(payment, ground)
