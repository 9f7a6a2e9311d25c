"""The registry's facts: sources, canonical forms, published topics, and files that are refused with their fault."""

from dataclasses import replace

import pytest
from tests.protocols.bridges.encoding import event, number

from clew.errors import InputError
from clew.protocols.bridges import bridge_contracts
from clew.protocols.bridges.registry import families, read_family
from clew.protocols.refusal import RefusedError
from clew.protocols.signature import parse_signature

PUBLISHED = {
    # As explorers and public code show them.
    "0c8c1cbdc5190613ebd485511d4e2812cfa45eecb79d845893331fedad5130a5",  # DepositForBurn, version 2
    "0d969ae475ff6fcaf0dcfa760d4d8607244e8d95e9bf426f8d5d69f9a3e525af",  # LogAnySwapOut, version 7
    "104371f3b442861a2a7b82a070afbbaab748bb13757bf47769e170e37809ec1e",  # SentMessage (Scroll)
    "164f647883b52834be7a5219336e455a23a358be27519d0442fc0ee5e1b1ce2e",  # LogAnySwapIn, version 7
    "1ab700d4ced0c005b164c0f789fd09fcbb0156d4c2041b8a3bfbcd961cd1567f",  # PacketSent
    "1b2a7ff080b8cb6ff436ce0372e399692bbfb6d4ae5766fd8d58a7b8cc6142e6",  # MintAndWithdraw
    "21e88e956aa3e086f6388e899965cef814688f99ad8bb29b08d396571016372d",  # Withdrew (Ronin)
    "2d9d115ef3e4a606d698913b1eae831a3cdfe20d9a83d48007b0526749c3d466",  # BridgeCallTriggered
    "2fa9ca894982930190727e75500a97d8dc500233a5065e0f3126c48fbe0343c0",  # DepositForBurn
    "32ed1a409ef04c7b0227189c3a103dc5ac10e775a15b785dcc510201f7c25ad3",  # FundsDeposited
    "3cd5e48f9730b129dc7550f0fcea9c767b7be37837cd10e55eb35f734f4bca04",  # PacketDelivered
    "409e0ad946b19f77602d6cf11d59e1796ddaa4828159a0b4fb7fa2ff6b161b79",  # LogAnySwapOut, to text
    "44b559f101f8fbcc8a0ea43fa91a05a729a5ea6e14a7c75aa750374690137208",  # FilledRelay
    "571749edf1d5c9599318cdbc4e28a6475d65e87fd3b2ddbe1e9a8d5e7a0f0ff7",  # FilledV3Relay
    "6670de856ec8bf5cb2b7e957c5dc24759716056f79d97ea5e7c939ca0ba5a675",  # DepositETH (Scroll)
    "6ad3bf15c1988bc04bc153490cab16db8efb9a3990215bf1c64ea6e28be88483",  # CrossChainEvent (Poly)
    "6eb224fb001ed210e379b335e35efe88672a8ce935d981a6896b27ffdf52a3b2",  # LogMessagePublished
    "79fa08de5149d912dce8e5e8da7a7c17ccdf23dd5d3bfe196802e6eb86347c7c",  # Relay (Celer)
    "8ab9dc6c19fe88e69bc70221b339c84332752fdd49591b7c51e66bae3947b73c",  # FilledRelay (Across, 2023)
    "85496b760a4b7f8d66384b9df21b381f5d1b1e79f229a47aaf4c232edc2fe59a",  # OFTSent
    "8636abd6d0e464fe725a13346c7ac779b73561c705506044a2e6b2cdb1295ea5",  # LockEvent (Poly)
    "89d8051e597ab4178a863a5190407b98abfeff406aa8db90c59af76612e58f01",  # Send (Celer)
    "8a4a2663ce60ce4955c595da2894de0415240f1ace024cfbff85f513b656bdae",  # VerifyHeaderAndExecuteTxEvent (Poly)
    "8d20d8121a34dded9035ff5b43e901c142824f7a22126392992c353c37890524",  # Deposited (Ronin)
    "97116cf6cd4f6412bb47914d6db18da9e16ab2142f543b86e207c24fbd16b23a",  # LogAnySwapOut
    "9d4c83d2e57d7d381feb264b44a5015e7f9ef26340f4fc46b558a6dc16dd811a",  # Dispatch (Nomad)
    "9f9a97db84f39202ca3b409b63f7ccf7d3fd810e176573c7483088b6f181bbbb",  # Receive (Nomad)
    "a123dc29aebf7d0c3322c8eeb5b999e859f39937950ed31056532713d0de396f",  # V3FundsDeposited
    "a3d219cf126a12be40d7ad1ceef46231c987988dd4e686457b610e1b6b80a4bf",  # Send (Nomad)
    "afc4df6845a4ab948b492800d3d8a25d538a102a2bc07cd01f1cfa097fddcff6",  # FundsDeposited (Across, 2023)
    "aac9ce45fe3adf5143598c4f18a369591a20a3384aedaf1b525d29127e1fcd55",  # LogAnySwapIn
    "c6f985873b37805705f6bce756dce3d1ff4b603e298d506288cce499926846a7",  # FinalizeWithdrawERC20 (Scroll)
    "caf280c8cfeba144da67230d9b009c8f868a75bac9a528fa0474be1ba317c169",  # TransferRedeemed
    "d7b25068d9dc8d00765254cfb7f5070f98d263c8d68931d937c7362fa738048b",  # DepositRequested (Ronin)
    "d90288730b87c2b8e0c45bd82260fd22478aba30ae1c4d578b8daba9261604df",  # UnlockEvent (Poly)
    "e35dddd4ea75d7e9b3fe93af4f4e40e778c3da4074c9d93e7c6536f1e803c1eb",  # TransferSent (Hop)
    "efed6d3500546b29533b128a29e3a94d70788727f0507505ac12eaf2e578fd9c",  # OFTReceived
    "f313c253a5be72c29d0deb2c8768a9543744ac03d6b3cafd50cc976f1c2632fc",  # WithdrawalRequested (Ronin)
    "feb2000dca3e617cd6f3a8bbb63014bb54a124aac6ccbf73ee7229b4cd01f120",  # Withdraw (Polygon's Plasma)
}


def test_topics_are_the_published_ones() -> None:
    computed = {event.signature.topic.hex() for family in families().values() for event in family.events}
    assert computed >= PUBLISHED


def test_every_fact_has_a_public_source() -> None:
    for family in families().values():
        sources = [event.source for event in family.events] + [contract.source for contract in family.contracts]
        sources += [numbers.source for numbers in family.numbers.values()]
        sources += [family.names.source] if family.names else []
        assert all(source.startswith("https://") for source in sources)
        assert family.id
        assert family.untold


def test_no_contract_is_of_two_bridges() -> None:
    owners: dict[tuple[str, str], set[str]] = {}
    for family in families().values():
        for contract in family.contracts:
            owners.setdefault((contract.chain, contract.address), set()).add(contract.bridge)
    assert {key: names for key, names in owners.items() if len(names) > 1} == {}
    assert set(bridge_contracts()) == set(owners)


def test_a_chain_has_one_number_and_a_number_one_chain() -> None:
    for family in families().values():
        for numbers in family.numbers.values():
            assert len(set(numbers.chains.values())) == len(numbers.chains)
            assert all(numbers.number(numbers.chain(number)) == number for number in numbers.chains)


FILE = """
title = "Toy"
id = "one"
untold = "nothing"
read = 2026-11-26
[[event]]
name = "sent"
of = ["gate"]
signature = "Sent(uint64 indexed id, address to)"
source = "https://example.org"
[[contracts]]
bridge = "Toy"
role = "gate"
source = "https://example.org"
at = { "eip155:1" = "0xbd3fa81b58ba92a82136038b25adec7066af3155" }
[[numbers]]
name = "chain"
source = "https://example.org"
eip155 = [1, 10]
chains = { 7 = "eip155:137" }
[names]
source = "https://example.org"
chains = { MATIC = "eip155:137" }
"""


def test_a_file_is_read_as_it_stands() -> None:
    family = read_family("toy", FILE)
    assert family.events[0].signature.canonical == "Sent(uint64,address)"
    assert family.contracts[0].address == "0xbd3fa81b58ba92a82136038b25adec7066af3155"
    assert [family.numbers["chain"].chain(n) for n in (1, 7, 8)] == ["eip155:1", "eip155:137", "8"]
    assert family.numbers["chain"].number("eip155:56") is None
    assert family.names is not None
    assert [family.names.chain(name) for name in ("MATIC", "TON")] == ["eip155:137", "TON"]


@pytest.mark.parametrize(
    ("was", "instead", "complaint"),
    [
        ('title = "Toy"', "", "'title' is missing"),
        ("[[event]]", "[event", "not TOML"),
        ('of = ["gate"]', 'of = ["door"]', "no contract has a role"),
        ("address to", "address", "no field of an event"),
        ("uint64 indexed", "uint65 indexed", "no type of Solidity"),
        ("uint64 indexed", "uint264 indexed", "no type of Solidity"),
        ("uint64 indexed", "bytes33 indexed", "no type of Solidity"),
        ("uint64 indexed", "sint64 indexed", "no field of an event"),
        ("uint64 indexed", "uint64[0] indexed", "no field of an event"),
        ("uint64 indexed", "string[2] indexed", "no field of an event"),
        ("address to", "address id", "named twice"),
        ("https://example.org", "a friend", "public address"),
        ("0xbd3fa81b58ba", "0xBD3FA81B58BA", "EIP-55"),
        ("eip155:137", "polygon", "no CAIP-2 id"),
        ("eip155:137", "eip155:10", "stands twice"),
        ("eip155 = [1, 10]", "eip155 = [1, 10, 7]", "stands twice"),
        ('of = ["gate"]', 'of = ["gate"]\nforeign = "believe"', "foreign has to be"),
    ],
)
def test_a_wrong_file_is_refused_with_its_fault(was: str, instead: str, complaint: str) -> None:
    assert was in FILE
    with pytest.raises(InputError, match=complaint):
        read_family("toy", FILE.replace(was, instead))


def test_signatures_hash_as_solidity_does() -> None:
    transfer = parse_signature("Transfer(address indexed from, address indexed to, uint256 value)")
    assert transfer.topic.hex() == "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
    nested = parse_signature("Order((address to, (bytes id, uint8[] parts)[] legs) order, bytes32[] indexed all)")
    assert nested.canonical == "Order((address,(bytes,uint8[])[]),bytes32[])"


def test_signed_numbers_and_fixed_arrays_are_read_as_solidity_writes_them() -> None:
    signature = parse_signature("Paid(int64 fee, uint256[2] kept, int256 rest)")
    assert signature.canonical == "Paid(int64,uint256[2],int256)"
    log = event(0, "0x" + "66" * 20, "Paid(int64,uint256[2],int256)", -3, (5, 6), 2**255 - 1)
    assert signature.read(log) == {"fee": -3, "kept": [5, 6], "rest": 2**255 - 1}
    for wrong in (2**63, -(2**63) - 1, 2**64 - 1):
        with pytest.raises(RefusedError):
            signature.read(replace(log, data=number(wrong) + log.data[32:]))
    with pytest.raises(RefusedError):
        signature.read(replace(log, data=log.data[:-32]))
