"""What a forger, a fee, a refund or another application makes of a bridge's events, family by family."""

from dataclasses import replace

import pytest
from tests.protocols.bridges.encoding import (
    ALICE,
    ARBITRUM_WETH,
    BOB,
    RELAYER,
    TX,
    USDC,
    WETH,
    ZERO,
    address,
    event,
    number,
    transfer,
    unwrap,
)
from tests.protocols.bridges.vectors import (
    arbitrum,
    cctp,
    celer,
    debridge,
    layerzero,
    linea,
    multichain,
    orbit,
    polygon,
    ronin,
    scroll,
    symbiosis,
    wormhole,
    zksync,
)

from clew.chains import find_chain, parse_address
from clew.chains.logs import Log
from clew.protocols.bridges import Arrival, Departure, Message, Refusal, bridge_contracts, decode_messages
from clew.protocols.bridges.accounts import UnreadableError, account, account_of_text, asset, coin, token
from clew.protocols.bridges.registry import families

ETHEREUM, ARBITRUM, TRON = "eip155:1", "eip155:42161", "tron:0x2b6653dc"


def reasons(found: list[Message]) -> list[str]:
    """Reasons of the refusals; the names of what is none."""
    return [message.reason if isinstance(message, Refusal) else type(message).__name__ for message in found]


def test_no_log_says_nothing() -> None:
    assert decode_messages(ETHEREUM, []) == []
    assert decode_messages(ETHEREUM, [Log(ALICE, (), b"", 0, TX)]) == []
    assert decode_messages(ETHEREUM, [transfer(0, USDC, ALICE, BOB, 1)]) == []
    assert decode_messages("solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp", [Log("x", (b"",), b"", 0, "y")]) == []


def test_the_order_of_the_logs_given_is_of_no_account() -> None:
    crossing = cctp.CROSSINGS[0]
    assert decode_messages(crossing.in_chain, crossing.into[::-1]) == decode_messages(crossing.in_chain, crossing.into)


def test_the_same_address_on_a_chain_without_the_bridge_is_foreign() -> None:
    assert reasons(decode_messages("eip155:56", cctp.CROSSINGS[0].out)) == ["foreign-contract"]


def test_two_burns_of_one_transaction_are_two_departures() -> None:
    logs = cctp.CROSSINGS[0].out
    second = replace(logs[2], topics=(logs[2].topics[0], number(4712), *logs[2].topics[2:]), index=9)
    found = decode_messages(ETHEREUM, [*logs, second])
    assert [message.id for message in found if isinstance(message, Departure)] == ["cctp:0/4711", "cctp:0/4712"]


def test_a_burn_whose_recipient_was_replaced_moves_nothing_and_is_refused() -> None:
    assert reasons(decode_messages(ETHEREUM, cctp.CROSSINGS[0].out[2:])) == ["contradicted"]


def test_a_mint_goes_with_the_message_after_it_and_has_to_agree_with_it() -> None:
    mint, received = cctp.CROSSINGS[0].into[1:]
    paid = cctp.CROSSINGS[0].into[0]
    other = replace(received, data=received.data.replace(address(BOB), address(RELAYER)))
    for logs in ([paid, mint], [paid, mint, replace(received, index=0)], [paid, mint, other]):
        assert reasons(decode_messages("eip155:8453", logs)) == ["contradicted"]
    fee = cctp.CROSSINGS[1].into
    wrong = [replace(log, data=log.data.replace(number(cctp.FEE), number(cctp.FEE + 1))) for log in fee[:3]]
    assert reasons(decode_messages("eip155:8453", [*wrong, fee[3]])) != ["Arrival"]


def test_the_number_of_a_chain_that_is_not_known_stays_a_number_and_its_recipient_hex() -> None:
    logs = list(cctp.CROSSINGS[0].out)
    burn = logs[2]
    logs[2] = replace(burn, data=burn.data.replace(number(6), number(9_999)))
    [departure] = decode_messages(ETHEREUM, logs)
    assert isinstance(departure, Departure)
    assert (departure.to_chain, departure.recipient) == ("9999", f"0x{address(BOB).hex()}")


def test_a_recipient_that_is_no_address_of_its_chain_is_refused() -> None:
    logs = list(cctp.CROSSINGS[0].out)
    for bad in (b"\x01" * 32, bytes(32)):
        wrong = replace(logs[2], data=logs[2].data.replace(address(BOB), bad))
        assert reasons(decode_messages(ETHEREUM, [*logs[:2], wrong])) == ["bad-recipient"]


def test_an_unknown_token_without_a_packet_of_the_endpoint_is_foreign() -> None:
    moved, packet, sent = layerzero.CROSSINGS[0].out
    assert reasons(decode_messages(ETHEREUM, [moved, sent])) == ["foreign-contract"]
    elsewhere = replace(packet, contract=RELAYER)
    assert reasons(decode_messages(ETHEREUM, [moved, elsewhere, sent])) == ["foreign-contract"]


def test_another_contracts_packet_does_not_vouch_for_an_unknown_token() -> None:
    moved, packet, sent = layerzero.CROSSINGS[0].out
    forged = replace(sent, contract=RELAYER)
    [refusal] = decode_messages(ETHEREUM, [moved, packet, forged])
    assert isinstance(refusal, Refusal)
    assert (refusal.reason, "another contract" in refusal.detail) == ("foreign-contract", True)


def test_a_packet_whose_guid_is_not_its_hash_vouches_for_nothing() -> None:
    moved, packet, sent = layerzero.CROSSINGS[0].out
    wrong = replace(
        packet, data=packet.data.replace(number(12)[-8:] + number(30101)[-4:], number(13)[-8:] + number(30101)[-4:])
    )
    assert reasons(decode_messages(ETHEREUM, [moved, wrong, sent])) == ["foreign-contract"]


def test_stargates_bus_departs_without_an_id() -> None:
    sent = event(3, layerzero.POOL, layerzero.SENT, bytes(32), 30102, ALICE, 10**18, 10**18)
    [departure] = decode_messages(ETHEREUM, [sent])
    assert isinstance(departure, Departure)
    assert (departure.id, departure.asset, departure.recipient) == ("", "eip155:1/slip44:60", "")


def test_celers_liquidity_is_no_arrival() -> None:
    form = "WithdrawDone(bytes32,uint64,address,address,uint256,bytes32)"
    done = event(1, celer.POOL, form, celer.KEY, 1, ALICE, USDC, 5, bytes(32))
    assert decode_messages(ETHEREUM, [transfer(0, USDC, celer.POOL, ALICE, 5), done]) == []


def test_a_wrap_by_another_contract_leaves_the_token_a_token() -> None:
    sent, paid = celer.CROSSINGS[0].into
    other = unwrap(sent.index, ARBITRUM_WETH, RELAYER, 998 * 10**15)
    [arrival] = decode_messages(ARBITRUM, [other, paid])
    assert isinstance(arrival, Arrival)
    assert arrival.asset == f"{ARBITRUM}/erc20:{ARBITRUM_WETH}"


def test_other_applications_messages_of_wormhole_are_none_of_the_token_bridges() -> None:
    other = event(1, wormhole.CORE, wormhole.PUBLISHED, ALICE, 1, 0, wormhole.payload(1, 5, WETH, 2, BOB, 5), 1)
    attest = event(1, wormhole.CORE, wormhole.PUBLISHED, wormhole.BRIDGE, 1, 0, b"\x02" + bytes(99), 1)
    cut = event(1, wormhole.CORE, wormhole.PUBLISHED, wormhole.BRIDGE, 1, 0, b"\x01" + bytes(99), 1)
    assert [reasons(decode_messages(ETHEREUM, [log])) for log in (other, attest, cut)] == [[], [], ["truncated"]]


def test_a_redemption_with_two_payments_is_not_guessed() -> None:
    redeemed, paid = wormhole.CROSSINGS[0].into
    fee = transfer(5, wormhole.POLYGON_WETH, ZERO, RELAYER, 1)
    assert reasons(decode_messages("eip155:137", [redeemed, paid, fee])) == ["contradicted"]


def test_an_order_of_another_chain_is_contradicted() -> None:
    created = debridge.CROSSINGS[0].out
    paid = debridge.CROSSINGS[0].into
    assert reasons(decode_messages("eip155:8453", created)) == ["contradicted"]
    assert reasons(decode_messages("eip155:10", paid)) == ["contradicted"]


def test_an_order_for_tron_names_its_recipient_as_tron_does() -> None:
    log = debridge.CROSSINGS[0].out[1]
    tron = replace(log, data=log.data.replace(number(8453), number(100_000_026)))
    [departure] = decode_messages(ETHEREUM, [debridge.CROSSINGS[0].out[0], tron])
    assert isinstance(departure, Departure)
    assert departure.to_chain == TRON
    assert departure.recipient == parse_address("41" + BOB[2:], find_chain("tron")).value


def test_amounts_whose_sum_is_wider_than_256_bits_are_refused() -> None:
    given, log = debridge.CROSSINGS[0].out
    wide = replace(log, data=log.data.replace(number(999_600_000), number(2**256 - 1)))
    assert reasons(decode_messages(ETHEREUM, [given, wide])) == ["overflow"]
    whole = event(1, linea.SERVICE, linea.SENT, ALICE, BOB, 2**256 - 1, 1, 5, b"", linea.KEY)
    assert reasons(decode_messages(ETHEREUM, [whole])) == ["overflow"]


def test_linea_tells_ether_with_its_fee() -> None:
    [departure] = decode_messages(ETHEREUM, [linea.COIN])
    assert isinstance(departure, Departure)
    assert (departure.amount, departure.amount_out) == (10**18 + 10**15, 10**18)


def test_nfts_of_ronin_are_passed_over() -> None:
    wrapped, log = ronin.CROSSINGS[0].out
    nft = replace(log, data=log.data[: 9 * 32] + number(1) + log.data[10 * 32 :])
    assert decode_messages(ETHEREUM, [wrapped, nft]) == []


def test_the_robbed_gateway_of_ronin_paid_for_numbers_that_it_names() -> None:
    """As the first withdrawal of March 2022 was written: 173,600 ether, withdrawal 2,000,000."""
    gateway, thief, amount = "0x1a2a1c938ce3ec39b6d47113c7955baa9dd454f2", "0x" + "09" * 20, 173_600 * 10**18
    form = "TokenWithdrew(*uint256,*address,*address,uint256)"
    logs = [unwrap(0, WETH, gateway, amount), event(1, gateway, form, 2_000_000, thief, WETH, amount)]
    [arrival] = decode_messages(ETHEREUM, logs)
    assert isinstance(arrival, Arrival)
    assert (arrival.id, arrival.amount, arrival.asset) == ("ronin:1/withdrawal/2000000", amount, "eip155:1/slip44:60")


def test_polygon_syncs_and_commits_what_is_no_deposit() -> None:
    other = event(2, polygon.SENDER, "StateSynced(*uint256,*address,bytes)", 5, ALICE, polygon.DEPOSIT)
    committed = event(4, polygon.RECEIVER, "StateCommitted(*uint256,bool)", 5, True)
    failed = event(4, polygon.RECEIVER, "StateCommitted(*uint256,bool)", 5, False)
    minted = transfer(3, polygon.CHILD, ZERO, BOB, 80)
    assert decode_messages(ETHEREUM, [other]) == []
    assert decode_messages("eip155:137", [committed]) == []
    assert decode_messages("eip155:137", [minted, failed]) == []
    cut = event(2, polygon.SENDER, "StateSynced(*uint256,*address,bytes)", 5, polygon.MANAGER, polygon.DEPOSIT[:100])
    assert reasons(decode_messages(ETHEREUM, [cut])) == ["truncated"]


def test_two_states_of_one_transaction_have_each_their_mint() -> None:
    form = "StateCommitted(*uint256,bool)"
    logs = [transfer(1, polygon.CHILD, ZERO, BOB, 80), event(2, polygon.RECEIVER, form, 5, True)]
    logs += [transfer(3, polygon.CHILD, ZERO, ALICE, 90), event(4, polygon.RECEIVER, form, 6, True)]
    found = [(m.id, m.amount) for m in decode_messages("eip155:137", logs) if isinstance(m, Arrival)]
    assert found == [("polygon:5", 80), ("polygon:6", 90)]


def test_a_ticket_without_a_call_is_ether_for_its_target() -> None:
    words = [address(BOB), number(9 * 10**17), number(10**18), *(number(1) for _ in range(5)), number(0)]
    logs = [
        event(1, arbitrum.BRIDGE, arbitrum.DELIVERED, 8, bytes(32), arbitrum.INBOX, 9, ALICE, bytes(32), 1, 2),
        event(2, arbitrum.INBOX, "InboxMessageDelivered(*uint256,bytes)", 8, b"".join(words)),
    ]
    [departure] = decode_messages(ETHEREUM, logs)
    assert isinstance(departure, Departure)
    assert (departure.amount, departure.amount_out, departure.recipient) == (10**18, 9 * 10**17, BOB)
    calls = replace(logs[1], data=logs[1].data.replace(b"".join(words), b"".join([*words[:-1], number(4)])))
    assert decode_messages(ETHEREUM, [logs[0], calls]) == []


def test_accounts_come_out_in_the_form_of_their_chain() -> None:
    key = bytes(range(1, 33))
    assert account("eip155:59144", address(BOB)) == BOB
    assert account(TRON, bytes(11) + b"\x41" + bytes.fromhex(BOB[2:])) == account(TRON, bytes.fromhex(BOB[2:]))
    assert account("solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp", key) == "4wBqpZM9xaSheZzJSMawUKKwhdpChKbZ5eu5ky4Vigw"
    assert account("sui:mainnet", key) == f"0x{key.hex()}"
    assert account_of_text("eip155:59144", BOB.upper().replace("X", "x")) == BOB
    assert account_of_text("noble", " noble1abc ") == "noble1abc"
    for bad in (b"", bytes(20), b"\x41" + bytes.fromhex(BOB[2:]), bytes.fromhex(BOB[2:])[1:], bytes(13) + address(BOB)):
        with pytest.raises(UnreadableError):
            account("eip155:1", bad)
    with pytest.raises(UnreadableError, match="0xnothing"):
        account_of_text("eip155:1", "0xnothing")


def test_assets_are_named_where_the_form_of_the_chain_is_known() -> None:
    assert token("eip155:1", bytes(20)) == coin("eip155:1") == "eip155:1/slip44:60"
    assert token("eip155:1", b"\xee" * 20) == "eip155:1/slip44:60"
    assert token("eip155:999", address(USDC)) == f"eip155:999/erc20:{USDC}"
    assert token("sui:mainnet", b"\x01" * 32) == coin("sui:mainnet") == ""
    assert asset(TRON, "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t") == f"{TRON}/trc20:TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"


def test_every_contract_stops_a_walk_under_its_bridges_name() -> None:
    contracts = bridge_contracts()
    assert contracts[ETHEREUM, cctp.MESSENGER] == "CCTP"
    assert contracts["eip155:8453", "0x4200000000000000000000000000000000000010"] == "Base bridge"
    assert len(contracts) == len({(c.chain, c.address) for f in families().values() for c in f.contracts})


def test_orbits_tax_is_a_deposit_of_its_own_and_both_are_held_to_one_transfer() -> None:
    found = decode_messages(ETHEREUM, orbit.TAXED)
    assert [(m.amount, m.to_chain) for m in found if isinstance(m, Departure)] == [(10, "ORBIT"), (990, "eip155:8217")]
    less = [transfer(1, USDC, ALICE, orbit.VAULT, 999), *orbit.TAXED[1:]]
    assert reasons(decode_messages(ETHEREUM, less)) == ["contradicted", "contradicted"]


def test_a_payout_of_orbit_that_names_no_number_is_refused() -> None:
    short = event(2, orbit.VAULT, orbit.WITHDRAW, "KLAYTN", b"", orbit.B, bytes(20), [orbit.GOV, TX], [5, 18], b"")
    assert reasons(decode_messages(ETHEREUM, [short])) == ["truncated"]


def test_a_message_of_debridges_gate_carries_nothing() -> None:
    assert decode_messages(ETHEREUM, [debridge.MESSAGE]) == []


def test_scrolls_gateway_without_its_own_message_is_contradicted() -> None:
    moved, sent, said = scroll.CROSSINGS[0].out
    of_another = replace(sent, topics=(sent.topics[0], address(RELAYER), sent.topics[2]))
    assert reasons(decode_messages(ETHEREUM, [moved, said])) == ["contradicted"]
    assert reasons(decode_messages(ETHEREUM, [moved, of_another, said])) == ["contradicted"]
    paid, came, _ = scroll.CROSSINGS[0].into
    assert reasons(decode_messages("eip155:534352", [paid, came])) == ["contradicted"]


def test_a_departure_of_symbiosis_to_an_unknown_contract_has_no_id() -> None:
    moved, sent = symbiosis.CROSSINGS[0].out
    elsewhere = replace(sent, topics=(*sent.topics[:2], number(137), sent.topics[3]))
    [departure] = decode_messages(ETHEREUM, [moved, elsewhere])
    assert isinstance(departure, Departure)
    assert (departure.id, departure.to_chain) == ("", "eip155:137")


def test_multichains_text_names_a_recipient_of_any_chain() -> None:
    [departure] = decode_messages(ETHEREUM, multichain.TEXT)
    assert isinstance(departure, Departure)
    assert (departure.id, departure.to_chain, departure.recipient) == (
        f"multichain:{TX[2:]}", "1001313161554", "a.near",
    )  # fmt: skip


def test_zksyncs_older_bridges_repeat_what_the_later_one_says() -> None:
    paid, first = zksync.CROSSINGS[7].into
    alone = decode_messages(ETHEREUM, [paid, first])
    both = decode_messages(ETHEREUM, [paid, first, zksync.SHARED_PAID])
    assert [replace(m, log=2) for m in both if isinstance(m, Arrival)] == alone
    minted = event(4, zksync.VAULT, zksync.MINT, 324, zksync.ASSET, BOB, 30)
    out = transfer(1, USDC, zksync.VAULT, BOB, 30)
    [arrival] = decode_messages(ETHEREUM, [out, first, zksync.SHARED_PAID, minted])
    assert arrival.log == 4


def test_a_transaction_from_ethereum_that_pays_two_or_a_token_is_no_ether_on_zksync() -> None:
    paid, done = zksync.CROSSINGS[0].into[1:]
    twice = replace(paid, index=3)
    assert decode_messages("eip155:324", [paid, twice, done]) == []
    moved, minted = zksync.CROSSINGS[3].into
    [arrival] = decode_messages("eip155:324", [moved, minted, replace(paid, index=5), done])
    assert (arrival.log, isinstance(arrival, Arrival)) == (2, True)


def test_a_withdrawal_of_zksyncs_first_bridge_is_held_to_its_message() -> None:
    moved, sent, said = zksync.CROSSINGS[7].out
    other = replace(sent, data=sent.data.replace(number(30), number(31)))
    assert reasons(decode_messages("eip155:324", [moved, other, said])) == ["contradicted"]
    assert reasons(decode_messages("eip155:324", [moved, said])) == ["contradicted"]


def test_ether_that_moves_on_polygon_without_being_burnt_leaves_nowhere() -> None:
    for sender, receiver in ((ALICE, BOB), (ZERO, BOB)):
        moved = transfer(1, polygon.CHILD_ETHER, sender, receiver, 5)
        assert decode_messages("eip155:137", [moved]) == []
