"""Regressors over years: growth, entry, the shift-share instrument."""

from __future__ import annotations

from math import log, nan

import numpy as np
import pandas as pd
import pytest

import clusterstats as cs

TOLERANCE = 1e-12


def cells(
    seed: int, years: tuple[int, ...] = (2000, 2001, 2003), zeros: float = 0.15
) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    keys = pd.MultiIndex.from_product(
        [years, ["A", "B", "C", "D"], ["film", "sound", "steel", "wood"]],
        names=["year", "region", "industry"],
    )
    size = rng.integers(1, 100, len(keys)) * (rng.random(len(keys)) > zeros)
    return pd.DataFrame({"employment": size.astype(float)}, keys).reset_index()


def sizes(table: pd.DataFrame) -> dict[tuple[int, str, str], float]:
    return table.set_index(["year", "region", "industry"])["employment"].to_dict()


def ln(number: float) -> float:
    return log(number) if number > 0 else nan


# --- growth ---------------------------------------------------------------------------------


@pytest.mark.parametrize("relative", ["none", "industry", "total"])
@pytest.mark.parametrize(("horizon", "pairs"), [(1, [(2000, 2001)]), (2, [(2001, 2003)])])
def test_growth_is_the_log_change(
    relative: str, horizon: int, pairs: list[tuple[int, int]]
) -> None:
    table = cells(1)
    found = cs.growth(table, horizon=horizon, relative=relative, per_year=True)
    e = sizes(table)
    assert list(dict.fromkeys(zip(found["year"], found["year2"], strict=True))) == pairs
    for row in found.itertuples():
        change = ln(e[row.year2, row.region, row.industry])
        change -= ln(e[row.year, row.region, row.industry])
        for year, sign in ((row.year2, -1), (row.year, 1)):
            kept = [
                size
                for (y, _, i), size in e.items()
                if y == year and (relative == "total" or i == row.industry)
            ]
            change += sign * log(sum(kept)) if relative != "none" else 0
        assert row.growth == pytest.approx(change / horizon, abs=TOLERANCE, nan_ok=True)


def test_growth_of_regions() -> None:
    table = cells(2)
    found = cs.growth(table, by="region", horizon=3)
    sums = table.groupby(["year", "region"])["employment"].sum()
    expected = np.log(sums[2003]) - np.log(sums[2000])
    np.testing.assert_allclose(found["growth"], expected, atol=TOLERANCE)
    assert list(found.columns) == ["year", "year2", "region", "growth"]
    towns = sums.reset_index()
    alone = cs.growth(towns, by="region", horizon=3)
    np.testing.assert_allclose(alone["growth"], expected, atol=TOLERANCE)


def test_births_and_deaths_are_counted() -> None:
    table = pd.DataFrame(
        {
            "year": [1, 2] * 4,
            "region": list("AABBCCDD"),
            "industry": "film",
            "employment": [0, 5, 5, 0, 0, 0, nan, 4],
        }
    )
    found = cs.growth(table)
    assert found["growth"].isna().all()
    assert found.attrs["note"] == (
        "1 birth(s); 1 death(s); 1 nothing in both years; 'employment' is unknown in 1 row(s), and "
        "what needs them is nan; growth is nan in 4 of 4 rows"
    )


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"horizon": 7}, cs.TableError, "no two years are horizon=7 apart"),
        ({"horizon": 0}, cs.OptionError, "not a whole number of years"),
        ({"horizon": True}, cs.OptionError, "not a whole number of years"),
        ({"by": "region", "relative": "industry"}, cs.OptionError, "goes with by='cell'"),
        ({"relative": "nation"}, cs.OptionError, "'industry'"),
    ],
)
def test_bad_growth_is_told(options: dict, error: type, match: str) -> None:
    with pytest.raises(error, match=match):
        cs.growth(cells(1), **options)


def test_growth_needs_years() -> None:
    with pytest.raises(cs.TableError, match="needs two years"):
        cs.growth(cells(1, (2000,)))
    with pytest.raises(cs.TableError, match="is not a number"):
        cs.growth(cells(1).assign(year=lambda rows: rows["year"].map(str)))


# --- entry ----------------------------------------------------------------------------------


def presence(e: dict[tuple[int, str, str], float], year: int) -> dict[tuple[str, str], bool]:
    here = {(r, i): size for (y, r, i), size in e.items() if y == year}
    total = sum(here.values())
    result = {}
    for (r, i), size in here.items():
        region = sum(s for (q, _), s in here.items() if q == r)
        industry = sum(s for (_, j), s in here.items() if j == i)
        result[r, i] = industry > 0 and region > 0 and size * total >= region * industry
    return result


def slow_density(has: dict[tuple[str, str], bool], r: str, i: str) -> float:
    """Hidalgo et al. 2007: share of the proximities of i to what r has; the diagonal is 1."""
    regions, industries = {q for q, _ in has}, {j for _, j in has}
    count = {j: sum(has[q, j] for q in regions) for j in industries}
    near = {}
    for j in industries:
        both = sum(has[q, i] and has[q, j] for q in regions)
        most = max(count[i], count[j])
        near[j] = 1.0 if i == j and most else both / most if most else 0.0
    total = sum(near.values())
    return sum(near[j] for j in industries if has[r, j]) / total if total else nan


@pytest.mark.parametrize("event", ["entry", "exit"])
def test_entry_panel_is_its_formula(event: str) -> None:
    table = cells(3, zeros=0)
    found = cs.entry_panel(table, event=event)
    e = sizes(table)
    rows = []
    for year, year2 in ((2000, 2001), (2001, 2003)):
        before, after = presence(e, year), presence(e, year2)
        for r, i in sorted(before):
            if before[r, i] == (event == "exit"):
                happens = float(after[r, i] == (event == "entry"))
                rows.append([year, year2, r, i, happens, slow_density(before, r, i)])
    expected = pd.DataFrame(rows, columns=found.columns)
    keys = ["year", "year2", "region", "industry"]
    assert found[keys].to_numpy().tolist() == expected[keys].to_numpy().tolist()
    np.testing.assert_allclose(found[event], expected[event])
    np.testing.assert_allclose(
        found["relatedness_density"], expected["relatedness_density"], atol=TOLERANCE
    )
    off = 2 * 16 - len(rows)
    assert f"{len(rows)} rows at risk of {event}; {off} not at risk" in found.attrs["note"]


def test_entry_panel_goes_into_a_regression() -> None:
    panel = cs.entry_panel(cells(4, tuple(range(2000, 2012)), zeros=0.3))
    with pytest.warns(cs.ClusterstatsWarning, match="clusters"):
        fit = cs.regress(
            "entry ~ relatedness_density | region + industry^year",
            panel.dropna(),
            covariance=cs.Clustered("region"),
        )
    assert fit.names == ("relatedness_density",)
    with pytest.raises(cs.OptionError, match="'entry', 'exit'"):
        cs.entry_panel(cells(4), event="stay")


# --- the shift-share instrument -------------------------------------------------------------


@pytest.mark.parametrize("leave_out", ["region", "none"])
@pytest.mark.parametrize("change", ["rate", "log"])
def test_instrument_is_its_formula(leave_out: str, change: str) -> None:
    table = cells(5, zeros=0)
    found = cs.shift_share_instrument(
        table, base_year=2000, leave_out=leave_out, change=change, horizon=1
    )
    e = sizes(table)
    regions, industries = sorted(set(table["region"])), sorted(set(table["industry"]))
    for row in found.panel.itertuples():
        total = 0.0
        own = sum(e[2000, row.region, j] for j in industries)
        for i in industries:
            others = [q for q in regions if leave_out == "none" or q != row.region]
            before, after = (sum(e[y, q, i] for q in others) for y in (row.year, row.year2))
            shock = log(after / before) if change == "log" else after / before - 1
            total += e[2000, row.region, i] / own * shock
        assert row.shift_share == pytest.approx(total, abs=TOLERANCE)
    assert list(found.panel.columns) == ["year", "year2", "region", "shift_share"]


def test_shares_and_shocks_make_the_instrument_again() -> None:
    table = cells(6, zeros=0)
    made = cs.shift_share_instrument(table, base_year=2000, leave_out="none", horizon=2)
    joined = made.shares.merge(made.shocks, on="industry")
    again = (joined["share"] * joined["shock"]).groupby(joined["region"]).sum()
    np.testing.assert_allclose(made.panel["shift_share"], again, atol=TOLERANCE)
    left = cs.shift_share_instrument(table, base_year=2000, horizon=2)
    joined = left.shares.merge(left.own_shocks, on=["region", "industry"])
    again = (joined["share"] * joined["shock"]).groupby(joined["region"]).sum()
    np.testing.assert_allclose(left.panel["shift_share"], again, atol=TOLERANCE)
    assert made.shares.groupby("region")["share"].sum().round(12).eq(1).all()


def test_what_grows_nowhere_else() -> None:
    """An industry of one region has no growth elsewhere: unknown there, nothing for the others."""
    table = pd.DataFrame(
        {
            "year": [1, 2] * 4,
            "region": ["A"] * 4 + ["B"] * 4,
            "industry": ["film", "film", "steel", "steel"] * 2,
            "employment": [10, 20, 30, 30, 0, 0, 20, 10],
        }
    )
    made = cs.shift_share_instrument(table, base_year=1)
    assert np.isnan(made.panel["shift_share"].iloc[0])
    assert made.panel["shift_share"].iloc[1] == 0  # steel in A: 30 and 30
    assert "shift_share is nan in 1 of 2 rows" in made.panel.attrs["note"]
    assert made.shocks["shock"].tolist() == pytest.approx([1.0, -0.2])


def test_bad_instruments_are_told() -> None:
    table = cells(7, zeros=0)
    with pytest.raises(cs.OptionError, match="base_year=1990 is not in the table"):
        cs.shift_share_instrument(table, base_year=1990)
    with pytest.warns(cs.ClusterstatsWarning, match="some periods begin before base_year=2001"):
        cs.shift_share_instrument(table, base_year=2001)
    empty = table.assign(employment=table["employment"].where(table["region"] != "B", 0))
    with pytest.raises(cs.TableError, match=r"'B' has no shares in 2000: its value is 0 in all"):
        cs.shift_share_instrument(empty, base_year=2000)
    with pytest.raises(cs.OptionError, match="'region', 'none'"):
        cs.shift_share_instrument(table, base_year=2000, leave_out="state")


def test_tables_are_left_as_they_were() -> None:
    table = cells(8, zeros=0)
    copy = table.copy()
    cs.growth(table)
    cs.entry_panel(table)
    cs.shift_share_instrument(table, base_year=2000)
    pd.testing.assert_frame_equal(table, copy)
    shuffled = table.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(cs.growth(shuffled), cs.growth(table))
    pd.testing.assert_frame_equal(cs.entry_panel(shuffled), cs.entry_panel(table))
