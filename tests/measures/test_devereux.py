"""The index of Devereux, Griffith and Simpson against its paper and every draw."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clusterstats as cs

Rows = list[tuple[str, str, float]]


def table(rows: Rows) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["industry", "region", "employment"])
    return frame.assign(establishment=[f"e{k:02d}" for k in range(len(rows))])


def alpha(result: pd.DataFrame) -> dict[str, float]:
    lead = result[result["component"] == "alpha"]
    return dict(zip(lead["industry"], lead["estimate"], strict=True))


def by_hand(rows: Rows, industry: str, plants: str) -> float:
    """The difference of the two concentrations, one plant at a time."""
    ours = [(region, size) for name, region, size in rows if name == industry]
    if plants == "employing":
        ours = [(region, size) for region, size in ours if size > 0]
    total = sum(size for _, size in ours)
    if not total:
        return np.nan
    n, k = len(ours), len({region for _, region, _ in rows})
    regions = {r: sum(size for place, size in ours if place == r) for r, _ in ours}
    geographic = sum((v / total) ** 2 for v in regions.values()) - 1 / min(n, k)
    return geographic - (sum((size / total) ** 2 for _, size in ours) - 1 / n)


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.sampled_from("xy"), st.sampled_from("ABC"), st.integers(0, 9)),
        min_size=1,
        max_size=12,
    )
)
@pytest.mark.parametrize("plants", ["all", "employing"])
def test_alpha_is_that_of_the_paper(rows: Rows, plants: str) -> None:
    found = alpha(cs.devereux_griffith_simpson(table(rows), plants=plants))
    assert set(found) == {name for name, _, _ in rows}
    for industry, value in found.items():
        assert value == pytest.approx(by_hand(rows, industry, plants), abs=1e-12, nan_ok=True)


def test_components_add_up_and_one_plant_has_none() -> None:
    result = cs.devereux_griffith_simpson(table([("x", "A", 5), ("y", "A", 2), ("y", "B", 2)]))
    x = result[result["industry"] == "x"].set_index("component")["estimate"]
    assert x[["alpha", "F", "M", "N"]].tolist() == [0, 0, 0, 1]
    y = result[result["industry"] == "y"].set_index("component")["estimate"]
    assert y["alpha"] == y["F"] - y["M"]
    assert y["N"] == 2


def test_draws_are_centred_on_their_mean() -> None:
    """Every draw with replacement of four equal plants."""
    regions = "AABC"
    years = [
        table([("x", regions[k], 1.0) for k in drawn] + [("y", r, 1.0) for r in "ABC"]).assign(
            year=year
        )
        for year, drawn in enumerate(product(range(4), repeat=4))
    ]
    draws = cs.devereux_griffith_simpson(pd.concat(years))
    lead = draws[(draws["component"] == "alpha") & (draws["industry"] == "x")]["estimate"]
    declared = cs.measures.REGISTRY["devereux_griffith_simpson"].declarations[0]
    assert declared.plug_in is not None
    count = np.array([[2.0], [1.0], [1.0]])
    assert lead.mean() == pytest.approx(declared.plug_in(count, count, count)[0], abs=1e-12)


def test_cells_cannot_tell_which_plants_employ() -> None:
    cells = cs.cells(table([("x", "A", 5), ("x", "B", 0)]))
    with pytest.raises(cs.OptionError, match="needs a table of establishments"):
        cs.devereux_griffith_simpson(cells, plants="employing")
    with pytest.raises(cs.OptionError, match="employing"):
        cs.devereux_griffith_simpson(cells, plants="some")
    assert alpha(cs.devereux_griffith_simpson(cells))["x"] == pytest.approx(0.0)


def test_inference_follows_the_plants_that_count() -> None:
    rng = np.random.default_rng(1)
    rows = [("x", r, z) for r, z in zip(rng.choice(list("AAB"), 40), range(40), strict=True)]
    rows += [("y", r, 3) for r in "ABC"]
    option = cs.Bootstrap(draws=99, seed=1)
    kept = table(rows).query("employment > 0")
    a = cs.devereux_griffith_simpson(table(rows), plants="employing", inference=option)
    b = cs.devereux_griffith_simpson(kept, inference=option)
    pd.testing.assert_frame_equal(a, b)
    lead = a[(a["component"] == "alpha") & (a["industry"] == "x")].iloc[0]
    assert lead["conf_low"] < lead["estimate"] < lead["conf_high"]
    assert "plants='employing'" in a.attrs["definition"]
