"""A node's transaction status: recorded replies, and replies that are not what they say."""

from collections.abc import Callable
from pathlib import Path

import pytest

from clew.errors import SourceError
from clew.protocols.thorchain.memo import Memo, parse_memo
from clew.protocols.thorchain.midgard import Coin
from clew.protocols.thorchain.thornode import Observed, decode_tx


@pytest.mark.data
def test_status_vault_and_outbound_are_read(shared_data: Callable[[str], Path]) -> None:
    def recorded(name: str) -> Observed:
        return decode_tx(shared_data(f"thorchain/thornode/tx-{name}.json").read_bytes())

    done, incomplete = recorded("status"), recorded("incomplete")
    assert (done.chain, done.vault, done.coins) == (
        "BTC",
        "bc1q649hq3ltrcegyj5kze2ukmhdmncl8afnueev4c",
        (Coin("BTC.BTC", 210000),),
    )
    assert done.done
    assert done.outbound == (), "the payout stayed on THORChain"
    assert not incomplete.done
    assert incomplete.outbound == ("442A51666184732C2D7EA15BDD45B0B959B07CB1F8C35ADFB276AC6914371CF8",)
    for found in (done, incomplete, recorded("observed")):
        assert isinstance(parse_memo(found.memo), Memo)


@pytest.mark.parametrize("body", [b"x", b"{}", b'{"observed_tx": {"tx": 1}}', b'{"observed_tx": {"tx": {"id": 1}}}'])
def test_a_reply_that_is_none_is_refused(body: bytes) -> None:
    with pytest.raises(SourceError):
        decode_tx(body)
