"""What the writer looks up for each reply, held in memory: a question to the database for each would cost more than
the reply.
"""

import hashlib

import duckdb

from clew.model import Block


def reply_key(sha256: str, form: str, chain: str, query: str) -> bytes:
    """16 bytes that stand for a reply: a million of them must fit in memory."""
    return hashlib.blake2b("\n".join((sha256, form, chain, query)).encode(), digest_size=16).digest()


class Known:
    """The ledger's chains, replies and highest blocks, with those of the open batch."""

    def __init__(self, db: duckdb.DuckDBPyConnection) -> None:
        self.chains: dict[str, int] = dict(db.execute("SELECT name, id FROM chain").fetchall())
        self.replies: dict[bytes, int] = {}
        self.ingested: set[int] = set()
        for number, ingested, *words in db.execute(
            "SELECT id, top IS NOT NULL, sha256, format, chain, query FROM reply"
        ).fetchall():
            self.replies[reply_key(*words)] = number
            if ingested:
                self.ingested.add(number)
        self.next_reply = max(self.replies.values(), default=-1) + 1
        self.tips: dict[str, Block] = {
            name: Block(name, *rest)
            for name, *rest in db.execute(
                """SELECT name, max(height), arg_max(hash, height), arg_max(parent, height), arg_max(time, height)
                FROM block JOIN chain ON chain.id = block.chain GROUP BY name"""
            ).fetchall()
        }
