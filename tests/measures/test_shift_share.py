"""Shift-share: identities, loops from the papers, births, deaths, and who is drawn together."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clusterstats as cs

YEARS, REGIONS, INDUSTRIES = (2010, 2015, 2020), ("A", "B", "C"), ("film", "steel", "wine")
ATOL = 1e-9  # sums in another order
PARTS = ["national_share", "industrial_mix", "regional_share"]
tables = st.lists(st.integers(0, 30), min_size=27, max_size=27).map(
    lambda x: np.array(x, dtype=float).reshape(3, 3, 3)
)


def cells(x: np.ndarray) -> pd.DataFrame:
    """Employment (year, region, industry) as rows."""
    index = pd.MultiIndex.from_product(
        [YEARS[: len(x)], REGIONS, INDUSTRIES], names=["year", "region", "industry"]
    )
    return pd.DataFrame({"employment": x.ravel()}, index=index).reset_index()


def wide(result: pd.DataFrame) -> pd.DataFrame:
    """Components as columns."""
    keys = [key for key in ("year", "year2", "region", "industry") if key in result]
    return result.pivot(index=keys, columns="component", values="estimate")


def ratio(a: float, b: float) -> float:
    return a / b if b else np.nan


def loops(before: np.ndarray, after: np.ndarray, method: str) -> dict[tuple[int, int], list[float]]:
    """Cell by cell, from the papers; growth rates are nan where they start from 0."""
    found = {}
    g = ratio(after.sum(), before.sum()) - 1
    for r in range(3):
        for i in range(3):
            e, new = before[r, i], after[r, i]
            g_i = ratio(after[:, i].sum(), before[:, i].sum()) - 1
            g_ri = ratio(new, e) - 1
            national = e * g
            mix = e * (g_i - g)
            own = e * (g_ri - g_i) if e else new  # a birth is the region's own
            if before[:, i].sum() == 0:  # nothing to expect: nothing came, or undefined
                own = 0.0 if new == 0 else np.nan
                mix = own if before.sum() else np.nan
            if method == "dunn":
                found[r, i] = [new - e, national, mix, own]
                continue
            h = before[r].sum() * before[:, i].sum() / before.sum() if before.sum() else np.nan
            competitive, allocation = h * (g_ri - g_i), (e - h) * (g_ri - g_i)
            if e == 0 and new == 0 and h == 0:
                competitive = allocation = 0.0
            found[r, i] = [new - e, national, mix, competitive, allocation]
    return found


@settings(max_examples=80, deadline=None)
@given(x=tables)
@pytest.mark.parametrize("method", ["dunn", "esteban"])
def test_pieces_agree_with_loops_and_add_up_over_industries(x: np.ndarray, method: str) -> None:
    table = cells(x[:2])
    by_industry = cs.shift_share(table, method=method, by="industry")
    values = by_industry["estimate"].to_numpy().reshape(3, 3, -1)
    slow = loops(x[0], x[1], method)
    for place, expected in slow.items():
        np.testing.assert_allclose(values[place], expected, atol=ATOL)
    by_region = cs.shift_share(table, method=method)["estimate"].to_numpy().reshape(3, -1)
    np.testing.assert_allclose(by_region, values.sum(axis=1), atol=ATOL)


@settings(max_examples=80, deadline=None)
@given(x=tables)
@pytest.mark.parametrize("by", ["region", "industry"])
def test_components_add_up_to_growth(x: np.ndarray, by: str) -> None:
    for method, parts in {
        "dunn": PARTS,
        "dynamic": PARTS,
        "esteban": [*PARTS, "allocation_effect"],
    }.items():
        found = wide(cs.shift_share(cells(x), method=method, by=by))
        total = found[parts].sum(axis=1, skipna=False)
        known = total.notna()
        np.testing.assert_allclose(total[known], found.loc[known, "growth"], atol=ATOL)
    factors = wide(cs.shift_share(cells(x), method="gerfin", by=by))
    product = factors[PARTS].prod(axis=1, skipna=False)
    known = product.notna()
    np.testing.assert_allclose(product[known], factors.loc[known, "growth"], atol=ATOL)


@settings(max_examples=60, deadline=None)
@given(x=tables)
def test_esteban_splits_the_regional_share_of_dunn(x: np.ndarray) -> None:
    dunn = wide(cs.shift_share(cells(x + 1), by="industry"))
    esteban = wide(cs.shift_share(cells(x + 1), method="esteban", by="industry"))
    both = esteban["regional_share"] + esteban["allocation_effect"]
    np.testing.assert_allclose(both, dunn["regional_share"], atol=ATOL)
    np.testing.assert_allclose(esteban["industrial_mix"], dunn["industrial_mix"], atol=ATOL)


@settings(max_examples=60, deadline=None)
@given(x=tables)
def test_gerfin_multiplies_what_dunn_adds(x: np.ndarray) -> None:
    table = cells(x[:2] + 1)
    start = table[table["year"] == 2010].groupby("region")["employment"].sum().to_numpy()
    dunn = wide(cs.shift_share(table)).to_dict("list")
    factor = wide(cs.shift_share(table, method="gerfin")).to_dict("list")
    national = 1 + np.array(dunn["national_share"]) / start
    mixed = national + np.array(dunn["industrial_mix"]) / start
    np.testing.assert_allclose(factor["national_share"], national)
    np.testing.assert_allclose(factor["industrial_mix"], mixed / national)
    np.testing.assert_allclose(factor["growth"], 1 + np.array(dunn["growth"]) / start)


@settings(max_examples=60, deadline=None)
@given(x=tables)
def test_dynamic_is_the_sum_of_the_steps(x: np.ndarray) -> None:
    table = cells(x)
    steps = wide(cs.shift_share(table))
    assert set(steps.reset_index()["year2"]) == {2015, 2020}
    whole = wide(cs.shift_share(table, method="dynamic"))
    assert set(whole.reset_index()[["year", "year2"]].itertuples(index=False, name=None)) == {
        (2010, 2020)
    }
    added = steps.groupby("region").sum(min_count=2)
    np.testing.assert_allclose(whole.to_numpy(), added.to_numpy(), atol=ATOL)
    one = cs.shift_share(table, method="dynamic", years=(2015, 2020))
    np.testing.assert_allclose(
        one["estimate"], cs.shift_share(table, years=(2015, 2020))["estimate"]
    )


def test_a_step_that_spans_a_year_is_not_the_sum_of_two() -> None:
    x = np.array([[[9, 1, 1], [1, 9, 1], [5, 5, 5]]] * 3, dtype=float)
    x[1, 0, 0], x[2, 1, 1] = 90, 90
    direct = cs.shift_share(cells(x), years=(2010, 2020))
    dynamic = cs.shift_share(cells(x), method="dynamic")
    growth = direct["component"] == "growth"
    np.testing.assert_allclose(direct["estimate"][growth], dynamic["estimate"][growth])
    assert (direct["estimate"] - dynamic["estimate"])[~growth].abs().max() > 1


def test_births_and_deaths_by_hand() -> None:
    x = np.array([[[10, 0, 0], [10, 20, 0], [0, 0, 0]], [[0, 6, 0], [20, 24, 0], [0, 0, 0]]])
    found = wide(cs.shift_share(cells(x), by="industry"))
    g = 50 / 40 - 1  # film doubles from 20 to 20 in all: g_film = 0; steel 20 to 30: 0.5
    death = found.loc[(2010, 2015, "A", "film")]
    assert death.to_dict() == pytest.approx(
        {"growth": -10, "national_share": 10 * g, "industrial_mix": -10 * g, "regional_share": -10}
    )
    birth = found.loc[(2010, 2015, "A", "steel")]
    assert birth.to_dict() == pytest.approx(
        {"growth": 6, "national_share": 0, "industrial_mix": 0, "regional_share": 6}
    )
    assert (found.xs("C", level="region") == 0).all(axis=None)  # an empty region blanks nobody
    assert found.notna().all(axis=None)
    esteban = wide(cs.shift_share(cells(x), method="esteban"))
    assert esteban["allocation_effect"].isna().tolist() == [True, False, False]
    factors = wide(cs.shift_share(cells(x), method="gerfin"))
    assert factors["growth"].isna().tolist() == [False, False, True]


def test_an_industry_new_to_the_nation_is_undefined_where_it_came() -> None:
    x = np.array([[[10, 5, 0], [10, 5, 0], [10, 5, 0]], [[10, 5, 8], [10, 5, 0], [10, 5, 0]]])
    found = wide(cs.shift_share(cells(x)))
    assert found["industrial_mix"].isna().tolist() == [True, False, False]
    assert found["regional_share"].isna().tolist() == [True, False, False]
    assert found[["growth", "national_share"]].notna().all(axis=None)


def test_an_unknown_cell_leaves_growth_of_the_others() -> None:
    table = cells(np.arange(1.0, 19.0).reshape(2, 3, 3))
    table.loc[0, "employment"] = np.nan
    with pytest.warns(cs.ClusterstatsWarning, match="unknown in 1 row"):
        found = wide(cs.shift_share(table))
    assert found["growth"].isna().tolist() == [True, False, False]
    assert found["national_share"].isna().all()


def test_keys_order_engines_and_input() -> None:
    table = cells(np.random.default_rng(3).integers(1, 40, (3, 3, 3)).astype(float))
    before = table.copy(deep=True)
    found = cs.shift_share(table, by="industry")
    keys = ["year", "year2", "region", "industry", "component"]
    assert list(found.columns) == [*keys, "measure", "estimate"]
    assert not found.duplicated(keys).any()
    pd.testing.assert_frame_equal(table, before)
    for other in (
        table.sample(frac=1, random_state=1),
        pl.from_pandas(table),
        duckdb.from_df(table),
    ):
        pd.testing.assert_frame_equal(cs.shift_share(other, by="industry"), found)
    assert "Dunn 1960" in found.attrs["definition"]
    assert found.attrs["sample"] == "27 rows: 3 regions x 3 industries x 3 years"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"method": "homothetic"}, "method='homothetic' is not known; use one of 'dunn'"),
        ({"by": "nation"}, "by='nation' is not known"),
        ({"years": (2010, 2011)}, "years=2011 is not known"),
        ({"years": (2020, 2010)}, r"\(2020, 2010\) are not in order"),
        ({"years": 2010}, "years=2010 is not a pair"),
        ({"inference": cs.Analytic()}, "shift_share has no analytic form"),
        ({"inference": cs.MonteCarlo(seed=1)}, "MonteCarlo does not fit shift_share"),
        ({"inference": cs.Bootstrap(unit="region", seed=1)}, "regions are its keys"),
        ({"inference": cs.Bootstrap(seed=1)}, "needs establishments"),
    ],
)
def test_refusals(options: dict[str, object], said: str) -> None:
    with pytest.raises(cs.ClusterstatsError, match=said):
        cs.shift_share(cells(np.ones((3, 3, 3))), **options)


def test_one_year_is_refused() -> None:
    table = cells(np.ones((1, 3, 3)))
    for one in (table, table.drop(columns="year")):
        with pytest.raises(cs.TableError, match="needs two years"):
            cs.shift_share(one)


# --- inference ------------------------------------------------------------------------------


def plants(rng: np.random.Generator, n: int, years: tuple[int, ...] = (2010, 2020)) -> pd.DataFrame:
    """Establishments whose sizes hardly change; some die, some are born."""
    base = pd.DataFrame(
        {
            "establishment": [f"E{k}" for k in range(n)],
            "region": rng.choice(REGIONS, n),
            "industry": rng.choice(INDUSTRIES, n),
            "size": rng.lognormal(2, 1, n),
        }
    )
    parts = []
    for year in years:
        there = base[rng.random(n) < 0.9]
        noise = rng.lognormal(0, 0.1, len(there))
        parts.append(there.assign(year=year, employment=there["size"] * noise))
    return pd.concat(parts, ignore_index=True).drop(columns="size")


@pytest.mark.filterwarnings("ignore:.* has no interval:clusterstats.ClusterstatsWarning")
def test_the_jackknife_leaves_an_establishment_out_of_both_years() -> None:
    table = plants(np.random.default_rng(8), 40)
    found = cs.shift_share(table, inference=cs.Jackknife())
    names = table["establishment"].unique()
    left = np.array(
        [cs.shift_share(_complete(table, name))["estimate"].to_numpy() for name in names]
    )
    n = len(names)
    error = np.sqrt((n - 1) / n * ((left - left.mean(axis=0)) ** 2).sum(axis=0))
    np.testing.assert_allclose(found["std_error"], error)
    np.testing.assert_allclose(found["loo_low"], left.min(axis=0))
    np.testing.assert_allclose(found["loo_high"], left.max(axis=0))


def _complete(table: pd.DataFrame, left_out: str) -> pd.DataFrame:
    """The cells without an establishment, emptied ones as 0."""
    size = table["employment"].where(table["establishment"] != left_out, 0)
    keys = ["year", "region", "industry"]
    sums = table.assign(employment=size).groupby(keys, as_index=False)["employment"].sum()
    index = pd.MultiIndex.from_product([sorted(table[key].unique()) for key in keys], names=keys)
    return sums.set_index(keys).reindex(index, fill_value=0).reset_index()


def test_establishments_are_drawn_with_both_years_and_cells_apart() -> None:
    table = plants(np.random.default_rng(4), 300)
    option = cs.Bootstrap(draws=199, seed=2)
    listed = cs.shift_share(table, inference=option)
    again = cs.shift_share(table, inference=option)
    pd.testing.assert_frame_equal(listed, again, check_exact=True)
    counted = cs.shift_share(cs.cells(table), inference=option)
    own = listed["component"] == "regional_share"
    assert (listed["std_error"][own] < counted["std_error"][own]).all()
    assert (listed["conf_low"] <= listed["estimate"]).all()
    assert (listed["estimate"] <= listed["conf_high"]).all()


def test_multiple_testing_counts_all_years_and_regions() -> None:
    table = plants(np.random.default_rng(4), 120, (2010, 2015, 2020))
    grown = (table["year"] == 2020) & (table["region"] == "A")
    table["employment"] *= np.where(grown, 3, 1)
    found = cs.shift_share(table, inference=cs.Jackknife(adjust="holm"))
    assert found["p_value"].min() < 0.01
    assert found["p_adjusted"].min() == pytest.approx(found["p_value"].min() * len(found))


@pytest.mark.slow
@pytest.mark.parametrize("method", ["dunn", "gerfin"])
def test_intervals_of_the_regional_share_hold_the_truth(method: str) -> None:
    rng = np.random.default_rng(11)
    region, industry = rng.choice(3, 4000), rng.choice(3, 4000)
    size = rng.lognormal(2, 0.8, 4000)
    rate = (1 + 0.2 * (region == 0)) * (1 + 0.1 * (industry == 1)) * rng.lognormal(0, 0.2, 4000)
    both = pd.DataFrame(
        {
            "region": np.array(REGIONS)[region],
            "industry": np.array(INDUSTRIES)[industry],
            "a": size,
            "b": size * rate,
        }
    )

    def table(frame: pd.DataFrame) -> pd.DataFrame:
        named = frame.assign(establishment=np.arange(len(frame)).astype(str))
        keys = ["establishment", "region", "industry"]
        parts = [
            named[[*keys, column]].rename(columns={column: "employment"}).assign(year=year)
            for column, year in {"a": 2010, "b": 2020}.items()
        ]
        return pd.concat(parts)

    whole = cs.shift_share(table(both), method=method)
    own = whole["component"] == "regional_share"
    truth = whole["estimate"][own] * (300 / 4000 if method == "dunn" else 1.0)
    held = []
    for seed in range(200):
        sample = both.sample(300, replace=True, random_state=seed)
        option = cs.Bootstrap(draws=199, seed=seed)
        found = cs.shift_share(table(sample), method=method, inference=option)[own]
        held.append((found["conf_low"] <= truth) & (truth <= found["conf_high"]))
    assert 0.90 <= np.mean(held) <= 0.98
