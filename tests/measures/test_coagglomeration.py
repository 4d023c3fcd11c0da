"""Coagglomeration against slow loops from the papers, exact enumeration of chance, identities."""

from __future__ import annotations

from itertools import product

import joblib
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clusterstats as cs

TOLERANCE = 1e-9  # rounding of sums in another order
KERR = "ellison_glaeser_kerr"
GROUP = "ellison_glaeser_group"
MS = "maurel_sedillot"
BASE = {"A": 0.5, "B": 0.3, "C": 0.2}


def made_up(seed: int, n: int = 60, industries: int = 5) -> pd.DataFrame:
    """Plants of several industries in two groups; each industry has at least two."""
    rng = np.random.default_rng(seed)
    codes = [f"{10 * (1 + k // 3) + k % 3}Z" for k in range(industries)]
    region = rng.choice(list("ABCD"), n)
    industry = np.array([*codes, *codes, *rng.choice(codes, n - 2 * industries)])
    frame = pd.DataFrame({"establishment": [f"e{k:03d}" for k in range(n)], "region": region})
    size = rng.geometric(0.1, n)
    return frame.assign(industry=industry, employment=size, division=[c[:1] for c in industry])


plant_tables = st.integers(0, 10_000).map(made_up)


def shares(plants: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Region's share of each industry, and of all under ''."""
    found: dict[str, dict[str, float]] = {}
    for name in ["", *sorted(plants["industry"].unique())]:
        part = plants if not name else plants[plants["industry"] == name]
        total = part["employment"].sum()
        found[name] = {r: part.loc[part["region"] == r, "employment"].sum() / total for r in "ABCD"}
    return found


def herfindahl(plants: pd.DataFrame) -> float:
    total = plants["employment"].sum()
    return sum((z / total) ** 2 for z in plants["employment"])


def as_pairs(result: pd.DataFrame) -> dict[tuple[str, str], float]:
    return {
        (a, b): v
        for a, b, v in zip(result["industry"], result["industry2"], result["estimate"], strict=True)
    }


@settings(max_examples=15, deadline=None)
@given(plants=plant_tables, reference=st.sampled_from(["total", "mean_share"]))
def test_pairs_are_the_sum_of_the_2010_paper(plants: pd.DataFrame, reference: str) -> None:
    s = shares(plants)
    x = s.pop("")
    if reference == "mean_share":
        x = {r: sum(of[r] for of in s.values()) / len(s) for r in x}
    found = as_pairs(cs.coagglomeration(plants, reference=reference))
    assert len(found) == len(s) * (len(s) - 1) / 2
    for (a, b), estimate in found.items():
        raw = sum((s[a][r] - x[r]) * (s[b][r] - x[r]) for r in x)
        assert estimate == pytest.approx(raw / (1 - sum(v**2 for v in x.values())), abs=TOLERANCE)


@settings(max_examples=10, deadline=None)
@given(plants=plant_tables)
def test_maurel_sedillot_counts_pairs_of_plants_of_two_industries(plants: pd.DataFrame) -> None:
    square = sum(v**2 for v in shares(plants)[""].values())
    for (a, b), estimate in as_pairs(cs.coagglomeration(plants, method=MS)).items():
        ours, theirs = (plants[plants["industry"] == name] for name in (a, b))
        together = sum(
            i.employment * j.employment * (i.region == j.region)
            for i in ours.itertuples()
            for j in theirs.itertuples()
        )
        share = together / ours["employment"].sum() / theirs["employment"].sum()
        assert estimate == pytest.approx((share - square) / (1 - square), abs=TOLERANCE)


@settings(max_examples=15, deadline=None)
@given(plants=plant_tables)
def test_the_group_index_is_that_of_the_1997_paper(plants: pd.DataFrame) -> None:
    s = shares(plants)
    x = s.pop("")
    room = 1 - sum(v**2 for v in x.values())
    result = cs.coagglomeration(plants, method=GROUP, within="division")
    assert list(result["component"]) == ["gamma_c", "lambda"] * 2
    for division, rows in result.groupby("industry"):
        whole = plants[plants["division"] == division]
        w = whole.groupby("industry")["employment"].sum() / whole["employment"].sum()
        h = {j: herfindahl(whole[whole["industry"] == j]) for j in w.index}
        gamma = {}
        for j in w.index:
            g_j = sum((s[j][r] - x[r]) ** 2 for r in x)
            gamma[j] = (g_j - room * h[j]) / (room * (1 - h[j]))
        group = {r: sum(w[j] * s[j][r] for j in w.index) for r in x}
        g = sum((group[r] - x[r]) ** 2 for r in x)
        own = sum(gamma[j] * w[j] ** 2 * (1 - h[j]) for j in w.index)
        lumps = sum(w[j] ** 2 * h[j] for j in w.index)
        gamma_c = (g / room - lumps - own) / (1 - (w**2).sum())
        mean = sum(w[j] * gamma[j] for j in w.index)
        assert rows["estimate"].tolist() == pytest.approx([gamma_c, gamma_c / mean], rel=1e-7)


@settings(max_examples=8, deadline=None)
@given(plants=plant_tables)
def test_maurel_sedillot_of_a_group_counts_pairs_across_members(plants: pd.DataFrame) -> None:
    square = sum(v**2 for v in shares(plants)[""].values())
    result = cs.coagglomeration(plants, method=MS, within="division").set_index("industry")
    for division, whole in plants.groupby("division"):
        together = total = 0
        for i, j in product(whole.itertuples(), whole.itertuples()):
            if i.industry != j.industry:
                total += i.employment * j.employment
                together += i.employment * j.employment * (i.region == j.region)
        expected = (together / total - square) / (1 - square)
        assert result["estimate"][division] == pytest.approx(expected, abs=TOLERANCE)


# --- identities -----------------------------------------------------------------------------


def test_a_group_is_the_weighted_mean_of_its_pairs() -> None:
    plants = made_up(7)
    size = plants.groupby("industry")["employment"].sum()
    group_of = dict(zip(plants["industry"], plants["division"], strict=True))
    for of_group, of_pairs in ((GROUP, KERR), (MS, MS)):
        result = cs.coagglomeration(plants, method=of_group, within="division")
        if of_group == GROUP:
            result = result[result["component"] == "gamma_c"]
        pairs = as_pairs(cs.coagglomeration(plants, method=of_pairs))
        for division, estimate in zip(result["industry"], result["estimate"], strict=True):
            inside = {
                p: v for p, v in pairs.items() if group_of[p[0]] == group_of[p[1]] == division
            }
            weight = {(a, b): size[a] * size[b] for a, b in inside}
            mean = sum(weight[p] * inside[p] for p in inside) / sum(weight.values())
            assert estimate == pytest.approx(mean, abs=TOLERANCE)


def test_a_group_of_two_is_its_pair_and_the_pair_method_says_the_same() -> None:
    plants = made_up(3, industries=2).assign(all="one")
    pair = cs.coagglomeration(plants)["estimate"].tolist()
    alone = cs.coagglomeration(plants, method=GROUP)
    grouped = cs.coagglomeration(plants, method=GROUP, within="all")
    assert alone["estimate"].tolist() == pytest.approx(grouped["estimate"].tolist(), abs=TOLERANCE)
    assert alone["estimate"].tolist()[:1] == pytest.approx(pair, abs=TOLERANCE)
    assert alone["component"].tolist() == ["gamma_c", "lambda"]


def test_all_pairs_and_each_industry_with_itself_sum_to_nothing() -> None:
    plants = made_up(11)
    total = plants["employment"].sum()
    w = plants.groupby("industry")["employment"].sum() / total
    eg = cs.ellison_glaeser(plants)
    own = eg[eg["component"] == "G"].set_index("industry")["estimate"]
    square = sum(v**2 for v in shares(plants)[""].values())
    across = sum(2 * w[a] * w[b] * v for (a, b), v in as_pairs(cs.coagglomeration(plants)).items())
    assert across == pytest.approx(-(w**2 * own).sum() / (1 - square), abs=TOLERANCE)


# --- chance, by enumeration -----------------------------------------------------------------

SIZES = {"10Z": [3, 1], "11Z": [5, 2], "12Z": [4]}


def every_throw() -> tuple[pd.DataFrame, np.ndarray]:
    """Plants of these sizes at all combinations of regions, a year each, with its probability."""
    sizes = [(i, z) for i, plants in SIZES.items() for z in plants]
    throws = list(product(BASE, repeat=len(sizes)))
    rows = [
        (year, f"e{k}", region, industry, size)
        for year, throw in enumerate(throws)
        for k, (region, (industry, size)) in enumerate(zip(throw, sizes, strict=True))
    ]
    table = pd.DataFrame(
        rows, columns=["year", "establishment", "region", "industry", "employment"]
    )
    chance = np.array([np.prod([BASE[region] for region in throw]) for throw in throws])
    return table.assign(base=table["region"].map(BASE), division="1"), chance


@pytest.mark.parametrize("method", [KERR, MS])
def test_the_null_mean_and_variance_of_pairs_are_exact(method: str) -> None:
    table, chance = every_throw()
    every = cs.coagglomeration(_filled(table), method=method, base="base")
    one = cs.coagglomeration(_filled(table), method=method, base="base", inference=cs.Analytic())
    values = every.pivot(index="year", columns=["industry", "industry2"], values="estimate")
    mean = chance @ values.to_numpy()
    assert mean == pytest.approx(0.0, abs=TOLERANCE)
    variance = chance @ values.to_numpy() ** 2
    errors = one.pivot(index="year", columns=["industry", "industry2"], values="std_error")
    assert errors.to_numpy() ** 2 == pytest.approx(np.tile(variance, (len(values), 1)), abs=1e-12)
    assert one["statistic"].to_numpy() == pytest.approx((one["estimate"] / one["std_error"]).values)


@pytest.mark.parametrize("method", [GROUP, MS])
def test_the_null_mean_and_variance_of_groups_are_exact(method: str) -> None:
    table, chance = every_throw()
    option = cs.Analytic(alternative="greater")
    result = cs.coagglomeration(
        _filled(table), method=method, within="division", base="base", inference=option
    )
    if method == GROUP:  # the industry with one plant is no member
        result = result[result["component"] == "gamma_c"]
    values, errors = result["estimate"].to_numpy(), result["std_error"].to_numpy()
    assert chance @ values == pytest.approx(0.0, abs=TOLERANCE)
    assert errors**2 == pytest.approx(np.full(len(errors), chance @ values**2), abs=1e-12)
    rising = result.sort_values("estimate")["p_value"].to_numpy()
    assert (np.diff(rising) <= 1e-12).all()


def _filled(table: pd.DataFrame) -> pd.DataFrame:
    """Cells of the throws with the base of every region, empty ones too."""
    cells = cs.cells(table.drop(columns=["base", "division"]))
    return cells.assign(base=cells["region"].map(BASE), division="1")


def test_the_dartboard_by_simulation_agrees_with_the_closed_form() -> None:
    option = cs.MonteCarlo(null="dartboard", draws=1999, seed=4)
    sizes = pd.DataFrame(
        [(f"{i}{k}", "ABC"[k], i, z) for i, all_z in SIZES.items() for k, z in enumerate(all_z)],
        columns=["establishment", "region", "industry", "employment"],
    )
    plants = pd.concat(
        [sizes, pd.DataFrame([("c", "C", "12Z", 0.0)], columns=sizes.columns)], ignore_index=True
    )
    plants = plants.assign(base=plants["region"].map(BASE))
    simulated = cs.coagglomeration(plants, base="base", inference=option)
    exact = cs.coagglomeration(plants, base="base", inference=cs.Analytic())
    assert (simulated["null_mean"].abs() < 4 * exact["std_error"] / np.sqrt(1999)).all()
    gap = (simulated["estimate"] - simulated["null_mean"]) / simulated["statistic"]
    assert gap.tolist() == pytest.approx(exact["std_error"].tolist(), rel=0.1)


# --- inference ------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{}, {"method": GROUP, "within": "division"}])
def test_the_same_bytes_with_two_processes(options: dict[str, str]) -> None:
    plants = made_up(5)
    option = cs.Bootstrap(draws=49, seed=2)
    alone = cs.coagglomeration(plants, inference=option, **options)
    with joblib.parallel_config(n_jobs=2):
        together = cs.coagglomeration(plants, inference=option, **options)
    pd.testing.assert_frame_equal(alone, together, check_exact=True)
    first = alone[alone["component"] == "gamma_c"] if options else alone
    assert first["conf_low"].lt(first["estimate"]).all()
    assert first["conf_high"].gt(first["conf_low"]).all()


@pytest.mark.parametrize(
    "option",
    [cs.Jackknife(), cs.MonteCarlo(null="dartboard", draws=49, seed=3), cs.Bootstrap(seed=1)],
    ids=lambda option: type(option).__name__,
)
@pytest.mark.parametrize("method", [GROUP, MS])
def test_groups_take_every_method_year_by_year(method: str, option: object) -> None:
    plants = pd.concat([made_up(5).assign(year=y) for y in (2019, 2020)], ignore_index=True)
    result = cs.coagglomeration(plants, method=method, within="division", inference=option)
    lead = result[result["component"] == "gamma_c"] if method == GROUP else result
    assert list(zip(lead["year"], lead["industry"], strict=True)) == [
        (2019, "1"),
        (2019, "2"),
        (2020, "1"),
        (2020, "2"),
    ]
    assert lead["p_value"].between(0, 1).all()
    alone = cs.coagglomeration(made_up(5), method=method, within="division")
    assert result["estimate"].tolist() == pytest.approx([*alone["estimate"], *alone["estimate"]])


def test_leaving_plants_out_of_groups_leaves_them_out() -> None:
    plants = made_up(9, n=20)
    result = cs.coagglomeration(
        plants, method=GROUP, within="division", inference=cs.Jackknife()
    ).query("component == 'gamma_c'")
    by_hand = pd.concat(
        cs.coagglomeration(plants.drop(index=k), method=GROUP, within="division").query(
            "component == 'gamma_c'"
        )
        for k in plants.index
    ).groupby("industry")["estimate"]
    assert result["loo_low"].tolist() == pytest.approx(by_hand.min().tolist())
    assert result["loo_high"].tolist() == pytest.approx(by_hand.max().tolist())


# --- nothing, one plant, unknown ------------------------------------------------------------


def cells(**employment: list[float]) -> pd.DataFrame:
    """Cells of regions A, B, ... from a column for each industry, three plants in each."""
    rows = [
        {"region": "ABCDE"[r], "industry": i, "employment": e}
        for i, column in employment.items()
        for r, e in enumerate(column)
    ]
    frame = pd.DataFrame(rows).assign(establishments=3.0, people=10.0, all="one")
    return frame.assign(employment_squares=frame["employment"] ** 2 / 2)


def test_an_industry_that_is_nowhere_is_undefined_in_its_own_pairs_only() -> None:
    table = cells(a=[3, 2, 1], b=[1, 1, 4], c=[0, 0, 0])
    without = cells(a=[3, 2, 1], b=[1, 1, 4])
    for options in ({}, {"reference": "mean_share"}, {"method": MS}):
        found = as_pairs(cs.coagglomeration(table, **options))
        assert found["a", "b"] == as_pairs(cs.coagglomeration(without, **options))["a", "b"]
        assert np.isnan([found["a", "c"], found["b", "c"]]).all()
    for method in (GROUP, MS):
        whole, bare = (
            cs.coagglomeration(t, method=method, within="all")["estimate"].tolist()
            for t in (table, without)
        )
        assert whole == pytest.approx(bare)


def test_an_industry_with_one_plant_is_no_member_of_a_group() -> None:
    plants = made_up(13)
    single = pd.DataFrame(
        [("x", "A", "13Z", 50, "1")],
        columns=["establishment", "region", "industry", "employment", "division"],
    )
    whole = pd.concat([plants, single], ignore_index=True)
    whole["base"] = whole["region"].map({"A": 1, "B": 2, "C": 3, "D": 4})
    bare = whole.iloc[:-1]
    a, b = (
        cs.coagglomeration(t, method=GROUP, within="division", base="base") for t in (whole, bare)
    )
    pd.testing.assert_frame_equal(a, b, rtol=TOLERANCE)
    pairs = cs.coagglomeration(whole, method=GROUP, base="base")
    assert pairs.loc[pairs["industry2"] == "13Z", "estimate"].isna().all()
    assert as_pairs(cs.coagglomeration(whole, base="base"))["10Z", "13Z"] != 0


def test_a_group_without_two_members_is_undefined() -> None:
    table = cells(a=[3, 2, 1], b=[1, 1, 4]).assign(each=lambda t: t["industry"])
    for method in (GROUP, MS):
        assert cs.coagglomeration(table, method=method, within="each")["estimate"].isna().all()


def test_one_region_with_everything_leaves_nothing_to_say() -> None:
    table = cells(a=[3, 0], b=[5, 0])
    for options in ({}, {"method": MS}, {"method": GROUP}, {"method": GROUP, "within": "all"}):
        assert cs.coagglomeration(table, **options)["estimate"].isna().all()


@pytest.mark.filterwarnings("ignore:.*is unknown in 1 row")
def test_an_unknown_cell_stays_in_its_pairs_where_the_reference_is_given() -> None:
    table = cells(a=[3, 2, 1], b=[1, 1, 4], c=[2, 2, 2], d=[5, 1, 0])
    table["group"] = table["industry"].map({"a": "g", "b": "g", "c": "h", "d": "h"})
    holed = table.assign(employment=table["employment"].where(table.index != 7))
    holed["employment_squares"] = holed["employment"] ** 2 / 2
    known, some = (as_pairs(cs.coagglomeration(t, base="people")) for t in (table, holed))
    for pair, value in some.items():
        assert np.isnan(value) if "c" in pair else value == known[pair]
    assert cs.coagglomeration(holed)["estimate"].isna().all()
    for method in (GROUP, MS):
        of_groups = cs.coagglomeration(holed, method=method, within="group", base="people")
        lost = of_groups["industry"] == "h"
        assert of_groups.loc[lost, "estimate"].isna().all()
        assert of_groups.loc[~lost, "estimate"].notna().all()


# --- refusals -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"method": "kerr"}, "ellison_glaeser_kerr"),
        ({"reference": "rest"}, "mean_share"),
        ({"within": "all"}, "an index of pairs"),
        ({"reference": "mean_share", "base": "people"}, "without base="),
        ({"reference": "mean_share", "method": MS}, "ellison_glaeser_kerr"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    options: dict[str, str], sentence: str
) -> None:
    with pytest.raises(cs.OptionError, match=sentence):
        cs.coagglomeration(cells(a=[3, 2], b=[1, 1]), **options)


def test_groups_must_be_known_and_single() -> None:
    table = cells(a=[3, 2], b=[1, 1])
    with pytest.raises(cs.TableError, match="is blank at industry 'a'"):
        cs.coagglomeration(table.assign(g=[None, None, "x", "x"]), method=MS, within="g")
    with pytest.raises(cs.TableError, match="several values at industry 'a'"):
        cs.coagglomeration(table.assign(g=list("xyzz")), method=MS, within="g")


def many(industries: int) -> pd.DataFrame:
    """Cells of two regions with many industries."""
    return pd.DataFrame(
        {
            "region": np.repeat(["A", "B"], industries),
            "industry": [f"{k:04d}" for k in range(industries)] * 2,
            "employment": np.arange(2.0 * industries) + 1,
            "establishments": 1.0,
            "employment_squares": (np.arange(2.0 * industries) + 1) ** 2,
        }
    )


@pytest.mark.parametrize(
    ("option", "industries", "sentence"),
    [
        (cs.Bootstrap(seed=1), 600, "at most 518 industries, or take draws=745, or use Analytic"),
        (cs.MonteCarlo(null="dartboard", seed=1), 600, "2.9 GB"),
        (cs.Jackknife(), 1000, "keep the rows of at most"),
    ],
    ids=["bootstrap", "dartboard", "jackknife"],
)
def test_draws_of_too_many_pairs_are_refused_before_any_is_made(
    option: object, industries: int, sentence: str
) -> None:
    with pytest.raises(cs.OptionError, match=sentence):
        cs.coagglomeration(many(industries), inference=option)
