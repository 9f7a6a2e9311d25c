"""What every family of bridges has to do, on the vectors of each: join both sides by id, and refuse what is not so."""

from dataclasses import asdict, replace
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.protocols.bridges.encoding import Crossing

from clew.chains.logs import Log
from clew.protocols.bridges import Arrival, Departure, Message, Refusal, bridge_contracts, decode_messages
from clew.protocols.bridges.registry import families

VECTORS = sorted(path.stem for path in (Path(__file__).parent / "vectors").glob("*.py"))
CROSSINGS: list[tuple[str, Crossing]] = [
    (family, crossing)
    for family in VECTORS
    for crossing in import_module(f"tests.protocols.bridges.vectors.{family}").CROSSINGS
]
every_crossing = pytest.mark.parametrize(
    "crossing", [c for _, c in CROSSINGS], ids=[f"{f}: {c.name}" for f, c in CROSSINGS]
)


def sides(crossing: Crossing) -> list[tuple[str, str, list[Log], int]]:
    """Name, chain, logs and the deciding event's index of both sides."""
    both = [("out", crossing.out_chain, crossing.out), ("into", crossing.in_chain, crossing.into)]
    return [(name, chain, logs, crossing.log.get(name, logs[-1].index)) for name, chain, logs in both if logs]


def decided(chain: str, logs: list[Log], index: int) -> Message | None:
    """What the event of that index says."""
    return next((message for message in decode_messages(chain, logs) if message.log == index), None)


def test_every_family_has_vectors() -> None:
    assert set(VECTORS) == set(families())


@every_crossing
def test_both_sides_say_what_their_events_say(crossing: Crossing) -> None:
    [departure] = decode_messages(crossing.out_chain, crossing.out)
    arrivals = decode_messages(crossing.in_chain, crossing.into)
    assert isinstance(departure, Departure), departure
    assert {name: asdict(departure)[name] for name in crossing.departure} == crossing.departure
    assert (departure.chain, departure.tx) == (crossing.out_chain, crossing.out[0].tx)
    for arrival in arrivals:
        assert isinstance(arrival, Arrival), arrival
        assert {name: asdict(arrival)[name] for name in crossing.arrival} == crossing.arrival
    assert len(arrivals) == bool(crossing.into)


@every_crossing
def test_the_ids_of_both_sides_are_one(crossing: Crossing) -> None:
    [departure] = decode_messages(crossing.out_chain, crossing.out)
    assert isinstance(departure, Departure)
    if not crossing.into:
        assert departure.id == "", "an id that no arrival bears is none"
        return
    [arrival] = decode_messages(crossing.in_chain, crossing.into)
    assert isinstance(arrival, Arrival)
    assert departure.id
    assert (departure.bridge, departure.id) == (arrival.bridge, arrival.id)


@every_crossing
def test_an_event_without_its_transfer_is_contradicted(crossing: Crossing) -> None:
    for name, chain, logs, index in sides(crossing):
        if name not in crossing.moves:
            continue
        others = [log for log in logs if not moves(log) or log.index == index]
        smaller = [replace(log, data=bytes(32)) if moves(log) and log.index != index else log for log in logs]
        for changed in (others, smaller):
            found = decided(chain, changed, index)
            assert isinstance(found, Refusal)
            assert found.reason == "contradicted"


def moves(log: Log) -> bool:
    """Whether it is a token's word."""
    return len(log.data) == 32 and len(log.topics) in (2, 3)


@every_crossing
def test_another_contracts_event_is_no_bridges(crossing: Crossing) -> None:
    for _, chain, logs, index in sides(crossing):
        moved = [replace(log, contract="0x" + "66" * 20) if log.index == index else log for log in logs]
        found = decided(chain, moved, index)
        assert (found.reason if isinstance(found, Refusal) else "") == crossing.foreign


@every_crossing
def test_cut_data_and_lost_topics_are_refused(crossing: Crossing) -> None:
    for _, chain, logs, index in sides(crossing):
        for log in logs:
            if log.index != index:
                continue
            cut = [replace(log, topics=log.topics[:-1]), replace(log, topics=(*log.topics, bytes(32)))]
            cut += [replace(log, data=log.data[:-33])] if len(log.data) > 32 else []
            for worse in cut:
                found = decided(chain, [worse if other is log else other for other in logs], index)
                assert found is None or isinstance(found, Refusal)


NUMBERS = st.one_of(st.integers(0, 400), st.integers(0, 2**256 - 1)).map(lambda n: n.to_bytes(32))


@settings(max_examples=20)
@given(st.data())
@every_crossing
def test_whatever_is_written_nothing_is_raised_or_invented(crossing: Crossing, data: st.DataObject) -> None:
    """Words of the deciding event are replaced: what is still read has an amount that stands in the transaction."""
    for _, chain, logs, index in sides(crossing):
        hostile = [_hostile(data, log) if log.index == index else log for log in logs]
        _only_amounts_of(hostile, decode_messages(chain, hostile))


def _hostile(data: st.DataObject, log: Log) -> Log:
    topics = [topic if data.draw(st.booleans()) else data.draw(st.binary(max_size=33)) for topic in log.topics[1:]]
    words = [log.data[at : at + 32] for at in range(0, len(log.data), 32)]
    for _ in range(data.draw(st.integers(0, 3))):
        if words:
            words[data.draw(st.integers(0, len(words) - 1))] = data.draw(NUMBERS)
    body = b"".join(words) if data.draw(st.booleans()) else data.draw(st.binary(max_size=400))
    return replace(log, topics=(log.topics[0], *topics), data=body)


def _only_amounts_of(logs: list[Log], messages: list[Message]) -> None:
    written = b"".join(log.data for log in logs)
    for message in messages:
        if not isinstance(message, Refusal):
            assert message.amount.to_bytes(32).lstrip(b"\0") in written


@given(st.sampled_from(sorted(bridge_contracts())), st.data())
@settings(max_examples=200)
def test_any_bytes_of_a_known_contract_are_read_or_refused(key: tuple[str, str], data: st.DataObject) -> None:
    topics = [event.signature.topic for family in families().values() for event in family.events]
    chain, contract = key
    written = st.tuples(st.sampled_from(topics), st.lists(st.binary(max_size=33), max_size=4), st.binary(max_size=700))
    for first, rest, body in data.draw(st.lists(written, max_size=3)):
        log = Log(contract, (first, *rest), body, 1, "0x00")
        _only_amounts_of([log], decode_messages(chain, [log]))
