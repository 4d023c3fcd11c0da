"""Gzip that is cut, damaged, doubled or misnamed."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from functools import partial

from tests.sources.malformed.changes import Mutation, Outcome, same
from tests.sources.malformed.goods import Good


def containers(good: Good) -> Iterator[Mutation]:
    for name, change in (
        ("gzip", partial(gzip.compress, mtime=0)),
        ("gzip of two members", _two_members),
        ("gzip of a member a line", _member_a_line),
    ):
        yield Mutation(name, change, Outcome.SAME, suffix=".gz")
        yield same(f"{name} without its ending", change)
    yield Mutation("text named .gz", bytes, Outcome.REFUSED, suffix=".gz")
    for name, change in (
        ("gzip cut in its header", lambda content: gzip.compress(content)[:5]),
        ("gzip cut in half", lambda content: _half(gzip.compress(content))),
        ("gzip cut between rows", _cut_between_rows),
        ("gzip without its last byte", lambda content: gzip.compress(content)[:-1]),
        ("gzip without its checksum", lambda content: gzip.compress(content)[:-8]),
        ("gzip with another checksum", _other_checksum),
        ("gzip with a damaged byte", _damaged),
        ("gzip with text after it", lambda content: gzip.compress(content) + content),
        ("gzip whose second member is cut", lambda content: _two_members(content)[:-4]),
        ("gzip of nothing", lambda content: gzip.compress(b"")),
        ("gzip of gzip", lambda content: gzip.compress(gzip.compress(content))),
    ):
        yield Mutation(name, change, Outcome.REFUSED, suffix=".gz")


def _half(content: bytes) -> bytes:
    return content[: len(content) // 2]


def _two_members(content: bytes) -> bytes:
    middle = content.index(b"\n", len(content) // 2) + 1
    return gzip.compress(content[:middle]) + gzip.compress(content[middle:])


def _member_a_line(content: bytes) -> bytes:
    return b"".join(map(gzip.compress, content.splitlines(keepends=True)))


def _cut_between_rows(content: bytes) -> bytes:
    """All but the last line, flushed so that no byte of a row is missing."""
    packer = zlib.compressobj(wbits=31)
    whole = content[: content.rindex(b"\n", 0, -1) + 1]
    return packer.compress(whole) + packer.flush(zlib.Z_FULL_FLUSH)


def _other_checksum(content: bytes) -> bytes:
    packed = bytearray(gzip.compress(content))
    packed[-6] ^= 0xFF
    return bytes(packed)


def _damaged(content: bytes) -> bytes:
    packed = bytearray(gzip.compress(content))
    packed[len(packed) // 2] ^= 0xFF
    return bytes(packed)
