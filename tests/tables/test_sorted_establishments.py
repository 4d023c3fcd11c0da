"""Establishments that come sorted are taken as they are; others are sorted; repeats are refused."""

from __future__ import annotations

import pandas as pd
import pytest

import clusterstats as cs


def plants(identifiers: list[str], years: list[int] | None = None) -> pd.DataFrame:
    frame = pd.DataFrame({"establishment": identifiers, "region": "A", "industry": "x"})
    frame["employment"] = range(len(frame))
    return frame if years is None else frame.assign(year=years)


@pytest.mark.parametrize("years", [None, [2019, 2020, 2018]])
def test_the_order_of_rows_does_not_matter(years: list[int] | None) -> None:
    table = plants(["a", "a" if years else "b", "c"], years)
    first = cs.establishments(table)
    pd.testing.assert_frame_equal(first, cs.establishments(table.iloc[::-1]))
    pd.testing.assert_frame_equal(first, cs.establishments(table.set_axis([7, 3, 5])))
    assert first["employment"].tolist() == [0.0, 1.0, 2.0]


@pytest.mark.parametrize(
    ("identifiers", "years"),
    [(["a", "a", "b"], None), (["a", "b", "a"], None), (["a", "a", "b"], [2019, 2019, 2018])],
)
def test_repeats_are_refused_wherever_they_stand(
    identifiers: list[str], years: list[int] | None
) -> None:
    with pytest.raises(cs.TableError, match=r"establishments repeat 1 \(establishment"):
        cs.establishments(plants(identifiers, years))
