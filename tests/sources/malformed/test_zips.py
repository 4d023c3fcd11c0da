"""Zips that are damaged, locked, empty, ambiguous or made to swell."""

from __future__ import annotations

import io
import random
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from clusterstats.errors import ClusterstatsError, OptionError
from clusterstats.sources import _zip
from tests.sources.malformed.goods import FLORES, SIRENE, Good
from tests.sources.malformed.verdicts import one_sentence, refuses, same

KINDS = {
    "stored": zipfile.ZIP_STORED,
    "deflated": zipfile.ZIP_DEFLATED,
    "bzip2": zipfile.ZIP_BZIP2,
    "lzma": zipfile.ZIP_LZMA,
}
BOTH = pytest.mark.parametrize("good", [SIRENE, FLORES], ids=lambda good: good.name)


def zipped(*members: tuple[str, bytes], kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", kind) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return content.getvalue()


def locked(content: bytes) -> bytes:
    """Say in both headers of the first member that it is encrypted."""
    changed = bytearray(content)
    changed[6] |= 1
    changed[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(changed)


def of_method(content: bytes, method: int) -> bytes:
    changed = bytearray(content)
    changed[8:10] = struct.pack("<H", method)
    at = content.index(b"PK\x01\x02") + 10
    changed[at : at + 2] = struct.pack("<H", method)
    return bytes(changed)


def of_size(content: bytes, size: int) -> bytes:
    """Say in the directory that the first member has another size."""
    changed = bytearray(content)
    at = content.index(b"PK\x01\x02") + 24
    changed[at : at + 4] = struct.pack("<I", size)
    return bytes(changed)


@BOTH
@pytest.mark.parametrize("kind", KINDS)
def test_a_good_zip(good: Good, kind: str, tmp_path: Path) -> None:
    path = tmp_path / "good.zip"
    path.write_bytes(zipped(("deep/in/good.csv", good.content), kind=KINDS[kind]))
    same(good, path)


@BOTH
def test_names_of_members_mean_nothing(good: Good, tmp_path: Path) -> None:
    for name in ("../../up.csv", "/etc/root.csv", "a\nb.csv", "x" * 500 + ".csv", "ü*?[1].csv"):
        path = tmp_path / "good.zip"
        path.write_bytes(zipped((name, good.content)))
        same(good, path)


SAYS_DAMAGED = "is a truncated, damaged or locked zip; download it again"
WRONG: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "text": (lambda text: text, SAYS_DAMAGED),
    "cut in half": (lambda text: zipped(("a.csv", text))[:60], SAYS_DAMAGED),
    "without its last bytes": (lambda text: zipped(("a.csv", text))[:-4], SAYS_DAMAGED),
    "without its first bytes": (lambda text: zipped(("a.csv", text))[30:], SAYS_DAMAGED),
    "locked": (lambda text: locked(zipped(("a.csv", text))), SAYS_DAMAGED),
    "of an unknown method": (lambda text: of_method(zipped(("a.csv", text)), 99), SAYS_DAMAGED),
    "longer than it says": (lambda text: of_size(zipped(("a.csv", text)), 40), SAYS_DAMAGED),
    "of nothing": (lambda text: zipped(), "holds no .csv or .parquet"),
    "of another kind": (lambda text: zipped(("a.pdf", text)), "holds no .csv or .parquet"),
    "of metadata only": (lambda text: zipped(("metadata.csv", text)), "holds no .csv"),
    "of an empty table": (lambda text: zipped(("a.zip.csv", b"")), "a.zip.csv is empty"),
    "of two tables": (lambda text: zipped(("a.csv", text), ("b.csv", text)), "give member="),
    "of many tables": (lambda text: zipped(*((f"{i}.csv", text) for i in range(99))), "99 tables"),
    "of a zip that is none": (lambda text: zipped(("a.zip", text)), f"a.zip {SAYS_DAMAGED}"),
    "that swells": (lambda text: zipped(("a.csv", bytes(101 << 20))), "would swell"),
    "that says it swells": (lambda text: of_size(zipped(("a.csv", text)), 2**31), "would swell"),
}


@BOTH
@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_zip(good: Good, name: str, tmp_path: Path) -> None:
    make, says = WRONG[name]
    path = tmp_path / "wrong.zip"
    path.write_bytes(make(good.content))
    before = copies()
    with pytest.raises(ClusterstatsError) as caught:
        good.read(path)
    message = str(caught.value)
    assert says in message
    one_sentence(message, path, *MEMBERS)
    assert all(copy.name in MEMBERS for copy in copies() - before)


def copies() -> set[Path]:
    """What has been unpacked; a copy that was not finished must not stay."""
    return set(_zip._scratch().glob("*/*"))


MEMBERS = ("a.zip", "a.zip.csv")
"""Members that are whole but wrong: messages name them."""


@BOTH
def test_two_members_of_a_name(good: Good, tmp_path: Path) -> None:
    path = tmp_path / "twins.zip"
    with pytest.warns(UserWarning, match="Duplicate name"):
        path.write_bytes(zipped(("a.csv", good.content), ("a.csv", good.content + b"x")))
    refuses(good.read, path, "holds two files of one name; unpack it")


@BOTH
def test_a_member_that_is_not_there(good: Good, tmp_path: Path) -> None:
    path = tmp_path / "one.zip"
    path.write_bytes(zipped(("a.csv", good.content)))
    with pytest.raises(OptionError, match=r"no member 'b.csv'; use one of \['a.csv'\]"):
        good.read(path, member="b.csv")


@pytest.mark.parametrize("kind", KINDS)
def test_random_damage_is_told_or_harmless(kind: str, tmp_path: Path) -> None:
    """Bytes changed, dropped and added: the checksum lets nothing but the table through."""
    rng = random.Random(20240607)
    lines = (f"0{i % 9 + 1}{i:03d};COM;62;EMPL3112;A;2024;{i};" for i in range(300))
    text = "\n".join((FLORES.lines[0], *lines, "")).encode()
    good = zipped(("a.csv", text), kind=KINDS[kind])
    path = tmp_path / "d.zip"
    for _ in range(50):
        path.write_bytes(damaged(good, rng))
        try:
            copy = _zip.unzipped(path)
        except ClusterstatsError as error:
            one_sentence(str(error), path)
        else:
            assert copy.read_bytes() == text


def damaged(content: bytes, rng: random.Random) -> bytes:
    changed = bytearray(content)
    at = rng.randrange(len(changed))
    change = rng.choice(("flip", "drop", "add", "cut"))
    if change == "flip":
        changed[at] ^= 1 << rng.randrange(8)
    elif change == "drop":
        del changed[at : at + rng.randrange(1, 9)]
    elif change == "add":
        changed[at:at] = rng.randbytes(rng.randrange(1, 9))
    else:
        del changed[at:]
    return bytes(changed) or b"P"
