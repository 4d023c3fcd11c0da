"""What a result says of its bounds: columns, notes, edges and refusals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import clusterstats as cs
from clusterstats.measures.declaration import REGISTRY
from clusterstats.measures.partial.rows import CORNERS, row_bounds
from clusterstats.measures.run import infer

pytestmark = pytest.mark.filterwarnings("ignore::clusterstats.errors.ClusterstatsWarning")


def jobs(**changes: object) -> pd.DataFrame:
    """Cells of two regions, one withheld."""
    table: dict[str, object] = {
        "region": list("AABB"),
        "industry": ["film", "other"] * 2,
        "employment": [np.nan, 90.0, 40.0, 160.0],
        "employment_low": [10.0, np.nan, np.nan, np.nan],
        "employment_high": [30.0, np.nan, np.nan, np.nan],
    }
    return pd.DataFrame(table | changes)


def quotient(a: float, b: float, c: float, d: float) -> float:
    return a * (a + b + c + d) / ((a + b) * (a + c))


def test_location_quotient_by_hand() -> None:
    result = cs.location_quotient(jobs())
    assert result["estimate"].isna().all()
    low, high = result["estimate_low"].tolist(), result["estimate_high"].tolist()
    assert low[0] == pytest.approx(quotient(10, 90, 40, 160), rel=1e-12)
    assert high[0] == pytest.approx(quotient(30, 90, 40, 160), rel=1e-12)
    assert low[2] == pytest.approx(quotient(40, 160, 30, 90), rel=1e-12)
    assert high[2] == pytest.approx(quotient(40, 160, 10, 90), rel=1e-12)
    assert "are sharp" in result.attrs["note"]


def test_largest_quotient_may_lie_inside_the_band() -> None:
    table = jobs(employment=[np.nan, 10.0, 10.0, 1000.0], employment_low=[1.0] + [np.nan] * 3)
    table["employment_high"] = [1000.0] + [np.nan] * 3
    high = cs.location_quotient(table)["estimate_high"].iloc[0]
    at = (100 + np.sqrt(100**2 + 1000 * 1020 * 100)) / 1000
    assert high == pytest.approx(quotient(at, 10, 10, 1000), rel=1e-12)
    assert high > max(quotient(1, 10, 10, 1000), quotient(1000, 10, 10, 1000))


def test_without_upper_bound_the_limits_are_taken() -> None:
    table = jobs(employment_high=[np.nan] * 4)
    result = cs.location_quotient(table).set_index(["region", "industry"])
    film, rest = result.loc[("A", "film")], result.loc[("B", "film")]
    assert film["estimate_low"] == pytest.approx(quotient(10, 90, 40, 160))
    assert rest["estimate_low"] == pytest.approx(40 / 200)  # its industry grows without end
    assert rest["estimate_high"] == pytest.approx(quotient(40, 160, 10, 90))
    diverse = cs.herfindahl(table)
    assert diverse["estimate_high"].iloc[0] == pytest.approx(1.0)
    assert diverse["estimate_low"].iloc[0] == pytest.approx(0.5)


def test_a_row_that_needs_no_unknown_cell_is_its_own_bounds() -> None:
    result = cs.herfindahl(jobs())
    known = result.iloc[1]
    assert known["estimate_low"] == known["estimate"] == known["estimate_high"]
    first = result.iloc[0]
    assert first["estimate_low"] == pytest.approx((30**2 + 90**2) / 120**2)
    assert first["estimate_high"] == pytest.approx((10**2 + 90**2) / 100**2)


def test_an_empty_region_stays_undefined() -> None:
    table = jobs(employment=[np.nan, 90.0, 0.0, 0.0])
    for name in ("location_quotient", "herfindahl", "krugman_specialization", "hachman"):
        result = REGISTRY[name].door(table)
        empty = result[result["region"] == "B"]
        assert empty[["estimate", "estimate_low", "estimate_high"]].isna().all(axis=None)
        assert result.loc[result["region"] == "A", "estimate_low"].notna().all()


def test_unknown_is_never_zero() -> None:
    bounded = cs.location_quotient(jobs()).iloc[0]
    zero = cs.location_quotient(
        jobs(employment=[0.0, 90.0, 40.0, 160.0]).drop(
            columns=["employment_low", "employment_high"]
        )
    ).iloc[0]
    assert bounded["estimate_low"] > zero["estimate"]


@pytest.mark.parametrize("columns", [["employment_low", "employment_high"], []])
def test_a_known_table_has_no_bounds(columns: list[str]) -> None:
    table = jobs(employment=[20.0, 90.0, 40.0, 160.0])[["region", "industry", "employment"]]
    table = table.assign(**dict.fromkeys(columns, table["employment"]))
    assert "estimate_low" not in cs.location_quotient(table)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("location_quotient", {"form": "standardized"}),
        ("diversity_count", {}),
        ("kl_divergence", {"of": "table"}),
    ],
)
def test_a_measure_without_bounds_says_so(name: str, options: dict[str, str]) -> None:
    result = REGISTRY[name].door(jobs(), **options)
    assert result[["estimate_low", "estimate_high"]].isna().all(axis=None)
    assert "no bounds are known of this form" in result.attrs["note"]


def test_establishments_bounds_add_up() -> None:
    table = pd.DataFrame(
        {
            "establishment": ["1", "2", "3", "4", "5"],
            "region": list("AAABB"),
            "industry": ["film", "film", "other", "film", "other"],
            "employment": [4.0, np.nan, 90.0, 40.0, 160.0],
            "employment_low": [np.nan, 6.0, np.nan, np.nan, np.nan],
            "employment_high": [np.nan, 26.0, np.nan, np.nan, np.nan],
        }
    )
    ours, cells = cs.location_quotient(table), cs.location_quotient(jobs())
    for name in ("estimate_low", "estimate_high"):
        assert np.allclose(ours[name], cells[name], rtol=1e-12)


def test_an_imputed_value_lies_within_its_bounds() -> None:
    row = cs.location_quotient(jobs(employment=[20.0, 90.0, 40.0, 160.0])).iloc[0]
    assert row["estimate_low"] < row["estimate"] < row["estimate_high"]


def test_crossed_bounds_are_refused() -> None:
    table = jobs(employment_low=[31.0, np.nan, np.nan, np.nan])
    with pytest.raises(cs.TableError, match="'employment_low' is 31 and 'employment_high' 30"):
        cs.location_quotient(table)


def test_a_declaration_may_bring_its_own_bounds() -> None:
    form = REGISTRY["herfindahl"].declarations[0]

    def never_beyond(low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return 0 * low.sum(axis=-1) + 0.25, 0 * low.sum(axis=-1) + 0.95

    own = replace(form, bounding=never_beyond, bounding_kind="outer: as an example")
    result = infer(own, jobs(), "employment", None)
    assert result["estimate_high"].iloc[0] == 0.95
    assert "outer: as an example" in result.attrs["note"]


@pytest.mark.parametrize("n_open", [CORNERS + 1, 40])
def test_many_open_cells_are_held_by_the_lorenz_bound(n_open: int) -> None:
    rng = np.random.default_rng(n_open)
    low = rng.uniform(0, 20, (3, 50))
    high = low.copy()
    high[:, :n_open] += rng.uniform(0, 15, (3, n_open))

    def herfindahl(x: np.ndarray) -> np.ndarray:
        return ((x / x.sum(axis=-1, keepdims=True)) ** 2).sum(axis=-1)

    least, most = row_bounds(herfindahl, low, high, 1)
    corners = np.where(rng.random((4000, 1, 50)) < 0.5, low, high)
    found = herfindahl(np.concatenate([corners, rng.uniform(low, high, (4000, 3, 50))]))
    assert (found >= least - 1e-12).all()
    assert (found <= most + 1e-12).all()
    assert (most < 3 * found.max(axis=0)).all()


def test_the_first_of_several_components_has_the_bounds() -> None:
    table = jobs().assign(macro=list("xxyy"))
    whole = cs.theil_concentration(table)
    parts = cs.theil_concentration(table, within="macro").set_index("component")
    assert np.allclose(parts.loc["total", "estimate_high"], whole["estimate_high"], rtol=1e-12)
    assert parts.loc[["between", "within"], ["estimate_low", "estimate_high"]].isna().all(axis=None)


def test_a_known_year_keeps_its_estimate_where_no_bounds_are_known() -> None:
    known = jobs(
        employment=[20.0, 90.0, 40.0, 160.0], employment_low=np.nan, employment_high=np.nan
    )
    table = pd.concat([jobs().assign(year=1), known.assign(year=2)])
    result = cs.kl_divergence(table, of="table").set_index("year")
    assert np.isnan(result.loc[1, "estimate_low"])
    assert result.loc[2, "estimate_low"] == result.loc[2, "estimate"]


WIDE = [
    ([1, 10, 10, 1000], [1000, 10, 10, 1000]),
    ([5, 1, 40, 200], [5, 400, 40, 200]),
    ([5, 30, 1, 200], [5, 30, 900, 200]),
    ([1, 20, 15, 300], [600, 20, 15, 300]),
    ([20, 10, 10, 1000], [2000, 10, 10, 1000]),
]


@pytest.mark.parametrize("reference", ["total", "rest"])
@pytest.mark.parametrize("form", ["plain", "additive_industry", "additive_region"])
@pytest.mark.parametrize(("low", "high"), WIDE)
def test_ends_are_those_of_a_fine_walk_through_a_wide_band(
    form: str, reference: str, low: list[float], high: list[float]
) -> None:
    ends = {"employment_low": low, "employment_high": high}
    table = jobs(employment=np.where(np.equal(low, high), low, np.nan), **ends)
    result = cs.location_quotient(table, form=form, reference=reference)  # type: ignore[arg-type]
    steps = 8001
    walk = jobs().drop(columns=list(ends))
    panel = pd.concat([walk] * steps, ignore_index=True)
    panel["year"] = np.arange(steps).repeat(4)
    panel["employment"] = np.geomspace(low, high, steps).ravel()
    found = cs.location_quotient(panel, form=form, reference=reference)  # type: ignore[arg-type]
    values = found["estimate"].to_numpy().reshape(steps, 4)
    assert np.allclose(result["estimate_low"], values.min(axis=0), rtol=1e-4, atol=1e-5)
    assert np.allclose(result["estimate_high"], values.max(axis=0), rtol=1e-4, atol=1e-5)
