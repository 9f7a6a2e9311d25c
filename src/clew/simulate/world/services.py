"""The services of a world: exchanges, a decentralised exchange, bridges, a mixer, brokers, merchants.

A service commingles: what it pays out is its own, and what it was paid stands with it. Its public wallets are known by
tags; the deposit addresses it gives to customers are not.
"""

from typing import NamedTuple

from clew.model import Category, Conversion, Grade
from clew.protocols.tornado import DEPOSIT_TOPIC, WITHDRAWAL_TOPIC
from clew.simulate.dice import Dice
from clew.simulate.lots import Account, Lot
from clew.simulate.world import bitcoin, evm, tron
from clew.simulate.world.bitcoin import Coin, Part
from clew.simulate.world.evm import Event, Pay, Token
from clew.simulate.world.intentions import Intent, hidden
from clew.simulate.world.state import DAY, HOUR, Passage, Purse, World, btc_fee, exchanged

THORCHAIN_ROUTER = "0xd37bbe5744d730a1d98d8dc97c42f0ca46ad7146"
"""THORChain's router on Ethereum, a public fact: https://etherscan.io/address/0xd37bbe5744d730a1d98d8dc97c42f0ca46ad7146."""
POOLS = {
    100: "0xa160cdab225685da1d56aa342ad8841c3b53f291",
    10: "0x910cbd523d972eb0a6f4cae4618ad62622b39dbf",
    1: "0x47ce0c6ed5b0ce3d3a51fdb1c52dc66a7c3c2936",
}
"""Tornado Cash's pools by ETH of a note, public facts: https://ofac.treasury.gov/recent-actions/20221108."""
ETHER = 10**18
_SWEPT_AT_ONCE = 60
_RELAYER_FEE = 4
"""Thousandths of a note."""


class Exchange:
    """A custodial exchange: deposit addresses, swept to a hot wallet, from which customers are paid."""

    def __init__(self, world: World, dice: Dice, name: str) -> None:
        self.name, self._world, self._dice = name, world, dice
        served = (name, "exchange", Category.EXCHANGE)
        self.hot = world.serve(evm.CHAIN.id, world.names.evm_address(), *served, f"{name} hot wallet")
        self.cold = world.serve(evm.CHAIN.id, world.names.evm_address(), *served, f"{name} cold wallet")
        self.tron_hot = world.serve(tron.CHAIN.id, world.tron.address(), *served, f"{name} hot wallet")
        btc = world.serve(bitcoin.CHAIN.id, world.names.bitcoin_address(), *served, f"{name} hot wallet")
        self.purse = Purse(world, btc)
        self._given: dict[tuple[str, str], str] = {}
        self._unswept: list[Coin] = []
        self._planned: set[str] = set()

    def address(self, chain: str, customer: str) -> str:
        """The deposit address of a customer on a chain: his for good, known to nobody as the exchange's."""
        if (chain, customer) not in self._given:
            made = {evm.CHAIN.id: self._world.names.evm_address, tron.CHAIN.id: self._world.tron.address}
            address = made.get(chain, self._world.names.bitcoin_address)()
            self._given[chain, customer] = self._world.serve(chain, address, self.name, "exchange")
            if chain == tron.CHAIN.id:
                self._world.tron.accounts.add(address)
            self._world.on_arrival[chain, address] = lambda coin: self._plan(chain, address, coin)
        return self._given[chain, customer]

    def _plan(self, chain: str, address: str, coin: Coin | None) -> None:
        if coin is not None:
            self._unswept.append(coin)
            address = "bitcoin"
        if address in self._planned:
            return
        self._planned.add(address)
        sweeps = {evm.CHAIN.id: self._sweep_evm, tron.CHAIN.id: self._sweep_tron}
        sweep = sweeps.get(chain, self._sweep_bitcoin)
        wait = self._dice.between(HOUR // 2, self._world.preset.economy.sweep_hours * HOUR)
        self._world.at(self._world.now + wait, lambda time: sweep(time, address))

    def _sweep_evm(self, time: int, address: str) -> None:
        """Both assets to the hot wallet; gas for tokens comes from the hot wallet first."""
        world = self._world
        self._planned.discard(address)
        if world.evm.balance(address, evm.USDT) and world.evm.balance(self.hot) > ETHER:
            world.evm.send(time, self.hot, address, ETHER // 200)
            world.pay_usdt(time, address, self.hot, world.evm.balance(address, evm.USDT))
            self._claim(evm.account(address, evm.USDT), evm.account(self.hot, evm.USDT))
        price = world.evm.price()
        amount = world.evm.balance(address) - evm.PLAIN_GAS * price
        if amount > ETHER // 100:
            world.evm.send(time, address, self.hot, amount, price=price)
            self._claim(evm.account(address), evm.account(self.hot))

    def _sweep_tron(self, time: int, address: str) -> None:
        world = self._world
        self._planned.discard(address)
        amount = world.tron.balance(address)
        if amount:
            world.tron.send_trx(time, self.tron_hot, address, 2 * tron.FEE_SUN)
            world.pay_tron(time, address, self.tron_hot, amount)
            self._claim(tron.account(address), tron.account(self.tron_hot))

    def _sweep_bitcoin(self, time: int, _address: str) -> None:
        """Many customers' coins in one transaction."""
        self._planned.discard("bitcoin")
        coins, self._unswept = self._unswept[:_SWEPT_AT_ONCE], self._unswept[_SWEPT_AT_ONCE:]
        total = sum(coin.amount for coin in coins) - btc_fee(len(coins), 1)
        if total > bitcoin.DUST:
            self.purse.coins += self._world.pay_btc(time, [Part(coins, [(self.purse.address, total)])])
            for coin in coins:
                self._claim(coin.account, Account(bitcoin.CHAIN.id, self.purse.address, bitcoin.BTC.id))

    def _claim(self, place: Account, at: Account) -> None:
        """What customers had paid in now stands at the hot wallet."""
        book = self._world.book
        book.claim(at, [lot for lot in book.queues[place] if lot.theft])
        book.queues[place].clear()

    def chill(self, time: int) -> None:
        """Once a day what the hot wallet does not need goes to the cold one."""
        rest = self._world.evm.balance(self.hot) - 20_000 * ETHER
        if rest > 0:
            self._world.evm.send(time, self.hot, self.cold, rest)
        self._world.at(time + DAY, self.chill)


class Swaps:
    """A decentralised exchange: a router and a pool of ETH and USDT."""

    def __init__(self, world: World, dice: Dice) -> None:
        self._world, self._dice = world, dice
        chain = evm.CHAIN.id
        self.router = world.serve(chain, world.names.evm_address(), "Simulated Swap", "swap")
        self.pool = world.serve(chain, world.names.evm_address(), "Simulated Swap", "swap")

    def sell_usdt(self, time: int, owner: str, amount: int, intent: Intent = Intent.OLDEST) -> str:
        """USDT into ETH: the router takes the token into the pool and has the owner paid."""
        got, into = exchanged(self._dice, amount, evm.USDT, evm.ETH), list[Lot]()
        taken: evm.Effect = Token(owner, self.pool, amount, evm.USDT, intent, into=into)
        paid: list[evm.Effect] = [Pay(self.pool, self.router, got), Pay(self.router, owner, got, brought=[])]
        tx = self._world.evm.send(time, owner, self.router, data="0x5ae401dc", gas=evm.CALL_GAS, effects=[taken, *paid])
        self._world.book.give(evm.account(owner), self._world.book.convert(into, got))
        return tx

    def sell_eth(self, time: int, owner: str, amount: int, intent: Intent = Intent.OLDEST) -> str:
        """ETH into USDT."""
        got, into = exchanged(self._dice, amount, evm.ETH, evm.USDT), list[Lot]()
        effects: list[evm.Effect] = [Pay(self.router, self.pool, amount), Token(self.pool, owner, got, brought=[])]
        tx = self._world.evm.send(
            time,
            owner,
            self.router,
            amount,
            data="0x7ff36ab5",
            gas=evm.CALL_GAS,
            effects=effects,
            into=into,
            intent=intent,
        )
        self._world.book.give(evm.account(owner, evm.USDT), self._world.book.convert(into, got))
        return tx


class Thorchain:
    """A bridge with public records: ETH to its router, BTC out of its vault, and Midgard's account of both."""

    def __init__(self, world: World, dice: Dice) -> None:
        self._world, self._dice = world, dice
        self.router = world.serve(evm.CHAIN.id, THORCHAIN_ROUTER, "THORChain", "bridge")
        self.vault = world.serve(evm.CHAIN.id, world.names.evm_address(), "THORChain", "bridge")
        address = world.names.bitcoin_address()
        self.purse = Purse(world, world.serve(bitcoin.CHAIN.id, address, "THORChain", "bridge"))

    def to_bitcoin(self, time: int, sender: str, amount: int, address: str, intent: Intent = Intent.OLDEST) -> str:
        """Swap ETH to BTC at an address, paid 10 to 40 minutes later; the inbound transaction."""
        world, into = self._world, list[Lot]()
        memo = f"=:BTC.BTC:{address}:0/1/0"
        data = "0x44bc937b" + evm.word(self.vault) + evm.word(0) + evm.word(amount) + evm.word(160)
        data += evm.word(time + HOUR) + evm.word(len(memo)) + f"{memo.encode().hex():0<192}"
        effects = [Pay(self.router, self.vault, amount)]
        tx = world.evm.send(
            time, sender, self.router, amount, data=data, gas=evm.CALL_GAS, effects=[*effects], into=into, intent=intent
        )
        held = world.hold(tx, self.router, evm.ETH, into)
        self._note(tx, sender, amount, memo, "pending", [])
        paid = exchanged(self._dice, amount, evm.ETH, bitcoin.BTC)
        wait = self._dice.between(600, 2_400)
        world.at(time + wait, lambda then: self._pay(then, tx, sender, amount, memo, address, paid, held))
        return tx

    def _pay(
        self, time: int, tx: str, sender: str, amount: int, memo: str, address: str, paid: int, held: Account
    ) -> None:
        world = self._world
        lots = world.book.convert(world.release(held), paid)
        made = self.purse.pay(time, [(address, paid)], brought=lots)
        leg: dict[str, object] = {"txID": made[0].tx.upper(), "address": address, "height": "1"}
        leg |= {"coins": [{"asset": "BTC.BTC", "amount": str(paid)}]}
        self._note(tx, sender, amount, memo, "success", [leg])
        world.passages.append(Passage("bridge", "THORChain", tx, made[0].tx, ""))

    def _note(self, tx: str, sender: str, amount: int, memo: str, status: str, out: list[dict[str, object]]) -> None:
        coins = [{"asset": "ETH.ETH", "amount": str(amount // 10**10)}]
        inbound: dict[str, object] = {"txID": tx[2:].upper(), "address": sender, "coins": coins}
        action: dict[str, object] = {
            "type": "swap",
            "status": status,
            "date": str(self._world.now * 10**9),
            "height": "1",
        }
        action |= {"in": [inbound], "out": out, "pools": ["ETH.ETH", "BTC.BTC"], "metadata": {"swap": {"memo": memo}}}
        self._world.actions[evm.CHAIN.id, tx] = {"actions": [action], "count": "1"}


class OrderBridge:
    """A bridge from ETH to USDT on TRON whose public page shows every order; no decoder of Clew knows it."""

    NAME = "Simulated Bridge"

    def __init__(self, world: World, dice: Dice) -> None:
        self._world, self._dice = world, dice
        served = (self.NAME, "bridge", Category.BRIDGE)
        self.contract = world.serve(evm.CHAIN.id, world.names.evm_address(), *served)
        self.tron = world.serve(tron.CHAIN.id, world.tron.address(), *served)

    def to_tron(self, time: int, sender: str, amount: int, address: str, intent: Intent = Intent.OLDEST) -> str:
        """ETH in, USDT to an address on TRON a few minutes later; the inbound transaction."""
        world, into = self._world, list[Lot]()
        data = "0x9871efa4" + evm.word(amount)
        tx = world.evm.send(time, sender, self.contract, amount, data=data, gas=evm.CALL_GAS, into=into, intent=intent)
        held = world.hold(tx, self.contract, evm.ETH, into)
        paid = exchanged(self._dice, amount, evm.ETH, tron.USDT, 5)
        wait = self._dice.between(120, 1_200)
        world.at(time + wait, lambda then: self._pay(then, tx, sender, amount, address, paid, held))
        return tx

    def _pay(self, time: int, tx: str, sender: str, amount: int, address: str, paid: int, held: Account) -> None:
        world = self._world
        lots = world.book.convert(world.release(held), paid)
        out = world.tron.send(time, self.tron, address, paid, brought=lots)
        world.arrived(tron.CHAIN.id, address)
        world.passages.append(Passage("bridge", self.NAME, tx, out, ""))
        note = "the bridge's page of orders"
        world.orders.append(
            Conversion(evm.ETH, amount, sender, tron.USDT, paid, address, tx, out, Grade.ASSERTED, note)
        )


class Exchanger:
    """An instant exchanger without records: ETH to an order's address, BTC from its own stock; a custodial mixer."""

    NAME = "Simulated Exchanger"

    def __init__(self, world: World, dice: Dice) -> None:
        self._world, self._dice = world, dice
        served = (self.NAME, "mixer", Category.MIXER)
        self.hot = world.serve(evm.CHAIN.id, world.names.evm_address(), *served, f"{self.NAME} hot wallet")
        address = world.serve(bitcoin.CHAIN.id, world.names.bitcoin_address(), *served, f"{self.NAME} payouts")
        self.purse = Purse(world, address)

    def to_bitcoin(self, time: int, sender: str, amount: int, address: str, intent: Intent = Intent.OLDEST) -> str:
        """A deposit that is swept within hours and paid out at another time; the inbound transaction."""
        world, into = self._world, list[Lot]()
        deposit = world.serve(evm.CHAIN.id, world.names.evm_address(), self.NAME, "mixer")
        tx = world.evm.send(time, sender, deposit, amount, into=into, intent=intent)
        held = world.hold(tx, self.hot, evm.ETH, into)
        paid = exchanged(self._dice, amount, evm.ETH, bitcoin.BTC, self._dice.between(5, 20))
        world.at(time + self._dice.between(HOUR, 6 * HOUR), lambda then: self._sweep(then, deposit))
        world.at(time + self._dice.between(HOUR // 4, 3 * HOUR), lambda then: self._pay(then, tx, address, paid, held))
        return tx

    def _sweep(self, time: int, deposit: str) -> None:
        price = self._world.evm.price()
        rest = self._world.evm.balance(deposit) - evm.PLAIN_GAS * price
        self._world.evm.send(time, deposit, self.hot, rest, price=price)

    def _pay(self, time: int, tx: str, address: str, paid: int, held: Account) -> None:
        lots = hidden(self._world.book.convert(self._world.release(held), paid))
        made = self.purse.pay(time, [(address, paid)], brought=lots)
        self._world.passages.append(Passage("exchanger", self.NAME, tx, made[0].tx, ""))


class Note(NamedTuple):
    """A note in a pool, known to its owner alone."""

    size: int
    tx: str
    commitment: str
    owner: str
    held: Account
    leaf: int
    time: int
    gas_price: int


class PaidOut(NamedTuple):
    """A withdrawal, and the note it truly spent."""

    note: Note
    tx: str
    time: int
    recipient: str
    relayed: bool
    fee: int
    gas_price: int
    nullifier: str


class Mixer:
    """A Tornado-like mixer: pools of equal notes, withdrawals by relayers or by the recipient himself."""

    NAME = "Tornado Cash"

    def __init__(self, world: World, dice: Dice) -> None:
        self._world, self._dice = world, dice
        self.pools = {size: world.serve(evm.CHAIN.id, address, self.NAME, "mixer") for size, address in POOLS.items()}
        self.relayers = [
            world.serve(evm.CHAIN.id, world.names.evm_address(), f"Relayer {n}", "relayer") for n in range(1, 5)
        ]
        self.notes: dict[int, list[Note]] = {size: [] for size in POOLS}
        self.paid: list[PaidOut] = []

    def put(
        self, time: int, sender: str, size: int, owner: str, intent: Intent = Intent.OLDEST, price: int = 0
    ) -> Note:
        """One note of so many ETH."""
        world, into, pool = self._world, list[Lot](), self.pools[size]
        price = price or world.evm.price()
        commitment, leaf = world.names.evm_hash(), len(self.notes[size])
        event = Event(pool, (f"0x{DEPOSIT_TOPIC}", commitment), f"0x{evm.word(leaf)}{evm.word(time)}")
        tx = world.evm.send(
            time,
            sender,
            pool,
            size * ETHER,
            data=f"0xb214faa5{commitment[2:]}",
            gas=4 * evm.CALL_GAS,
            price=price,
            effects=[event],
            into=into,
            intent=intent,
        )
        held = world.hold(commitment, pool, evm.ETH, into)
        note = Note(size, tx, commitment, owner, held, leaf, world.evm.time, price)
        self.notes[size].append(note)
        return note

    def pay_out(self, time: int, note: Note, recipient: str, *, relayed: bool, price: int = 0) -> PaidOut:
        """Withdraw a note to an address; without a relayer the recipient pays the gas himself."""
        world, pool, whole = self._world, self.pools[note.size], note.size * ETHER
        fee = whole * _RELAYER_FEE // 1000 if relayed else 0
        relayer = self._dice.pick(self.relayers) if relayed else "0x" + "0" * 40
        nullifier, price = world.names.evm_hash(), price or world.evm.price()
        taken = hidden(world.book.spend(note.held, whole - fee))
        effects: list[evm.Effect] = [Pay(pool, recipient, whole - fee, brought=taken)]
        if fee:
            effects.append(Pay(pool, relayer, fee, brought=world.book.spend(note.held, fee)))
        data = f"0x{evm.word(recipient)}{nullifier[2:]}{evm.word(fee)}"
        effects.append(Event(pool, (f"0x{WITHDRAWAL_TOPIC}", f"0x{evm.word(relayer)}"), data))
        caller = relayer if relayed else recipient
        call = "0x21a0adb6" + "00" * 256
        tx = world.evm.send(time, caller, pool, data=call, gas=evm.CALL_GAS, price=price, effects=effects)
        paid = PaidOut(note, tx, world.evm.time, recipient, relayed, fee, price, nullifier)
        self.paid.append(paid)
        world.passages.append(Passage("mixer", f"{self.NAME} {note.size} ETH", note.tx, tx, note.owner))
        world.arrived(evm.CHAIN.id, recipient)
        return paid


class Broker:
    """An over-the-counter desk that buys USDT on TRON and pays in cash; what it does with the coins is its business."""

    def __init__(self, world: World, dice: Dice, name: str, *, labelled: bool) -> None:
        self._world, self._dice, self.name = world, dice, name
        category = Category.MARKET if labelled else None
        self.wallet = world.serve(tron.CHAIN.id, world.tron.address(), name, "broker", category)
        world.tron.accounts.add(self.wallet)

    def sell(self, time: int, to: str) -> None:
        """Sell a part of the stock to a customer, or at an exchange."""
        part = self._world.tron.balance(self.wallet) * self._dice.between(50, 400) // 1000
        if part > 10**6:
            self._world.pay_tron(time, self.wallet, to, part)
