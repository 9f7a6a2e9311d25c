"""The ledger's tables: integers in `transfer`, every text once in a dictionary table.

A transfer row is 80 bytes of integers; chains, transactions, accounts and assets are ids into their tables. The
position (height, index, time) stands with the transaction, so what one reply knows of it, every row of it knows.
No table has an index: the Writer keeps rows unique by joins, which load columns by the million.
"""

# ruff: noqa: S608 (statements are composed of constants; values are always parameters)

import duckdb

from clew.errors import InputError
from clew.model import Kind

VERSION = 1
"""Raised by every change of a table that an older Clew could not read or write."""

KINDS = tuple(Kind)
"""``transfer.kind`` is an index into it; the names stand in table `kind`."""

TABLES = """
CREATE TABLE meta (version INTEGER NOT NULL);
CREATE TABLE kind (id TINYINT NOT NULL, name VARCHAR NOT NULL);
CREATE TABLE chain (id SMALLINT NOT NULL, name VARCHAR NOT NULL);
CREATE TABLE tx (
    id INTEGER NOT NULL, chain SMALLINT NOT NULL, name VARCHAR NOT NULL,
    height BIGINT NOT NULL DEFAULT -1,    -- -1: no reply says it; so are tx_index and time
    tx_index INTEGER NOT NULL DEFAULT -1,
    time BIGINT NOT NULL DEFAULT -1
);
CREATE TABLE account (id INTEGER NOT NULL, chain SMALLINT NOT NULL, name VARCHAR NOT NULL);
CREATE TABLE asset (id INTEGER NOT NULL, chain SMALLINT NOT NULL, name VARCHAR NOT NULL);
CREATE TABLE transfer (
    tx INTEGER NOT NULL,
    seq BIGINT NOT NULL,                  -- negative: a derived place
    kind TINYINT NOT NULL, asset INTEGER NOT NULL,
    sender INTEGER NOT NULL, receiver INTEGER NOT NULL,
    amount_0 UBIGINT NOT NULL,            -- least significant 64 bits
    amount_1 UBIGINT NOT NULL, amount_2 UBIGINT NOT NULL, amount_3 UBIGINT NOT NULL,
    k INTEGER NOT NULL,                   -- counts a transaction's transfers that are equal in all above but seq
    owner INTEGER NOT NULL,               -- account, or -1
    reply INTEGER NOT NULL                -- of the replies that show it, the one of the smallest digest
);
CREATE TABLE reply (
    id INTEGER NOT NULL, sha256 VARCHAR NOT NULL, format VARCHAR NOT NULL, chain VARCHAR NOT NULL,
    query VARCHAR NOT NULL, fetched VARCHAR NOT NULL,
    top BIGINT                            -- greatest height it shows; NULL while its rows are not in the ledger
);
CREATE TABLE claim (asset INTEGER NOT NULL, symbol VARCHAR NOT NULL, decimals INTEGER NOT NULL, reply INTEGER NOT NULL);
CREATE TABLE block (
    chain SMALLINT NOT NULL, height BIGINT NOT NULL, hash VARCHAR NOT NULL, parent VARCHAR NOT NULL,
    time BIGINT NOT NULL, reply INTEGER NOT NULL
);
CREATE TABLE history (
    chain VARCHAR NOT NULL, account VARCHAR NOT NULL, status VARCHAR NOT NULL, covers VARCHAR NOT NULL,
    detail VARCHAR NOT NULL
);
CREATE TABLE limitation (
    code VARCHAR NOT NULL, detail VARCHAR NOT NULL, chain VARCHAR NOT NULL, address VARCHAR NOT NULL,
    amount VARCHAR, asset VARCHAR NOT NULL, reply INTEGER NOT NULL
);
"""

# A 256-bit amount as decimal text: the four limbs times the digits of 2**64, 2**128, 2**192 in base 10**18, with
# the carry; no sum reaches 2**126, so UHUGEINT holds every step exactly.
READABLE = """
CREATE MACRO digit_0(a, b, c, d) AS
    a::UHUGEINT + b::UHUGEINT * 446744073709551616 + c::UHUGEINT * 374607431768211456
    + d::UHUGEINT * 355444464034512896;
CREATE MACRO digit_1(a, b, c, d) AS
    b::UHUGEINT * 18 + c::UHUGEINT * 282366920938463463 + d::UHUGEINT * 789423207666416102
    + digit_0(a, b, c, d) // 1000000000000000000;
CREATE MACRO digit_2(a, b, c, d) AS
    c::UHUGEINT * 340 + d::UHUGEINT * 101735386680763835 + digit_1(a, b, c, d) // 1000000000000000000;
CREATE MACRO digit_3(a, b, c, d) AS d::UHUGEINT * 6277 + digit_2(a, b, c, d) // 1000000000000000000;
CREATE MACRO decimal_digits(digit) AS lpad((digit % 1000000000000000000)::VARCHAR, 18, '0');
CREATE MACRO decimal_text(a, b, c, d) AS coalesce(nullif(ltrim(concat(
    digit_3(a, b, c, d)::VARCHAR, decimal_digits(digit_2(a, b, c, d)),
    decimal_digits(digit_1(a, b, c, d)), decimal_digits(digit_0(a, b, c, d))), '0'), ''), '0');
CREATE VIEW transfers AS
SELECT chain.name AS chain, tx.height, tx.tx_index, abs(transfer.seq) AS seq, tx.name AS tx,
    make_timestamp(1000000 * nullif(tx.time, -1)) AS utc,
    kind.name AS kind, asset.name AS asset, sender.name AS sender, receiver.name AS receiver,
    decimal_text(amount_0, amount_1, amount_2, amount_3) AS amount, owner.name AS owner, reply.sha256 AS reply
FROM transfer
JOIN tx ON tx.id = transfer.tx JOIN chain ON chain.id = tx.chain JOIN kind ON kind.id = transfer.kind
JOIN asset ON asset.id = transfer.asset JOIN account sender ON sender.id = transfer.sender
JOIN account receiver ON receiver.id = transfer.receiver LEFT JOIN account owner ON owner.id = transfer.owner
JOIN reply ON reply.id = transfer.reply;
COMMENT ON VIEW transfers IS 'For people: every transfer in words, the amount as exact decimal text of base units';
"""


def create(db: duckdb.DuckDBPyConnection) -> None:
    """Make the tables of an empty ledger."""
    kinds = ", ".join(f"({code}, '{kind}')" for code, kind in enumerate(KINDS))
    db.execute(
        f"BEGIN; {TABLES} {READABLE} INSERT INTO meta VALUES ({VERSION}); INSERT INTO kind VALUES {kinds}; COMMIT"
    )


def check(db: duckdb.DuckDBPyConnection, where: str) -> None:
    """InputError where the file is no ledger, or one that this version cannot read."""
    names = {name for (name,) in db.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    if not {"meta", "kind", "transfer"} <= names:
        raise InputError("a DuckDB file, but not a ledger of Clew", where=where, mend="name another path")
    ((version,),) = db.execute("SELECT max(version) FROM meta").fetchall()
    kinds = tuple(name for (name,) in db.execute("SELECT name FROM kind ORDER BY id").fetchall())
    if version != VERSION or kinds != KINDS:
        stranger = "" if version != VERSION else ", with other kinds of transfer"
        raise InputError(
            f"the ledger has schema version {version}{stranger}, this Clew reads version {VERSION}",
            where=where,
            mend="use the Clew that made it, or delete it and run again: it is rebuilt from the case's evidence",
        )
