"""SHA-256 inside kernels, both ways, against hashlib."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import numpy as np
import pytest
from numba import njit

from clew.chains.sha256 import (
    compress,
    compress_by_instructions,
    compress_by_words,
    has_instructions,
    hash_twice,
)

PADDING = b"\x80" + bytes(61) + b"\x02\x00"
"""What follows a message of 64 bytes."""


@njit
def by_words(state: Any, message: Any, at: Any) -> None:
    compress_by_words(state, message, at)


@njit
def by_instructions(state: Any, message: Any, at: Any) -> None:
    compress_by_instructions(state, message, at)


WAYS = [
    compress,
    by_words,
    pytest.param(
        by_instructions, marks=pytest.mark.skipif(not has_instructions(), reason="this processor has no SHA extensions")
    ),
]


@pytest.mark.parametrize("way", WAYS, ids=["chosen", "words", "instructions"])
def test_two_blocks_give_the_digest_of_their_message(way: Callable[..., None]) -> None:
    start = np.array([0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19])
    for fill in range(20):
        message = sha256(bytes([fill])).digest() + sha256(bytes([fill, 1])).digest()
        state, data = start.astype(np.uint32), np.frombuffer(b"odd" + message + PADDING, np.uint8).copy()
        way(state, data, 3)
        way(state, data, 67)
        assert state.astype(">u4").tobytes() == sha256(message).digest()


def test_messages_of_every_length_around_a_block() -> None:
    state, digest = np.zeros(8, np.uint32), np.zeros(32, np.uint8)
    for size in [*range(140), 1000]:
        text = bytes(place * 7 % 256 for place in range(size))
        room = np.full(max(size, 32) + 72, 0xAA, np.uint8)
        room[:size] = np.frombuffer(text, np.uint8)
        hash_twice(room, size, state, digest)
        assert digest.tobytes() == sha256(sha256(text).digest()).digest()
