"""Tables of the compliance records. Amounts are decimal text of base units: no database type holds 256 bits."""

from sqlalchemy import Column, Float, ForeignKey, Integer, MetaData, Table, Text, UniqueConstraint

METADATA = MetaData()

TOKENS = Table(
    "tokens",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("digest", Text, nullable=False, unique=True),  # SHA-256 of the token, which itself is never kept
    Column("scopes", Text, nullable=False),
    Column("created", Float, nullable=False),
    Column("revoked", Float),
)

ANSWERS = Table(
    "answers",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", Float, nullable=False),
    Column("token", Text, ForeignKey("tokens.id")),
    Column("kind", Text, nullable=False),  # address, name
    Column("subject", Text, nullable=False),  # the question, as JSON, so that it can be asked again
    Column("decision", Text, nullable=False),
    Column("reasons", Text, nullable=False),  # JSON
    Column("known", Text, nullable=False),  # versions of lists, tags and policy it rests on
    Column("reference", Text, nullable=False, default=""),
)

TRANSFERS = Table(
    "transfers",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("at", Float, nullable=False),
    Column("token", Text, ForeignKey("tokens.id")),
    Column("reference", Text, nullable=False),
    Column("direction", Text, nullable=False),  # deposit, withdrawal, intended-withdrawal
    Column("chain", Text, nullable=False),
    Column("asset", Text, nullable=False),
    Column("amount", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("tx", Text, nullable=False, default=""),
    Column("customer", Text, nullable=False, default=""),
    Column("decision", Text, nullable=False),
    Column("answer", Text, nullable=False),  # JSON
    UniqueConstraint("token", "direction", "reference"),
)

CHANGES = Table(
    "changes",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", Float, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("answer", Integer, ForeignKey("answers.id"), nullable=False),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("reasons", Text, nullable=False),
    Column("known_before", Text, nullable=False),
    Column("known_after", Text, nullable=False),
)

REQUESTS = Table(
    "requests",
    METADATA,
    Column("token", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("digest", Text, nullable=False),  # of the request: the same key for another one is an error
    Column("status", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("at", Float, nullable=False),
)

RESCREENINGS = Table(
    "rescreenings",
    METADATA,
    Column("known", Text, primary_key=True),
    Column("holder", Text, nullable=False),  # the process that does it; empty where none does
    Column("beat", Float, nullable=False),  # when it last said that it lives
    Column("behind", Integer, nullable=False, default=0),  # the last answer that need not be looked at again
)

JOURNALS = Table(
    "journals",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("posted", Integer, nullable=False),  # bytes of it
)
