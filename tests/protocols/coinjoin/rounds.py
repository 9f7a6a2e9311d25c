"""Transactions made by the rules of each protocol, and ordinary ones that look a little like them.

Written from the protocols' own descriptions, not from the rules under test. Every function draws from a `Random`, so
that hypothesis chooses the seed and the sizes.
"""

from random import Random

from clew.chains.rawblock import Output
from clew.protocols.coinjoin import Input, Transaction

SEGWIT_INPUT, SEGWIT_OUTPUT, OVERHEAD = 68, 31, 11
"""Virtual bytes of a P2WPKH input and output, and of the rest of a transaction."""
DUST = 1_000


def address(random: Random) -> bytes:
    return b"\x00\x14" + random.randbytes(20)


def legacy(random: Random) -> bytes:
    return b"\x76\xa9\x14" + random.randbytes(20) + b"\x88\xac"


def coin(random: Random, amount: int, script: bytes | None = None) -> Input:
    outpoint = f"{random.randbytes(32).hex()}:{random.randrange(4)}"
    return Input(outpoint, Output(amount, address(random) if script is None else script))


def coins(random: Random, total: int, count: int) -> list[Input]:
    """Coins of one owner that add up to `total`."""
    cuts = sorted(random.sample(range(1, total), count - 1))
    return [coin(random, high - low) for low, high in zip([0, *cuts], [*cuts, total], strict=True)]


def transaction(random: Random, inputs: list[Input], outputs: list[Output], time: int | None = None) -> Transaction:
    random.shuffle(inputs)
    random.shuffle(outputs)
    return Transaction(random.randbytes(32).hex(), tuple(inputs), tuple(outputs), time)


def wasabi_1(random: Random, base: int, participants: int, levels: int, rate: int) -> Transaction:
    """A ZeroLink round: everybody gets the base value, the rich its doubles too; all pay 0.003 % a participant.

    The doubles start from a base up to 0.02 % lower, as in block 702861 (10,944,832 and 2 x 10,943,828 sat).
    Each level has two participants or more. At least a third bring one coin (in the rounds of 2018 two thirds did), and
    one in five keeps no change.
    """
    inputs, outputs, earned = [], [], 0
    lower = base - random.choice((0, random.randint(0, base // 5_000)))
    for number in range(participants):
        count = 1 if number % 3 == 0 else random.choice((1, 1, 2, 3))
        highest = levels if number < 2 else random.randint(1, levels)
        paid = [base, *(lower << level for level in range(1, highest))]
        coordinator = sum(paid) * participants * 3 // 100_000
        fee = rate * (SEGWIT_INPUT * count + SEGWIT_OUTPUT * (len(paid) + 1) + 2)
        change = 0 if number % 5 == 4 else random.randint(DUST, 4 * base)
        inputs += coins(random, sum(paid) + change + coordinator + fee, count)
        outputs += [Output(value, address(random)) for value in (*paid, *([change] if change else []))]
        earned += coordinator
    return transaction(random, inputs, [*outputs, Output(earned, address(random))])


def wasabi_2(random: Random, denominations: list[int], inputs: int, rate: int) -> Transaction:
    """A WabiSabi round: each coin is cut into standard denominations, largest first, at most ten of them."""
    spent, outputs = [], []
    for _ in range(inputs):
        amount = random.randint(50_000, 5_000_000_000)
        rest = amount - rate * (SEGWIT_INPUT + 4 * SEGWIT_OUTPUT)
        spent.append(coin(random, amount))
        for _ in range(10):
            fitting = [value for value in denominations if value <= rest - rate * SEGWIT_OUTPUT]
            if not fitting:
                break
            value = random.choice(fitting[-3:])
            outputs.append(Output(value, address(random)))
            rest -= value + rate * SEGWIT_OUTPUT
    spent.sort(key=lambda item: -(item.spent.amount if item.spent else 0))
    outputs.sort(key=lambda output: -output.amount)
    return Transaction(random.randbytes(32).hex(), tuple(spent), tuple(outputs))


def whirlpool(random: Random, pool: int, participants: int, entrants: int, excess: int) -> Transaction:
    """A mix of a pool: entrants bring a little more, which pays the miner."""
    inputs = [coin(random, pool + (excess if number < entrants else 0)) for number in range(participants)]
    return transaction(random, inputs, [Output(pool, address(random)) for _ in range(participants)])


def tx0(random: Random, pool: int, fee: int, premixes: int, excess: int, change: int) -> Transaction:
    """A wallet's coin cut into premixes, with the coordinator's fee, an opaque payload and change."""
    outputs = [Output(0, b"\x6a\x40" + random.randbytes(64)), Output(fee, address(random))]
    outputs += [Output(pool + excess, address(random)) for _ in range(premixes)]
    outputs += [Output(change, address(random))] if change else []
    return transaction(random, [coin(random, sum(o.amount for o in outputs) + 5_000)], outputs)


def joinmarket(random: Random, value: int, makers: int, *, sweep: bool) -> Transaction:
    """A taker and makers, each with an output of the taker's value; makers keep change and earn up to 0.2 % of it."""
    inputs, outputs, earned = [], [], 0
    for number in range(makers):
        change = random.randint(3_000, 20 * value)
        gain = random.randint(1, max(1, value // 500))
        inputs += coins(random, value + change - gain, 1 if number % 2 == 0 else random.choice((1, 2, 3)))
        outputs += [Output(value, address(random)), Output(change, address(random))]
        earned += gain
    kept = 0 if sweep else random.randint(3_000, 5 * value)
    inputs += coins(random, value + kept + earned + 2_000 * makers, random.randint(1, 4))
    outputs += [Output(value, address(random)), *([Output(kept, address(random))] if kept else [])]
    return transaction(random, inputs, outputs)


def payment(random: Random, inputs: int) -> Transaction:
    """A payment with change, from one wallet's coins."""
    spent = [coin(random, random.randint(10_000, 10**9)) for _ in range(inputs)]
    total = sum(item.spent.amount for item in spent if item.spent)
    paid = random.randint(1_000, total - 5_000)
    outputs = [Output(paid, address(random)), Output(total - paid - 2_000, address(random))]
    return transaction(random, spent, outputs)


def batch(random: Random, equal: int, others: int, value: int, inputs: int) -> Transaction:
    """An exchange pays out: `equal` customers the same round amount, others any, from many deposit addresses."""
    outputs = [Output(value, address(random)) for _ in range(equal)]
    outputs += [
        Output(random.randint(10_000, 20 * value), random.choice((address, legacy))(random)) for _ in range(others)
    ]
    need = sum(output.amount for output in outputs) + 200 * (equal + others + inputs)
    spare = random.randint(5 * value, 50 * value)
    change_to = address(random)
    spent = coins(random, need + spare, inputs)
    return transaction(random, spent, [*outputs, Output(spare, change_to)])


def consolidation(random: Random, inputs: int) -> Transaction:
    """Many coins into one."""
    spent = [coin(random, random.randint(10_000, 10**8)) for _ in range(inputs)]
    total = sum(item.spent.amount for item in spent if item.spent)
    return transaction(random, spent, [Output(total - 100 * inputs, address(random))])
