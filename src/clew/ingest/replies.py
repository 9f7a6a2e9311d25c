"""One reply into the ledger."""

import hashlib
from collections.abc import Callable

from clew.ledger import Writer
from clew.model import Decoded, Reply

Decode = Callable[[Reply], Decoded]


def append_reply(writer: Writer, reply: Reply, decode: Decode) -> None:
    """Decode a reply and append what it shows, unless the ledger has it or its format has nothing to decode."""
    if reply.format.startswith("meta/"):
        return
    sha256 = hashlib.sha256(reply.body).hexdigest()
    if not writer.has_reply(reply, sha256):
        decoded = decode(reply)
        with writer.batch():
            writer.append(decoded, writer.reply(reply, sha256))
