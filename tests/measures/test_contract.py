"""The battery that every registered measure passes, in every form."""

from __future__ import annotations

from collections.abc import Callable

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
CASES = [
    pytest.param(
        entry.door, declaration, id=f"{name}-{'-'.join(map(str, declaration.options.values()))}"
    )
    for name, entry in REGISTRY.items()
    for declaration in entry.declarations
]
Door = Callable[..., pd.DataFrame]
KEYS = ["year", "region", "region2", "industry", "industry2", "component"]


def sided(table: pd.DataFrame) -> pd.DataFrame:
    """Add what some measures take beside the cells: sizes of regions, groups of both axes."""
    region, industry = table["region"], table["industry"]
    number = region.str[1:].astype(float)
    return table.assign(
        population=1000 + 100 * number,
        area_km2=50 + 7 * number**2,
        macro=np.where(number % 2 == 0, "even", "odd"),
        section=industry.str[:1],
    )


def plants(seed: int = 3, n: int = 160, years: tuple[int, ...] = (2020, 2021)) -> pd.DataFrame:
    """Made-up establishments, each in both years, some with nobody."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "establishment": [f"E{k:03d}" for k in range(n)],
            "region": rng.choice(["R1", "R2", "R3", "R4"], n, p=[0.4, 0.3, 0.2, 0.1]),
            "industry": rng.choice(["59.11A", "62.01Z", "47.11F"], n),
        }
    )
    parts = [frame.assign(year=y, employment=rng.geometric(0.1, n) - 1.0) for y in years]
    return sided(pd.concat(parts, ignore_index=True))


def cells_of(table: pd.DataFrame) -> pd.DataFrame:
    """The cells of establishments, with what is beside them."""
    return sided(cs.cells(table))


def is_refused(declaration: Declaration, option: cs.inference.Inference) -> bool:
    unit = getattr(option, "unit", None)
    is_null = isinstance(option, cs.MonteCarlo)
    return (is_null and not declaration.has_null) or (
        unit is not None and unit not in declaration.units
    )


def keys_of(result: pd.DataFrame) -> list[str]:
    return [key for key in KEYS if key in result]


def same(a: pd.DataFrame, b: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(a, b, rtol=TOLERANCE, atol=TOLERANCE)


@pytest.mark.parametrize(("door", "declaration"), CASES)
class TestEveryMeasure:
    """What holds of every measure on establishments and on their cells."""

    def test_input_is_untouched(self, door: Door, declaration: Declaration) -> None:
        table = cells_of(plants())
        before = table.copy(deep=True)
        door(table, **declaration.options)
        pd.testing.assert_frame_equal(table, before)

    def test_keys_are_unique_sorted_and_come_first(
        self, door: Door, declaration: Declaration
    ) -> None:
        result = door(plants(), **declaration.options)
        keys = keys_of(result)
        assert list(result.columns[: len(keys)]) == keys
        assert not result.duplicated(keys).any()
        places = [key for key in keys if key != "component"]
        if places:
            same(result, result.sort_values(places, kind="stable", ignore_index=True))
        assert (result["measure"] == declaration.name).all()

    def test_row_order_is_irrelevant(self, door: Door, declaration: Declaration) -> None:
        table = cells_of(plants())
        same(
            door(table, **declaration.options),
            door(table.sample(frac=1, random_state=1), **declaration.options),
        )

    def test_establishments_and_their_cells_agree(
        self, door: Door, declaration: Declaration
    ) -> None:
        a = door(plants(), **declaration.options)
        b = door(cells_of(plants()), **declaration.options)
        if "component" in a:  # fourth powers of sizes are not in cells
            a, b = (x[x["component"] != "var_G"] for x in (a, b))
        same(a, b)

    @pytest.mark.parametrize(
        "engine", [pl.from_pandas, lambda frame: duckdb.from_df(frame)], ids=["polars", "duckdb"]
    )
    def test_every_engine_gives_the_same(
        self, door: Door, declaration: Declaration, engine: Callable[..., object]
    ) -> None:
        table = cells_of(plants())
        same(door(table, **declaration.options), door(engine(table), **declaration.options))

    def test_scale_free_where_declared(self, door: Door, declaration: Declaration) -> None:
        table = plants()
        bigger = table.assign(employment=table["employment"] * 7)
        a, b = (door(t, **declaration.options) for t in (table, bigger))
        assert declaration.scale_free
        same(a, b)

    def test_bounds_hold(self, door: Door, declaration: Declaration) -> None:
        result = door(plants(), **declaration.options)
        if "component" in result:
            result = result[result["component"] == declaration.components[0]]
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
        result = door(sided(table), **declaration.options)
        if "component" in result:
            result = result[result["component"] == declaration.components[0]]
        assert np.allclose(result["estimate"], declaration.neutral, atol=TOLERANCE)

    def test_one_year_alone_is_that_year_in_the_panel(
        self, door: Door, declaration: Declaration
    ) -> None:
        panel = door(plants(), **declaration.options)
        alone = door(plants().query("year == 2021").drop(columns="year"), **declaration.options)
        there = panel.query("year == 2021").drop(columns="year").reset_index(drop=True)
        same(there, alone)

    def test_empty_region_and_industry_are_undefined_in_their_own_rows(
        self, door: Door, declaration: Declaration
    ) -> None:
        table = cells_of(plants(years=(2020,)).drop(columns="year"))
        extra = [("R9", i) for i in [*table["industry"].unique(), "99.99Z"]]
        extra += [(r, "99.99Z") for r in table["region"].unique()]
        empty = pd.DataFrame(extra, columns=["region", "industry"])
        zero = dict.fromkeys(("establishments", "employment", "employment_squares"), 0.0)
        whole = sided(pd.concat([table, empty.assign(**zero)], ignore_index=True))
        result = door(whole, **declaration.options)
        bare = door(table, **declaration.options)
        if not keys_of(bare):
            assert result["estimate"].notna().all()
            return
        kept = result.merge(bare[keys_of(bare)], on=keys_of(bare))
        assert kept["estimate"].notna().all()
        assert len(result) > len(bare)

    @pytest.mark.parametrize(
        "option",
        [
            cs.Analytic(),
            cs.Bootstrap(draws=29, seed=5),
            cs.Jackknife(),
            cs.MonteCarlo(draws=29, seed=5),
            cs.MonteCarlo(null="dartboard", draws=29, seed=5),
            cs.MonteCarlo(null="random_location", draws=29, seed=5),
        ],
        ids=lambda o: f"{type(o).__name__}-{getattr(o, 'null', '')}",
    )
    def test_inference_has_the_contract_columns_and_repeats_its_bytes(
        self, door: Door, declaration: Declaration, option: cs.inference.Inference
    ) -> None:
        if isinstance(option, cs.Analytic) and declaration.analytic is None:
            with pytest.raises(cs.ClusterstatsError, match="has no analytic form"):
                door(plants(), inference=option, **declaration.options)
            return
        if is_refused(declaration, option):
            with pytest.raises(cs.ClusterstatsError, match="does not fit"):
                door(plants(), inference=option, **declaration.options)
            return
        first, again = (door(plants(), inference=option, **declaration.options) for _ in range(2))
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
@pytest.mark.parametrize(("door", "declaration"), CASES)
def test_any_small_table_is_measured_within_bounds(
    door: Door, declaration: Declaration, data: st.DataObject
) -> None:
    regions, industries = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 4))
    sizes = st.lists(
        st.integers(0, 50), min_size=regions * industries, max_size=regions * industries
    )
    jobs = np.array(data.draw(sizes), dtype=float)
    table = pd.DataFrame(
        {
            "region": np.repeat([f"R{r}" for r in range(regions)], industries),
            "industry": [f"I{i}" for i in range(industries)] * regions,
            "employment": jobs,
            "establishments": np.where(jobs > 0, 2.0, 0.0),
            "employment_squares": jobs**2 * 0.625,
        }
    )
    result = door(sided(table), **declaration.options)
    if "component" in result:
        result = result[result["component"] == declaration.components[0]]
    low, high = declaration.bounds
    assert result["estimate"].dropna().between(low - TOLERANCE, high + TOLERANCE).all()
