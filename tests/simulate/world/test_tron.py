"""TRON's lists: read by Clew's own source to their end, page after page, and decoded to what was sent."""

import orjson

from clew.chains import decode
from clew.model import Kind, Reply
from clew.simulate.dice import Dice
from clew.simulate.names import Names
from clew.simulate.world.intentions import Intentions
from clew.simulate.world.tron import CHAIN, FEE_SUN, TRX_FEE, Tron
from clew.sources.transport import RecordedTransport
from clew.sources.trongrid import TronGridSource

START = 1_735_689_600


def test_a_long_list_goes_on_over_pages_and_nothing_is_lost() -> None:
    chain = Tron(Names(1), Dice(1, "tron"), Intentions(), start=START)
    payer, payee = chain.address(), chain.address()
    chain.accounts |= {payer, payee}
    chain.grant(payer, 10**10, 10**12)
    for number in range(450):
        chain.send(START + 60 * number, payer, payee, 1_000 + number)
    chain.send_trx(START + 10**6, payer, payee, 7)
    replies = [
        Reply(form, CHAIN.id, query, "1740000000", orjson.dumps(body))
        for form, query, body in chain.replies("1740000000")
    ]
    history = TronGridSource(CHAIN.id, RecordedTransport(replies)).history(payer, limit=10_000)
    assert history.status == "complete"
    moved = [transfer for reply in history.replies for transfer in decode(reply).transfers]
    tokens = [transfer for transfer in moved if transfer.kind is Kind.TOKEN]
    assert sorted(transfer.amount for transfer in tokens) == [1_000 + number for number in range(450)]
    assert {(transfer.sender, transfer.receiver) for transfer in tokens} == {(payer, payee)}
    assert sum(transfer.amount for transfer in moved if transfer.kind is Kind.BURN) == 450 * FEE_SUN + TRX_FEE
    assert [transfer.amount for transfer in moved if transfer.kind is Kind.NATIVE] == [7]
    assert chain.balance(payee) == sum(transfer.amount for transfer in tokens)
