"""United States areas: bounds against enumeration, values against plain arithmetic."""

import itertools
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from clusterstats import datasets
from clusterstats.report import analyses_dir, run_analysis
from clusterstats.report.analyses import _load

EXACT = 1e-12
HELD = {
    "00": ["511", "5121", "5122", "515", "5211", "5221"],
    "51": ["511", "5121", "5122", "515"],
    "511": ["511"],
    "512": ["5121", "5122"],
    "5121": ["5121"],
    "5122": ["5122"],
    "515": ["515"],
    "52": ["5211", "5221"],
    "521": ["5211"],
    "5211": ["5211"],
    "522": ["5221"],
    "5221": ["5221"],
}
LEAVES = HELD["00"]

ONE = dict.fromkeys(LEAVES, (0, 0)) | {"511": (3, 10), "5121": (3, 5)}
PAIRS = [(6, 29), (36, 22), (27, 6), (29, 36), (9, 21)]

Allocation = dict[str, tuple[int, int]]


class Modules(NamedTuple):
    analysis: ModuleType
    bounds: ModuleType
    film: ModuleType
    mix: ModuleType
    related: ModuleType


@pytest.fixture(scope="module")
def us() -> Modules:
    analysis = _load(analyses_dir() / "us_metros")
    from importlib import import_module

    package = analysis.__name__.rpartition(".")[0]
    parts = (import_module(f"{package}.{name}") for name in ("bounds", "film", "mix", "related"))
    return Modules(analysis, *parts)


@pytest.fixture(scope="module")
def carried(us: Modules) -> pd.DataFrame:
    return us.analysis.carried()


@pytest.fixture(scope="module")
def lq(us: Modules, carried: pd.DataFrame) -> pd.DataFrame:
    return us.film.quotients(carried, us.analysis.names())


@pytest.fixture(scope="module")
def raw(data_dir: Path) -> pd.DataFrame:
    table = pd.read_parquet(data_dir / "us_cbp_2019_cbsa" / "cbp_cbsa_naics0-4.parquet")
    return table.astype({"cbsa_code": "object", "naics_code": "object"})


# --- bounds against all whole-number allocations ----------------------------------------------


def truth(seed: int) -> Allocation:
    """Establishments and employees of each leaf; none has employees without an establishment."""
    rng = np.random.default_rng(seed)
    numbers = rng.choice([0, 0, 1, 1, 2, 3, 5], size=len(LEAVES))
    place = seed % len(LEAVES)
    numbers[place] = max(numbers[place], 3)  # so that some total is printed
    jobs = np.where(numbers > 0, rng.integers(0, 4, size=len(LEAVES)), 0)
    jobs[place] = max(jobs[place], 1)
    both = zip(numbers.tolist(), jobs.tolist(), strict=True)
    return dict(zip(LEAVES, both, strict=True))


def totals(leaves: Allocation) -> Allocation:
    return {
        code: (sum(leaves[x][0] for x in held), sum(leaves[x][1] for x in held))
        for code, held in HELD.items()
    }


def printed(leaves: Allocation) -> Allocation:
    return {code: both for code, both in totals(leaves).items() if both[0] >= 3}


def allocations(seen: Allocation) -> list[Allocation]:
    """All that would be printed as this: every count, with every number of employees."""
    most = seen["00"][1]
    counts, jobs = (
        list(itertools.product(*([seen[x][i]] if x in seen else range(n + 1) for x in LEAVES)))
        for i, n in ((0, 2), (1, most))
    )
    counts = [n for n in counts if agrees(n, seen, 0)]
    jobs = [e for e in jobs if agrees(e, seen, 1)]
    pairs = [
        dict(zip(LEAVES, zip(n, e, strict=True), strict=True))
        for n, e in itertools.product(counts, jobs)
        if all(count or not job for count, job in zip(n, e, strict=True))
    ]
    return [leaves for leaves in pairs if printed(leaves) == seen]


def agrees(numbers: tuple[int, ...], seen: Allocation, place: int) -> bool:
    """Whether leaves add to what is printed above them."""
    by_leaf = dict(zip(LEAVES, numbers, strict=True))
    return all(sum(by_leaf[x] for x in HELD[code]) == both[place] for code, both in seen.items())


def as_table(areas: dict[str, Allocation]) -> pd.DataFrame:
    rows = [(area, code, *both) for area, seen in areas.items() for code, both in seen.items()]
    columns = ["region", "industry", "establishments", "employment"]
    # an area that prints everything gives every industry a column
    everything = [("ZZ", code, 5 * len(held), 7 * len(held)) for code, held in HELD.items()]
    return pd.DataFrame(rows + everything, columns=columns)


@pytest.mark.parametrize("seed", range(40))
def test_bounds_are_the_ends_of_all_allocations(us: Modules, seed: int) -> None:
    seen = printed(truth(seed))
    bounds = us.bounds.tree(as_table({"AA": seen}))
    possible = [totals(leaves) for leaves in allocations(seen)]
    assert possible
    assert (bounds.clipped, bounds.beyond) == (0, 0)
    for code in HELD:
        for place, ends in enumerate([bounds.establishments, bounds.employment]):
            values = [leaves[code][place] for leaves in possible]
            found = (ends.low.loc["AA", code], ends.high.loc["AA", code])
            assert found == (min(values), max(values)), (code, place)


def test_filling_keeps_every_total(us: Modules) -> None:
    seen = {str(seed): printed(truth(seed)) for seed in range(30)}
    filled = us.bounds.tree(as_table(seen)).filled
    for code, held in HELD.items():
        np.testing.assert_allclose(filled[held].sum(axis=1), filled[code], atol=EXACT)


def test_kinds_of_cells(us: Modules) -> None:
    seen = printed(ONE | {"5122": (2, 4)})
    cells = us.bounds.cells_of(us.bounds.tree(as_table({"AA": seen})), ["511", "5122", "5211"])
    kinds = cells[cells["region"] == "AA"].set_index("industry")
    assert kinds["cell"].to_dict() == {"511": "printed", "5122": "implied", "5211": "none"}
    assert kinds.loc["5122", ["employment_low", "establishments_high"]].tolist() == [4, 2]


def test_totals_that_disagree_are_counted_and_leave_nothing(us: Modules) -> None:
    seen = printed(ONE | {"5122": (1, 4), "5211": (1, 1)})
    noisy = seen | {"512": (4, 3)}
    bounds = us.bounds.tree(as_table({"AA": noisy}))
    assert bounds.clipped == 1  # 512 is less than 5121 alone
    assert bounds.employment.high.loc["AA", "5122"] == 0


def test_more_establishments_left_than_cells_can_have_are_counted(us: Modules) -> None:
    seen = printed(ONE | {"5122": (1, 4), "5211": (1, 1)})
    assert us.bounds.tree(as_table({"AA": seen | {"512": (7, 9)}})).beyond == 1


# --- indices under all allocations ------------------------------------------------------------


def employment(leaves: Allocation) -> np.ndarray:
    return np.array([leaves[leaf][1] for leaf in LEAVES], dtype=float)


@pytest.mark.parametrize("seeds", PAIRS)
def test_quotients_have_the_ends_of_all_allocations(us: Modules, seeds: tuple[int, int]) -> None:
    seen = {f"A{seed}": printed(truth(seed)) for seed in seeds}
    table = as_table(seen)
    cells = us.bounds.cells_of(us.bounds.tree(table), ["5121"])
    cells = cells.rename(columns={"total": "area_employment"})
    ends = cells.join(us.film._ends(cells)).set_index("region")
    size = table[table["industry"] == "00"].set_index("region")["employment"]
    pairs = itertools.product(*[allocations(seen[area]) for area in seen])
    films = np.array([[*(leaves["5121"][1] for leaves in pair), 7.0] for pair in pairs])
    places = [*seen, "ZZ"]
    quotient = films / size[places].to_numpy() / (films.sum(axis=1, keepdims=True) / size.sum())
    got = ends.loc[places, ["estimate_low", "estimate_high"]].to_numpy()
    np.testing.assert_allclose(got, np.c_[quotient.min(axis=0), quotient.max(axis=0)], rtol=EXACT)


@pytest.mark.parametrize("seeds", PAIRS)
def test_no_allocation_leaves_the_bounds_of_an_index(us: Modules, seeds: tuple[int, int]) -> None:
    seen = {f"A{seed}": printed(truth(seed)) for seed in seeds}
    table = as_table(seen)
    names = pd.DataFrame(index=pd.Index([*seen, "ZZ"], name="region"), columns=["name", "type"])
    special = us.mix.specialization(table, 4, names).set_index(["measure", "region"])
    found = us.mix.concentration(table).set_index(["measure", "industry"])
    for first, second in itertools.product(*[allocations(seen[area]) for area in seen]):
        x = np.array([employment(first), employment(second), [7.0] * len(LEAVES)])
        share, base = x / x.sum(axis=1, keepdims=True), x.sum(axis=1) / x.sum()
        krugman = np.abs(share - x.sum(axis=0) / x.sum()).sum(axis=1)
        inside(special.loc["krugman_specialization"].loc[[*seen, "ZZ"]], krugman)
        inside(special.loc["herfindahl"].loc[[*seen, "ZZ"]], (share**2).sum(axis=1))
        q = x / x.sum(axis=0)
        inside(found.loc["hoover_concentration"].loc[LEAVES], hoover(q, base))
        inside(found.loc["locational_gini"].loc[LEAVES], gini(q, base))


def hoover(q: np.ndarray, base: np.ndarray) -> np.ndarray:
    return np.abs(q - base[:, None]).sum(axis=0) / 2


def gini(q: np.ndarray, base: np.ndarray) -> np.ndarray:
    """Half of the mean difference of quotients: sum over pairs |q_a s_b - q_b s_a| / 4."""
    pairs = q[:, None] * base[None, :, None] - q[None] * base[:, None, None]
    return np.abs(pairs).sum(axis=(0, 1)) / 4


def inside(rows: pd.DataFrame, values: np.ndarray) -> None:
    assert (rows["estimate_low"].to_numpy() <= values + EXACT).all()
    assert (rows["estimate_high"].to_numpy() >= values - EXACT).all()


@pytest.mark.parametrize("seeds", PAIRS)
def test_no_allocation_leaves_the_ends_of_presence(us: Modules, seeds: tuple[int, int]) -> None:
    seen = {f"A{seed}": printed(truth(seed)) for seed in seeds}
    table = as_table(seen)
    here = us.related.presence(table)
    low, high = us.related._ends(here)
    places = [*seen, "ZZ"]
    size = table[table["industry"] == "00"].set_index("region")["employment"][places].to_numpy()
    codes = list(here.low)
    for pair in itertools.product(*[allocations(seen[area]) for area in seen]):
        x = np.array([[leaves[code][1] for code in codes] for leaves in map(totals, pair)])
        x = np.vstack([x, [7.0 * len(HELD[code]) for code in codes]])
        has = (x / size[:, None] / (x.sum(axis=0) / size.sum()) >= 1).astype(int)
        assert (here.low.loc[places] <= has).all(axis=None)
        assert (has <= here.high.loc[places]).all(axis=None)
        most = np.maximum.outer(has.sum(axis=0), has.sum(axis=0))
        both = has.T @ has
        is_there = most > 0
        assert (low[is_there] <= (both[is_there] / most[is_there]) + EXACT).all()
        assert (both[is_there] / most[is_there] <= high[is_there] + EXACT).all()


def test_proximity_and_its_ends_are_ordered(us: Modules, carried: pd.DataFrame) -> None:
    here = us.related.presence(carried)
    pairs = us.related.related(here)
    inside(pairs, pairs["estimate"].to_numpy())
    film, sector = here.filled["5121"], here.filled["51"]
    row = pairs.set_index(["industry", "industry2"]).loc[("51", "5121")]
    expected = (film & sector).sum() / max(film.sum(), sector.sum())
    assert row["estimate"] == pytest.approx(expected, rel=EXACT)


# --- the real table ---------------------------------------------------------------------------


def test_quotients_are_those_of_plain_arithmetic(lq: pd.DataFrame, raw: pd.DataFrame) -> None:
    film = raw[raw["naics_code"] == "5121"].set_index("cbsa_code")["emp"]
    area = raw[raw["naics_code"] == "00"].set_index("cbsa_code")["emp"]
    expected = (film / area.reindex(film.index)) / (film.sum() / area.sum())
    got = lq[lq["cell"] == "printed"].set_index("region")["estimate"]
    assert len(got) == 427
    np.testing.assert_allclose(got, expected[got.index], rtol=EXACT)
    assert got["31080"] == pytest.approx(6.5, abs=0.05)


def test_bounds_of_film_are_those_of_plain_arithmetic(lq: pd.DataFrame, raw: pd.DataFrame) -> None:
    """Written for this one industry: up from 5121 to the first printed total of the area."""
    wide = raw.pivot(index="cbsa_code", columns="naics_code", values="emp")
    number = raw.pivot(index="cbsa_code", columns="naics_code", values="estab")
    sectors = [code for code in wide if (len(code) == 2 or "-" in code) and code != "00"]
    above = [
        ("512", ["5121", "5122"]),
        ("51", ["511", "512", "515", "517", "518", "519"]),
        ("00", sectors),
    ]
    for region, low, high in lq[["region", "employment_low", "employment_high"]].itertuples(
        index=False
    ):
        jobs, plants = wide.loc[region], number.loc[region]
        if not np.isnan(jobs["5121"]):
            assert low == high == jobs["5121"]
            continue
        total, parts = next((t, parts) for t, parts in above if not np.isnan(jobs[t]))
        left = jobs[total] - jobs[parts].sum()
        is_empty = plants[total] == plants[parts].sum()
        only = total == "512" and not np.isnan(jobs["5122"])
        assert (low, high) == (left if only else 0, 0 if is_empty else left)


def test_every_area_is_decided_once(us: Modules, lq: pd.DataFrame) -> None:
    said = us.film.decided(lq).set_index("cell")
    sides = said[["more", "less", "undecided"]]
    assert (sides.sum(axis=1) == said["areas"]).all()
    assert (said.loc["all"] == said.drop("all").sum()).all()
    assert said.loc["all", "areas"] == 933
    printed_cells = lq[lq["cell"] == "printed"]
    assert said.loc["printed", "more"] == (printed_cells["estimate_low"] > 1).sum()
    beyond = (printed_cells[["estimate_low", "conf_low"]] > 1).all(axis=1)
    assert said.loc["printed", "more_beyond_chance"] == beyond.sum()


def test_an_unknown_cell_has_bounds_and_no_estimate(lq: pd.DataFrame) -> None:
    unknown = lq[lq["cell"] == "bounded"]
    assert unknown[["estimate", "std_error", "conf_low", "conf_high"]].isna().all(axis=None)
    assert (unknown["estimate_low"] < unknown["estimate_high"]).all()
    known = lq[lq["cell"] != "bounded"]
    assert known["estimate"].between(known["estimate_low"], known["estimate_high"] + EXACT).all()


def test_ranks_are_those_that_bounds_allow(lq: pd.DataFrame) -> None:
    low = (lq["employment_low"] / lq["area_employment"]).to_numpy()
    high = (lq["employment_high"] / lq["area_employment"]).to_numpy()
    for place in range(0, len(lq), 31):
        assert lq["rank_best"][place] == 1 + (low > high[place]).sum()
        assert lq["rank_worst"][place] == (high >= low[place]).sum()


def test_indices_of_known_areas_and_industries(us: Modules, raw: pd.DataFrame) -> None:
    table = us.analysis.carried()
    sectors = raw[raw["naics_level"] == 2]
    wide = sectors.pivot(index="cbsa_code", columns="naics_code", values="emp").dropna()
    area = raw[raw["naics_level"] == 0].set_index("cbsa_code")["emp"]
    complete = wide[wide.sum(axis=1) == area[wide.index]]
    assert len(complete) > 100
    expected = complete.div(complete.sum(axis=1), axis=0).pow(2).sum(axis=1)
    special = us.mix.specialization(table, 2, us.analysis.names()).set_index(["measure", "region"])
    got = special.loc["herfindahl"].loc[complete.index]
    for column in ("estimate", "estimate_low", "estimate_high"):
        np.testing.assert_allclose(got[column], expected, rtol=EXACT)
    film = raw[raw["naics_code"] == "5121"].set_index("cbsa_code")["emp"].reindex(area.index)
    q, base = (film.fillna(0) / film.sum()).to_numpy()[:, None], (area / area.sum()).to_numpy()
    found = us.mix.concentration(table).set_index(["measure", "industry"])["estimate"]
    assert found["hoover_concentration", "5121"] == pytest.approx(hoover(q, base)[0], rel=EXACT)
    assert found["locational_gini", "5121"] == pytest.approx(gini(q, base)[0], rel=EXACT)


def test_carried_table_answers_alone(us: Modules, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLUSTERSTATS_DATA", raising=False)
    outcome = run_analysis(analyses_dir(), "us_metros")
    assert outcome.error == ""
    shown = {exhibit.name: exhibit for exhibit in outcome.exhibits}
    assert len(shown["location_quotient"].table) == 933
    assert "specialization_4_digits" not in shown
    assert "set CLUSTERSTATS_DATA" in shown["specialization_2_digits"].note
    assert "set CLUSTERSTATS_DATA" in shown["full_file"].table["compared_with"][0]
    apart = shown["recomputed"].table.query("not agrees")
    assert apart["item"].str.contains("digits").all()
    assert apart["reason"].ne("").all()


@pytest.mark.slow
def test_whole_file_says_the_same(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLUSTERSTATS_DATA", str(data_dir))
    outcome = run_analysis(analyses_dir(), "us_metros")
    assert outcome.error == ""
    shown = {exhibit.name: exhibit for exhibit in outcome.exhibits}
    assert shown["full_file"].table["largest_difference"].tolist() == [0.0]
    assert shown["omitted"].table["totals_that_disagree"].tolist() == [0, 0, 0]
    apart = shown["recomputed"].table.query("not agrees")
    assert apart["item"].tolist() == ["employment printed, 2 digits"]
    for digits in (2, 4):
        table = shown[f"specialization_{digits}_digits"].table
        inside(table, table["estimate"].to_numpy())


def test_carried_table_is_in_the_public_domain() -> None:
    about = datasets.describe("us_cbp_2019")
    assert about.licence.startswith("Public domain")
    assert not {"31-33", "51", "512", "5121"} - set(datasets.load("us_cbp_2019")["industry"])
