"""Each reader of text on each malformed file: refused with a remedy, the same, or counted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.sources.malformed.goods import GOODS, IMDB, URSSAF, Good
from tests.sources.malformed.mutations import Mutation, Outcome, mutations
from tests.sources.malformed.verdicts import counted, refuses, same

USUAL = (URSSAF, IMDB)
"""Readers whose every case is in the usual suite; one of each way to open text."""


def cases() -> Iterator[Any]:
    for good in GOODS:
        for mutation in mutations(good):
            is_slow = mutation.is_of_text and good not in USUAL
            marks = [pytest.mark.slow] if is_slow else []
            yield pytest.param(good, mutation, id=f"{good.name}-{mutation.name}", marks=marks)


@pytest.mark.parametrize(("good", "mutation"), list(cases()))
def test_malformed_text(good: Good, mutation: Mutation, tmp_path: Path) -> None:
    path = tmp_path / (good.file + mutation.suffix)
    path.write_bytes(mutation.change(good.content))
    if mutation.outcome is Outcome.REFUSED:
        refuses(good.read, path, *mutation.says)
    elif mutation.outcome is Outcome.SAME:
        same(good, path, mutation.text)
    else:
        counted(good, path, mutation.rows)
