"""Good inputs to begin from, made by hand: one of each form that a decoder reads."""

from hashlib import sha256
from typing import Any

from Crypto.Hash import keccak

BITCOIN = "bip122:000000000019d6689c085ae165831e93"
GENESIS = bytes.fromhex(
    "0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3"
    "888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c0101000000010000000000000000000000000000000000000000000000000000"
    "000000000000ffffffff4d04ffff001d0104455468652054696d65732030332f4a616e2f32303039204368616e63656c6c6f72206f6e2062"
    "72696e6b206f66207365636f6e64206261696c6f757420666f722062616e6b73ffffffff0100f2052a01000000434104678afdb0fe554827"
    "1967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5f"
    "ac00000000"
)
"""Bitcoin's first block, as every node has it."""

A, B, POOL = "0x" + "a1" * 20, "0x" + "b2" * 20, "0x47ce0c6ed5b0ce3d3a51fdb1c52dc66a7c3c2936"
USDT, USDC = "0xdac17f958d2ee523a2206206994597c13d831ec7", "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48"
WETH = "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"
TX, BLOCK, PARENT = "0x" + "01" * 32, "0x" + "02" * 32, "0x" + "03" * 32
TRON_A, TRON_USDT = "41" + "a1" * 20, "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"


def topic(signature: str) -> str:
    """The first topic of an event."""
    return "0x" + keccak.new(data=signature.encode(), digest_bits=256).hexdigest()


def word(value: int | str) -> str:
    """32 bytes in hex."""
    return f"{int(value, 16) if isinstance(value, str) else value:064x}"


def _log(contract: str, topics: list[str], data: str, index: int = 0) -> dict[str, Any]:
    place = {"blockNumber": "0x10", "blockHash": BLOCK, "transactionHash": TX, "transactionIndex": "0x0"}
    return place | {
        "address": contract,
        "topics": topics,
        "data": data,
        "logIndex": hex(index),
        "timeStamp": "0x5f5e100",
    }


LOGS = [
    _log(USDT, [topic("Transfer(address,address,uint256)"), "0x" + word(A), "0x" + word(B)], "0x" + word(5)),
    _log(USDT, [topic("AddedBlackList(address)")], "0x" + word(A), 1),
    _log(USDT, [topic("DestroyedBlackFunds(address,uint256)")], "0x" + word(A) + word(7), 2),
    _log(USDC, [topic("Blacklisted(address)"), "0x" + word(A)], "0x", 3),
    _log(WETH, [topic("Deposit(address,uint256)"), "0x" + word(A)], "0x" + word(9), 4),
    _log(POOL, [topic("Deposit(bytes32,uint32,uint256)"), "0x" + word(11)], "0x" + word(3) + word(1_600_000_000), 5),
    _log(
        POOL,
        [topic("Withdrawal(address,bytes32,address,uint256)"), "0x" + word(0)],
        "0x" + word(B) + word(12) + word(0),
        6,
    ),
    _log(A, [topic("ExecutionSuccess(bytes32,uint256)"), "0x" + word(1)], "0x" + word(0), 7),
]
_NAMED = {
    "block_number": 7,
    "block_timestamp": 1_650_000_000_000,
    "contract_address": TRON_USDT,
    "event_index": 0,
    "event_name": "DestroyedBlackFunds",
    "result": {"0": A, "1": "5", "_blackListedUser": A, "_balance": "5"},
    "result_type": {"_blackListedUser": "address", "_balance": "uint256"},
    "transaction_id": TX[2:],
}
LISTS = [{"status": "1", "message": "OK", "result": LOGS}, {"success": True, "data": [_NAMED], "meta": {}}]

_TRANSACTION = {
    "hash": TX,
    "blockHash": BLOCK,
    "blockNumber": "0x10",
    "transactionIndex": "0x0",
    "from": A,
    "to": WETH,
    "value": "0xde0b6b3a7640000",
    "gas": "0x186a0",
    "gasPrice": "0x3b9aca00",
    "input": "0xd0e30db0",
    "nonce": "0x0",
    "type": "0x2",
}
_RECEIPT = {
    "transactionHash": TX,
    "blockHash": BLOCK,
    "blockNumber": "0x10",
    "transactionIndex": "0x0",
    "from": A,
    "to": WETH,
    "contractAddress": None,
    "status": "0x1",
    "gasUsed": "0x5208",
    "effectiveGasPrice": "0x3b9aca00",
    "logs": LOGS,
}
_BLOCK = {
    "number": "0x10",
    "hash": BLOCK,
    "parentHash": PARENT,
    "timestamp": "0x5f5e100",
    "miner": B,
    "difficulty": "0x0",
    "baseFeePerGas": "0x7",
    "transactions": [_TRANSACTION],
    "withdrawals": [{"address": A, "amount": "0x5", "index": "0x0", "validatorIndex": "0x0"}],
    "uncles": [],
}
_TRACE = {
    "action": {"callType": "call", "from": A, "to": WETH, "value": "0xde0b6b3a7640000", "gas": "0x0", "input": "0x"},
    "result": {"gasUsed": "0x0", "output": "0x"},
    "type": "call",
    "traceAddress": [],
    "subtraces": 0,
    "transactionHash": TX,
    "transactionPosition": 0,
    "blockHash": BLOCK,
    "blockNumber": 16,
}
_FRAME = {"type": "CALL", "from": A, "to": WETH, "value": "0x1", "calls": [{"type": "CREATE2", "from": WETH, "to": B}]}
EVM_BLOCK = [
    {"block": {"result": _BLOCK}, "receipts": {"result": [_RECEIPT]}, "traces": {"result": [_TRACE]}},
    {"block": _BLOCK, "receipts": [_RECEIPT], "traces": {"result": [{"txHash": TX, "result": _FRAME}]}},
    {"block": {"result": _BLOCK}, "receipts": [{"id": 0, "result": _RECEIPT}], "traces": None},
]
TRANSACTION = [
    {"transaction": {"result": _TRANSACTION}, "receipt": {"result": _RECEIPT}, "block": {"result": _BLOCK}},
    {"transaction": {"result": _TRANSACTION}, "receipt": {"result": _RECEIPT}, "block": None},
]

_ROW = {
    "blockNumber": "16",
    "timeStamp": "1600000000",
    "hash": TX,
    "transactionIndex": "0",
    "from": A,
    "to": B,
    "value": "5",
    "gas": "100000",
    "gasPrice": "10",
    "gasUsed": "21000",
    "isError": "0",
    "txreceipt_status": "1",
    "input": "0x",
    "contractAddress": "",
    "traceId": "0",
    "type": "call",
    "errCode": "",
}
TXLIST = [
    {"status": "1", "message": "OK", "result": [_ROW, {**_ROW, "to": WETH, "input": "0xd0e30db0"}]},
    {"status": "0", "message": "No transactions found", "result": []},
    {"status": "0", "message": "NOTOK", "result": "Max rate limit reached"},
]
TOKENTX = [
    {
        "status": "1",
        "message": "OK",
        "result": [{**_ROW, "contractAddress": USDT, "tokenName": "T", "tokenSymbol": "USDT", "tokenDecimal": "6"}],
    }
]

_COIN = {
    "value": 1.5,
    "n": 0,
    "scriptPubKey": {"hex": "0014" + "aa" * 20, "address": "x", "type": "witness_v0_keyhash"},
}


def _root(one: str, two: str) -> str:
    """The merkle root of two transactions."""
    both = bytes.fromhex(one)[::-1] + bytes.fromhex(two)[::-1]
    return sha256(sha256(both).digest()).digest()[::-1].hex()


GETBLOCK = [
    {
        "result": {
            "hash": BLOCK[2:],
            "previousblockhash": PARENT[2:],
            "merkleroot": _root(TX[2:], PARENT[2:]),
            "height": 5,
            "time": 1_600_000_000,
            "tx": [
                {"txid": TX[2:], "vin": [{"coinbase": "00"}], "vout": [{**_COIN, "value": 50}]},
                {
                    "txid": PARENT[2:],
                    "vin": [
                        {"txid": TX[2:], "vout": 0, "prevout": {"value": 2, "scriptPubKey": _COIN["scriptPubKey"]}}
                    ],
                    "vout": [_COIN],
                    "fee": 0.5,
                },
            ],
        },
        "error": None,
    }
]
_PREVOUT = {"scriptpubkey": "0014" + "aa" * 20, "scriptpubkey_address": "x", "value": 9}
ESPLORA = [
    {
        "txid": TX[2:],
        "vin": [{"txid": PARENT[2:], "vout": 0, "prevout": _PREVOUT, "is_coinbase": False}],
        "vout": [{"scriptpubkey": "0014" + "bb" * 20, "scriptpubkey_address": "y", "value": 7}],
        "fee": 2,
        "status": {"confirmed": True, "block_height": 5, "block_hash": BLOCK[2:], "block_time": 1_600_000_000},
    }
]

_VALUE = {"owner_address": TRON_A, "to_address": "41" + "b2" * 20, "amount": 5}
TRON_TRANSACTIONS = [
    {
        "success": True,
        "meta": {},
        "data": [
            {
                "txID": TX[2:],
                "blockNumber": 7,
                "block_timestamp": 1_650_000_000_000,
                "ret": [{"contractRet": "SUCCESS", "fee": 3}],
                "raw_data": {"contract": [{"type": "TransferContract", "parameter": {"value": _VALUE}}]},
                "internal_transactions": [],
            },
            {
                "internal_tx_id": "9",
                "tx_id": PARENT[2:],
                "block_timestamp": 1_650_000_000_000,
                "from_address": TRON_A,
                "to_address": "41" + "b2" * 20,
                "data": {"note": "call", "rejected": False, "call_value": {"_": 5}},
            },
        ],
    }
]
TRON_TRC20 = [
    {
        "success": True,
        "meta": {},
        "data": [
            {
                "transaction_id": TX[2:],
                "token_info": {"symbol": "USDT", "address": TRON_USDT, "decimals": 6, "name": "Tether USD"},
                "block_timestamp": 1_650_000_000_000,
                "from": TRON_USDT,
                "to": TRON_USDT,
                "type": "Transfer",
                "value": "5",
            }
        ],
    }
]
TRON_INFO = [
    {
        "id": TX[2:],
        "blockNumber": 7,
        "blockTimeStamp": 1_650_000_000_000,
        "receipt": {"result": "SUCCESS"},
        "log": [
            {
                "address": "a614f803b6fd780986a42c78ec9c7f77e6ded13c",
                "topics": [topic("Transfer(address,address,uint256)")[2:], word(A), word(B)],
                "data": word(5),
            }
        ],
        "internal_transactions": [
            {
                "hash": PARENT[2:],
                "caller_address": TRON_A,
                "transferTo_address": "41" + "b2" * 20,
                "callValueInfo": [{"callValue": 5}],
                "note": "63616c6c",
            }
        ],
    }
]

MEMOS = [
    b"=:b:bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4:0/1/0:dx:30",
    b"SWAP:ETH.USDT-" + USDT[2:].upper().encode() + b":" + A.encode() + b":161e6:t:10",
    b"s:UNKNOWN.THING-X::shapeshift:100",
    b"+:BTC.BTC:thor1xyz:t:0",
    b"-:BTC.BTC:10000:ETH.ETH",
    b"OUT:" + b"AB" * 32,
    b"REFUND:" + b"AB" * 32,
    b"~:name:BTC:bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
    b"LOAN+:BTC.BTC:bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4:0:t:0",
    b"MIGRATE:123",
]


def _string(text: bytes) -> bytes:
    return len(text).to_bytes(32) + text + bytes(-len(text) % 32)


CALLS = [
    bytes.fromhex("44bc937b" + word(A) + word(0) + word(5) + word(160) + word(2**40)) + _string(MEMOS[0]),
    bytes.fromhex("574da717" + word(A) + word(0) + word(5) + word(128)) + _string(MEMOS[5]),
    bytes.fromhex("1fece7b4" + word(A) + word(USDT) + word(5) + word(128)) + _string(MEMOS[1]),
    MEMOS[0],
]
TORNADO = [
    bytes.fromhex("b214faa5" + word(11)),
    bytes.fromhex("13d98d13" + word(POOL) + word(11) + word(96) + word(3) + "aabbcc" + "00" * 29),
    bytes.fromhex("21a0adb6" + word(224) + word(1) + word(2) + word(A) + word(B) + word(3) + word(4) + word(0)),
    bytes.fromhex(
        "b438689f" + word(POOL) + word(256) + word(1) + word(2) + word(A) + word(B) + word(3) + word(4) + word(0)
    ),
]
_LEG = {"txID": "AB" * 32, "address": "bc1q", "coins": [{"asset": "BTC.BTC", "amount": "25000000"}]}
MIDGARD = [
    {
        "count": "1",
        "actions": [
            {
                "type": "swap",
                "status": "success",
                "date": "1650000000000000000",
                "height": "5",
                "in": [{"txID": "CD" * 32, "address": A, "coins": [{"asset": "ETH.ETH", "amount": "900000000"}]}],
                "out": [_LEG],
                "metadata": {"swap": {"memo": "=:b:bc1q", "liquidityFee": "1", "networkFees": []}},
                "pools": ["BTC.BTC"],
            }
        ],
    }
]
THORNODE = [
    {
        "observed_tx": {
            "tx": {
                "id": "CD" * 32,
                "chain": "ETH",
                "from_address": A,
                "to_address": B,
                "coins": [{"asset": "ETH.ETH", "amount": "900000000"}],
                "memo": "=:b:bc1q",
            },
            "out_hashes": ["AB" * 32],
            "status": "done",
        }
    }
]
