"""The battery that every registered measure passes, in every form."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clusterstats as cs
from clusterstats.measures.declaration import REGISTRY, Declaration

pytestmark = pytest.mark.filterwarnings("ignore::clusterstats.errors.ClusterstatsWarning")

TOLERANCE = 1e-9  # rounding of sums in another order
YEARS = (2018, 2019, 2020, 2021)
Door = Callable[..., pd.DataFrame]
KEYS = ["year", "year2", "region", "region2", "industry", "industry2", "component"]


def ring(table: pd.DataFrame) -> pd.DataFrame:
    """Neighbours: each region's next one, and the one after it at half the weight."""
    names = sorted(table["region"].unique())
    steps = {1: 1.0, 2: 0.5} if len(names) > 2 else {1: 1.0} if len(names) == 2 else {}
    pairs = [
        (name, names[(k + step) % len(names)], weight)
        for k, name in enumerate(names)
        for step, weight in steps.items()
    ]
    return pd.DataFrame(pairs, columns=["region", "region2", "weight"])


BESIDE = {"neighbours": ring}


def called(
    door: Door,
    declaration: Declaration,
    table: pd.DataFrame,
    engine: Callable[[pd.DataFrame], object] = lambda frame: frame,
    **more: object,
) -> pd.DataFrame:
    """The measure in this form, of the table or, where it takes those, of its regions alone."""
    options = {"value": "employment", **declaration.options, **more}
    options |= {name: BESIDE[name](table) for name in declaration.beside}
    if declaration.reads == "regions":
        table = table.groupby(["year", "region"], as_index=False)["employment"].sum()
    return door(engine(table), **options)


CASES = [
    pytest.param(
        partial(called, entry.door, declaration),
        declaration,
        id=f"{name}-{'-'.join(map(str, declaration.options.values()))}",
    )
    for name, entry in REGISTRY.items()
    for declaration in entry.declarations
]


def sided(table: pd.DataFrame) -> pd.DataFrame:
    """Add what some measures take beside the cells: sizes of regions, groups of both axes."""
    region, industry = table["region"], table["industry"]
    number = region.str[1:].astype(float)
    return table.assign(
        population=1000 + 100 * number,
        area_km2=50 + 7 * number**2,
        macro=np.where(number % 2 == 0, "even", "odd"),
        section=np.where(industry.str[1].astype(int) % 2 == 0, "even", "odd"),
    )


def plants(seed: int = 3, n: int = 160, years: tuple[int, ...] = (2020, 2021)) -> pd.DataFrame:
    """Made-up establishments, each in both years, some with nobody."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "establishment": [f"E{k:03d}" for k in range(n)],
            "region": rng.choice(["R1", "R2", "R3", "R4"], n, p=[0.4, 0.3, 0.2, 0.1]),
            "industry": rng.choice(["59.11A", "62.01Z", "47.11F", "58.29C"], n),
        }
    )
    parts = [frame.assign(year=y, employment=rng.geometric(0.1, n) - 1.0) for y in years]
    return sided(pd.concat(parts, ignore_index=True))


def given_to(declaration: Declaration) -> pd.DataFrame:
    """Establishments of as many years as the measure is of."""
    return plants() if declaration.reads == "cells" else plants(years=YEARS)


def cells_of(table: pd.DataFrame) -> pd.DataFrame:
    """The cells of establishments, with what is beside them."""
    return sided(cs.cells(table))


def is_refused(declaration: Declaration, option: cs.inference.Inference) -> bool:
    unit = getattr(option, "unit", None)
    is_null = isinstance(option, cs.MonteCarlo)
    return (is_null and not declaration.has_null) or (
        unit is not None and unit not in declaration.drawable
    )


def keys_of(result: pd.DataFrame) -> list[str]:
    return [key for key in KEYS if key in result]


def lead(result: pd.DataFrame, declaration: Declaration) -> pd.DataFrame:
    """Rows that bounds and the neutral value are about: all pieces of a shift-share."""
    if "component" not in result or declaration.name == "shift_share":
        return result
    return result[result["component"] == declaration.components[0]]


def same(a: pd.DataFrame, b: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(a, b, rtol=TOLERANCE, atol=TOLERANCE)


@pytest.mark.parametrize(("door", "declaration"), CASES)
class TestEveryMeasure:
    """What holds of every measure on establishments and on their cells."""

    def test_input_is_untouched(self, door: Door, declaration: Declaration) -> None:
        table = cells_of(given_to(declaration))
        before = table.copy(deep=True)
        door(table)
        pd.testing.assert_frame_equal(table, before)

    def test_keys_are_unique_sorted_and_come_first(
        self, door: Door, declaration: Declaration
    ) -> None:
        result = door(given_to(declaration))
        keys = keys_of(result)
        assert list(result.columns[: len(keys)]) == keys
        assert not result.duplicated(keys).any()
        places = [key for key in keys if key != "component"]
        if places:
            same(result, result.sort_values(places, kind="stable", ignore_index=True))
        assert (result["measure"] == declaration.name).all()
        if "component" in result:
            assert set(declaration.components) <= set(result["component"])

    def test_row_order_is_irrelevant(self, door: Door, declaration: Declaration) -> None:
        table = cells_of(given_to(declaration))
        same(door(table), door(table.sample(frac=1, random_state=1)))

    def test_establishments_and_their_cells_agree(
        self, door: Door, declaration: Declaration
    ) -> None:
        a, b = door(given_to(declaration)), door(cells_of(given_to(declaration)))
        if "component" in a:  # fourth powers of sizes are not in cells
            a, b = (x[x["component"] != "var_G"] for x in (a, b))
        same(a, b)

    @pytest.mark.parametrize(
        "engine", [pl.from_pandas, lambda frame: duckdb.from_df(frame)], ids=["polars", "duckdb"]
    )
    def test_every_engine_gives_the_same(
        self, door: Door, declaration: Declaration, engine: Callable[..., object]
    ) -> None:
        table = cells_of(given_to(declaration))
        same(door(table), door(table, engine=engine))

    def test_several_at_once_gives_the_same(self, door: Door, declaration: Declaration) -> None:
        table = cells_of(given_to(declaration))
        options = dict(declaration.options)
        options |= {name: BESIDE[name](table) for name in declaration.beside}
        whole = table
        if declaration.reads == "regions":
            whole = table.groupby(["year", "region"], as_index=False)["employment"].sum()
        other = "atkinson" if declaration.name == "gini" else "gini"
        found = cs.measure(whole, [other, (declaration.name, options)])
        found = found[found["measure"] == declaration.name].reset_index(drop=True)
        alone = door(table)
        pd.testing.assert_frame_equal(found[alone.columns], alone, check_dtype=False)

    def test_scale_free_where_declared(self, door: Door, declaration: Declaration) -> None:
        table = given_to(declaration)
        a, b = (door(t) for t in (table, table.assign(employment=table["employment"] * 7)))
        if declaration.reads == "regions":  # a regression's constant is on the scale of its values
            a, b = (lead(x, declaration) for x in (a, b))
        same(a if declaration.scale_free else a.assign(estimate=a["estimate"] * 7), b)

    def test_bounds_hold(self, door: Door, declaration: Declaration) -> None:
        result = lead(door(given_to(declaration)), declaration)
        low, high = declaration.bounds
        assert result["estimate"].dropna().between(low - TOLERANCE, high + TOLERANCE).all()
        assert result["estimate"].notna().any()

    def test_neutral_value_under_independence(self, door: Door, declaration: Declaration) -> None:
        if declaration.neutral is None or 2 in declaration.powers:
            pytest.skip("no neutral value of a table without establishments")
        sizes, mix = np.array([10.0, 30.0, 60.0]), np.array([1.0, 2.0, 5.0, 12.0])
        table = pd.DataFrame(
            [(f"R{r}", f"I{i}", s * m) for r, s in enumerate(sizes) for i, m in enumerate(mix)],
            columns=["region", "industry", "employment"],
        )
        if declaration.reads != "cells":
            table = pd.concat([table.assign(year=year) for year in YEARS])
        result = lead(door(sided(table)), declaration)
        assert np.allclose(result["estimate"], declaration.neutral, atol=TOLERANCE)

    def test_years_do_not_hang_on_other_years(self, door: Door, declaration: Declaration) -> None:
        table = given_to(declaration)
        if declaration.reads == "cells":
            alone = door(table.query("year == 2021").drop(columns="year"))
            there = door(table).query("year == 2021").drop(columns="year").reset_index(drop=True)
        else:
            alone = door(table.query("year >= 2019"), years=(2019, 2021))
            there = door(table, years=(2019, 2021))
        same(there, alone)

    def test_empty_region_and_industry_are_undefined_in_their_own_rows(
        self, door: Door, declaration: Declaration
    ) -> None:
        years = (2020,) if declaration.reads == "cells" else YEARS
        table = cells_of(plants(years=years))
        extra = [("R9", i) for i in [*table["industry"].unique(), "99.99Z"]]
        extra += [(r, "99.99Z") for r in table["region"].unique()]
        zero = dict.fromkeys(("establishments", "employment", "employment_squares"), 0.0)
        empty = [
            pd.DataFrame(extra, columns=["region", "industry"]).assign(year=year, **zero)
            for year in years
        ]
        whole = sided(pd.concat([table, *empty], ignore_index=True))
        if declaration.reads == "cells":
            table, whole = (x.drop(columns="year") for x in (table, whole))
        result, bare = door(whole), door(table)
        if not keys_of(bare):
            assert result["estimate"].notna().all()
            return
        kept = result.merge(bare[keys_of(bare)], on=keys_of(bare))
        assert len(kept) == len(bare)
        assert kept["estimate"].notna().all()
        is_of_members = declaration.grain and declaration.options.get("within") != "section"
        assert len(result) > len(bare) or not is_of_members

    @pytest.mark.parametrize(
        "option",
        [
            cs.Analytic(),
            cs.Bootstrap(draws=29, seed=5),
            cs.Bootstrap(unit="region", draws=29, seed=5),
            cs.Jackknife(),
            cs.MonteCarlo(draws=29, seed=5),
            cs.MonteCarlo(null="dartboard", draws=29, seed=5),
            cs.MonteCarlo(null="random_location", draws=29, seed=5),
        ],
        ids=lambda o: f"{type(o).__name__}-{getattr(o, 'null', getattr(o, 'unit', ''))}",
    )
    def test_inference_has_the_contract_columns_and_repeats_its_bytes(
        self, door: Door, declaration: Declaration, option: cs.inference.Inference
    ) -> None:
        table = given_to(declaration)
        if declaration.methods and isinstance(option, cs.Analytic) and not declaration.analytic:
            with pytest.raises(cs.ClusterstatsError, match=r"has no analytic form|does not fit"):
                door(table, inference=option)
            return
        if not declaration.methods or is_refused(declaration, option):
            with pytest.raises(cs.ClusterstatsError, match="does not fit"):
                door(table, inference=option)
            return
        first, again = (door(table, inference=option) for _ in range(2))
        pd.testing.assert_frame_equal(first, again, check_exact=True)
        assert {"std_error", "statistic", "p_value", "conf_low", "conf_high"} <= set(first)
        if isinstance(option, cs.MonteCarlo):
            assert first[["conf_low", "conf_high"]].isna().all(axis=None)
            assert first["null_mean"].notna().any()
        known = first.dropna(subset=["conf_low", "conf_high"])
        assert (known["conf_low"] <= known["conf_high"]).all()
        assert first["p_value"].dropna().between(0, 1).all()
        for name in ("definition", "sample", "inference", "estimand"):
            assert first.attrs[name]


@settings(max_examples=40, deadline=None)
@given(data=st.data())
@pytest.mark.parametrize(
    ("door", "declaration"), [case for case in CASES if case.values[1].reads != "regions"]
)
def test_any_small_table_is_measured_within_bounds(
    door: Door, declaration: Declaration, data: st.DataObject
) -> None:
    years = [2020] if declaration.reads == "cells" else [2019, 2020, 2021]
    least = 2 if declaration.beside else 1  # neighbours take two
    regions, industries = data.draw(st.integers(least, 4)), data.draw(st.integers(1, 4))
    cells = len(years) * regions * industries
    jobs = np.array(data.draw(st.lists(st.integers(0, 50), min_size=cells, max_size=cells)), float)
    names = [[f"R{r}" for r in range(regions)], [f"I{i}" for i in range(industries)]]
    index = pd.MultiIndex.from_product([years, *names], names=["year", "region", "industry"])
    table = index.to_frame(index=False).assign(
        employment=jobs,
        establishments=np.where(jobs > 0, 2.0, 0.0),
        employment_squares=jobs**2 * 0.625,
    )
    if declaration.reads == "cells":
        table = table.drop(columns="year")
    result = lead(door(sided(table)), declaration)
    low, high = declaration.bounds
    assert result["estimate"].dropna().between(low - TOLERANCE, high + TOLERANCE).all()
