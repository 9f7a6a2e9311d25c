"""LayerZero: accounts of chains without EVM addresses, TRON's endpoint, and what version 1's packets vouch for."""

from dataclasses import replace

from tests.protocols.bridges.encoding import ALICE, BOB, RELAYER, address, event, number, transfer
from tests.protocols.bridges.test_edges import reasons
from tests.protocols.bridges.vectors import layerzero, layerzero1

from clew.chains import find_chain
from clew.protocols.bridges import Arrival, Departure, decode_messages
from clew.protocols.bridges.accounts import account

ETHEREUM, TRON = "eip155:1", "tron:0x2b6653dc"


def test_the_second_form_of_a_token_over_layerzero_1_is_read_alike() -> None:
    moved, packet, sent = layerzero1.CROSSINGS[1].out
    form = "SendToChain(*uint16,*address,*bytes32,uint256)"
    second = event(3, layerzero1.TOKEN, form, 102, ALICE, address(BOB), 50)
    assert [
        replace(m, log=3) for m in decode_messages(ETHEREUM, [moved, packet, second]) if isinstance(m, Departure)
    ] == (decode_messages(ETHEREUM, [moved, packet, sent]))


def test_a_packet_of_layerzero_1_vouches_only_for_its_contract_and_its_chain() -> None:
    moved, packet, sent = layerzero1.CROSSINGS[1].out
    elsewhere = replace(sent, topics=(sent.topics[0], number(110), sent.topics[2]))
    assert reasons(decode_messages(ETHEREUM, [moved, packet, elsewhere])) == ["foreign-contract"]
    assert reasons(decode_messages(ETHEREUM, [moved, replace(packet, contract=RELAYER), sent])) == ["foreign-contract"]
    received, paid, came = layerzero1.CROSSINGS[1].into
    of_another = replace(received, topics=(*received.topics[:2], address(RELAYER)))
    assert reasons(decode_messages("eip155:56", [of_another, paid, came])) == ["foreign-contract"]


def test_a_pool_of_stargate_1_is_held_to_its_packet_and_to_one_transfer() -> None:
    said, packet, moved = layerzero1.CROSSINGS[0].out
    other = replace(packet, data=packet.data.replace(number(999_995), number(999_994)))
    assert reasons(decode_messages(ETHEREUM, [said, other, moved])) == ["contradicted"]
    twice = replace(moved, index=4, data=number(10_000_000))
    assert reasons(decode_messages(ETHEREUM, [said, packet, moved, twice])) == ["contradicted"]


def test_a_token_of_layerzero_reaches_accounts_of_tron_and_of_solana() -> None:
    moved = layerzero.CROSSINGS[0].out[0]
    ends = {30420: (bytes(12) + bytes(range(1, 21)), find_chain("tron").id), 30168: (bytes(range(1, 33)), None)}
    for number_there, (to, chain) in ends.items():
        where = layerzero.path(12, 30101, layerzero.ADAPTER, number_there, layerzero.MINTER)
        body = b"\x01" + where + layerzero.guid(where) + to + number(layerzero.AMOUNT)[-8:]
        out = event(2, layerzero.ENDPOINT, "PacketSent(bytes,bytes,address)", body, b"", RELAYER)
        said = event(
            3, layerzero.ADAPTER, layerzero.SENT, layerzero.guid(where), number_there, ALICE, *[layerzero.AMOUNT] * 2
        )
        [departure] = decode_messages(ETHEREUM, [moved, out, said])
        assert isinstance(departure, Departure)
        assert departure.recipient == account(departure.to_chain, to)
        assert departure.to_chain == (chain or "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp")


def test_a_token_of_layerzero_arrives_on_tron_by_the_endpoint_there() -> None:
    token_hex, oft_hex = "0x" + "70" * 20, "0x" + "0f" * 20
    here = {text: account(TRON, bytes.fromhex(text[2:])) for text in (token_hex, oft_hex)}
    where = layerzero.path(12, 30101, layerzero.ADAPTER, 30420, oft_hex)
    form = "PacketDelivered((uint32,bytes32,uint64),address)"
    logs = [
        replace(transfer(1, token_hex, oft_hex, BOB, 9), contract=here[token_hex]),
        replace(event(2, oft_hex, layerzero.RECEIVED, layerzero.guid(where), 30101, BOB, 9), contract=here[oft_hex]),
        event(3, "TAy9xwjYjBBN6kutzrZJaAZJHCAejjK1V9", form, (30101, address(layerzero.ADAPTER), 12), oft_hex),
    ]
    [arrival] = decode_messages(TRON, logs)
    assert isinstance(arrival, Arrival)
    assert (arrival.id, arrival.asset) == (
        f"layerzero:{layerzero.guid(where).hex()}",
        f"{TRON}/trc20:{here[token_hex]}",
    )
    assert arrival.recipient == account(TRON, bytes.fromhex(BOB[2:]))
