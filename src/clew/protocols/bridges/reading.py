"""One event of a bridge before its decoder: its fields by name, the transaction it stands in, and what moved there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from clew.chains.execution import DEPOSIT_TOPIC, TRANSFER_TOPIC, WITHDRAWAL_TOPIC, ZERO_ADDRESS
from clew.chains.logs import Log
from clew.protocols.abi import WORD
from clew.protocols.bridges import accounts
from clew.protocols.bridges.accounts import UnreadableError
from clew.protocols.bridges.messages import Arrival, Departure
from clew.protocols.bridges.registry import Contract, Event, Family

_TRANSFER, _WRAP, _UNWRAP = (bytes.fromhex(topic[2:]) for topic in (TRANSFER_TOPIC, DEPOSIT_TOPIC, WITHDRAWAL_TOPIC))


@dataclass(frozen=True, slots=True)
class Moved:
    """A token's own word that an amount of it moved; a wrap comes from the zero address, an unwrap goes to it."""

    token: str
    sender: str
    receiver: str
    amount: int
    log: int
    wraps: bool = False
    """Whether the coin was wrapped or unwrapped by it."""


def movements(chain: str, logs: Sequence[Log]) -> Iterator[Moved]:
    """What the tokens of a transaction say that moved: Transfer (ERC-20), and WETH9's Deposit and Withdrawal."""
    for log in logs:
        topic = log.topics[0] if log.topics else b""
        if len(log.data) != WORD or any(len(t) != WORD or any(t[:12]) for t in log.topics[1:]):
            continue
        parties = ["0x" + t[12:].hex() if not any(t[12:]) else accounts.account(chain, t[12:]) for t in log.topics[1:]]
        amount = int.from_bytes(log.data)
        if topic == _TRANSFER and len(parties) == 2:
            yield Moved(log.contract, parties[0], parties[1], amount, log.index)
        elif topic == _WRAP and len(parties) == 1:
            yield Moved(log.contract, ZERO_ADDRESS, parties[0], amount, log.index, wraps=True)
        elif topic == _UNWRAP and len(parties) == 1:
            yield Moved(log.contract, parties[0], ZERO_ADDRESS, amount, log.index, wraps=True)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a decoder is given. `contract` is None for an event that its decoder has to verify."""

    family: Family
    event: Event
    contract: Contract | None
    chain: str
    log: Log
    fields: dict[str, Any]
    around: Sequence["Reading"] = field(default=(), repr=False, compare=False)
    """All events of the same family in the transaction that could be read, this one too, in the order of the chain."""
    moved: Sequence[Moved] = field(default=(), repr=False, compare=False)

    @property
    def bridge(self) -> str:
        """The bridge's name."""
        return self.contract.bridge if self.contract else self.family.title

    def others(self, *names: str) -> list["Reading"]:
        """The transaction's events of these names that known contracts of the family wrote, in the chain's order."""
        return [other for other in self.around if other.event.name in names and other.contract is not None]

    def local(self, name: str) -> str:
        """An address of this chain."""
        return accounts.account(self.chain, self.fields[name])

    def number(self, table: str = "chain") -> int:
        """The bridge's own number of this chain; refused where the registry has none."""
        number = self.family.numbers[table].number(self.chain)
        if number is None:
            raise UnreadableError("unknown-chain", f"{self.bridge} has no number for {self.chain}")
        return number

    def chain_of(self, number: int, table: str = "chain") -> str:
        """CAIP-2 id of a number of the bridge, or the number as text."""
        return self.family.numbers[table].chain(number)

    def chain_named(self, name: str) -> str:
        """CAIP-2 id of a chain that the bridge names by text, or the text."""
        return self.family.names.chain(name) if self.family.names else name

    def asset(self, name: str) -> str:
        """CAIP-19 id of the token whose address a field holds."""
        return accounts.token(self.chain, self.fields[name])

    def took(self, contract: str, amount: int) -> str:
        """CAIP-19 id of what was taken in: `amount` of a token, or the coin where the bridge wrapped it itself.

        Refused as contradicted where no Transfer of the token in the transaction has that amount.
        """
        return self._checked(contract, amount, wrapped_by=lambda moved: moved.receiver)

    def paid(self, contract: str, amount: int) -> str:
        """As `took`, of what was paid out: the coin where the bridge unwrapped it itself."""
        return self._checked(contract, amount, wrapped_by=lambda moved: moved.sender)

    def _checked(self, contract: str, amount: int, wrapped_by: Any) -> str:
        same = [moved for moved in self.moved if moved.token == contract and moved.amount == amount]
        if not same and amount:
            raise UnreadableError("contradicted", f"no Transfer of {contract} moves the event's {amount} base units")
        coin = contract == accounts.wrapped_coin(self.chain)
        if coin and any(moved.wraps and wrapped_by(moved) == self.log.contract for moved in same):
            return accounts.coin(self.chain)
        return accounts.asset(self.chain, contract)

    def payer(self, contract: str, amount: int) -> str:
        """Who gave `amount` of a token first in the transaction; empty where nobody did."""
        given = (m for m in self.moved if m.token == contract and m.amount == amount and m.sender != ZERO_ADDRESS)
        return next((moved.sender for moved in given), "")

    def departure(self, key: str, **rest: Any) -> Departure:
        """A Departure by this event, whose id is `key` with the family before it."""
        return Departure(self.bridge, self.chain, self.log.tx, self.log.index, self.key(key), **rest)

    def arrival(self, key: str, **rest: Any) -> Arrival:
        """An Arrival by this event, whose id is `key` with the family before it."""
        return Arrival(self.bridge, self.chain, self.log.tx, self.log.index, self.key(key), **rest)

    def key(self, key: str) -> str:
        """The id that both sides bear."""
        return f"{self.family.name}:{key}" if key else ""


def part(_event: Reading) -> None:
    """Decodes an event that another one of its transaction is read with: it is no message by itself."""
