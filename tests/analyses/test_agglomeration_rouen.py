"""Growth around Rouen: the sample by plain pandas, the printed numbers, the bias."""

from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from linearmodels import PanelOLS

from clusterstats.report import analyses_dir
from clusterstats.report.analyses import _load

EXACT = 1e-12  # the same sums in another order


class Modules(NamedTuple):
    analysis: ModuleType
    samples: ModuleType
    bias: ModuleType


@pytest.fixture(scope="module")
def rouen() -> Modules:
    analysis = _load(analyses_dir() / "agglomeration_rouen")
    package = analysis.__name__.rpartition(".")[0]
    return Modules(analysis, *(import_module(f"{package}.{n}") for n in ("samples", "bias")))


@pytest.fixture(scope="module")
def cells(rouen: Modules) -> pd.DataFrame:
    return rouen.samples.carried()


@pytest.fixture(scope="module")
def panel(rouen: Modules, cells: pd.DataFrame) -> pd.DataFrame:
    return rouen.samples.yearly(cells)


def plain(path: Path) -> pd.DataFrame:
    """Terms of each employing cell by group sums, from the tidy file beside the publisher's."""
    table = pd.read_parquet(path).astype({"nb_etablissements": float, "effectifs_salaries": float})
    keys = ["code_commune", "a38", "annee"]
    table = table.groupby(keys)[["effectifs_salaries", "nb_etablissements"]].sum().reset_index()
    table.columns = pd.Index(["region", "industry", "year", "e", "n"])
    sector = table.groupby(["industry", "year"])[["e", "n"]].sum()
    sector["rest"] = sector.groupby("year")["e"].transform("sum") - sector["e"]
    sector["squares"] = sector["e"] ** 2
    sector["squares"] = sector.groupby("year")["squares"].transform("sum") - sector["squares"]
    on = ["industry", "year"]
    table = table.merge(sector.reset_index(), on=on, suffixes=("", "_i"))
    commune = table.groupby(["region", "year"])
    total = commune["e"].transform("sum")
    squares = (table["e"] ** 2).groupby([table["region"], table["year"]]).transform("sum")
    share = (table["e"] / total) / (table["e_i"] / (table["e_i"] + table["rest"]))
    diversity = (total - table["e"]) ** 2 / (squares - table["e"] ** 2)
    table["log_lq"] = np.log(share.where(table["e"] > 0))
    table["log_diversity"] = np.log(diversity / (table["rest"] ** 2 / table["squares"]))
    competition = (table["n"] / table["e"]).where(table["e"] > 0) / (table["n_i"] / table["e_i"])
    table["log_competition"] = np.log(competition)
    table["log_total"] = np.log(total.where(total > 0))
    return table


def test_the_sample_is_that_of_plain_sums(data_dir: Path, panel: pd.DataFrame) -> None:
    found = plain(data_dir / "urssaf_rouen_commune_ape" / "urssaf_rouen_long.parquet")
    found = found[(found["e"] > 0) & found["log_diversity"].notna()]
    later = found[["region", "industry", "year", "e"]].assign(year=found["year"] - 1)
    pairs = found.merge(later, on=["region", "industry", "year"], suffixes=("", "_later"))
    pairs["growth"] = np.log(pairs["e_later"] / pairs["e"])
    keys = ["region", "industry", "year"]
    pairs, ours = (t.sort_values(keys, ignore_index=True) for t in (pairs, panel))
    assert len(ours) == len(pairs) == 25_096
    assert ours["cell"].nunique() == 2_176
    assert ours[keys].to_numpy().tolist() == pairs[keys].to_numpy().tolist()
    for name in ("growth", "log_lq", "log_diversity", "log_competition", "log_total"):
        np.testing.assert_allclose(ours[name], pairs[name], rtol=EXACT, atol=EXACT)


def test_every_printed_number_agrees(
    rouen: Modules, cells: pd.DataFrame, panel: pd.DataFrame
) -> None:
    far = rouen.analysis.long_growth(rouen.samples.long(cells))
    table = rouen.analysis.printed(rouen.analysis.ladder(panel), far, panel)
    assert len(table) == 15
    assert table["agrees"].all()


def test_the_full_file_gives_the_same(
    rouen: Modules, panel: pd.DataFrame, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLUSTERSTATS_DATA", str(data_dir))
    told = rouen.analysis.same_from_the_full_file(panel)
    assert told["largest_difference"].iloc[0] < EXACT


def test_panels_without_effect_keep_what_is_not_drawn(rouen: Modules, panel: pd.DataFrame) -> None:
    first, second = list(rouen.bias.without_effect(panel, 1))[:2]
    mean = panel.groupby("year")["growth"].transform("mean")
    np.testing.assert_allclose((first["growth"] - mean).abs(), (panel["growth"] - mean).abs())
    assert not first["growth"].equals(second["growth"])
    again = next(rouen.bias.without_effect(panel, 1))
    pd.testing.assert_frame_equal(first, again)
    # log employment at the end of a year is that at the start of the next, within a spell
    moved = first["log_lq"] - panel["log_lq"]
    step = first["growth"] - panel["growth"]
    follows = (panel["cell"] == panel["cell"].shift()) & (
        panel["year"] == panel["year"].shift() + 1
    )
    np.testing.assert_allclose(moved[follows], (moved + step).shift()[follows], atol=1e-9)
    assert (moved[~follows] == 0).all()


def test_yearly_growth_is_that_of_linearmodels(rouen: Modules, panel: pd.DataFrame) -> None:
    indexed = panel.set_index(["cell", "year"])
    names = ["log_lq", "log_diversity", "log_competition", "log_total"]
    found = rouen.analysis.ladder(panel).query("convention == 'linearmodels'")
    for effects, of_cells in (("year", False), ("cell and year", True)):
        x = indexed[names] if of_cells else indexed[names].assign(constant=1.0)
        model = PanelOLS(indexed["growth"], x, entity_effects=of_cells, time_effects=True)
        for cluster, option in (
            ("cell", {"cluster_entity": True}),
            ("commune", {"clusters": indexed["region"].astype("category").cat.codes}),
        ):
            theirs = model.fit(cov_type="clustered", **option)
            ours = found[(found["clustered_by"] == cluster) & (found["effects"] == effects)]
            np.testing.assert_allclose(ours["estimate"], theirs.params[names], rtol=1e-8)
            np.testing.assert_allclose(ours["std_error"], theirs.std_errors[names], rtol=1e-8)


@pytest.mark.slow
def test_a_panel_without_effect_has_most_of_the_coefficient(
    rouen: Modules, panel: pd.DataFrame
) -> None:
    told = rouen.bias.nickell(panel, rouen.analysis.SEED)
    rows = told.set_index(["effects", "years_in_a_window"])
    within = rows.loc["cell and year"]
    assert within["estimate"].is_monotonic_increasing  # toward 0 as years are added
    assert within["null_mean"].is_monotonic_increasing
    assert rows.loc[("cell and year", 16), "null_high"] < -0.15
    pooled = rows.loc[("year", 16)]
    assert pooled["null_low"] < 0 < pooled["null_high"]


def test_long_growth_is_that_of_dummies(rouen: Modules, cells: pd.DataFrame) -> None:
    sample = rouen.samples.long(cells)
    names = ["log_lq", "log_diversity", "log_competition", "log_total"]
    dummies = pd.get_dummies(sample["industry"], dtype=float)
    x = np.column_stack([sample[names], dummies])
    expected = np.linalg.lstsq(x, sample["growth"], rcond=None)[0][:4]
    found = rouen.analysis.long_growth(sample)
    np.testing.assert_allclose(found["estimate"], expected, rtol=1e-8)
    assert found["nobs"].iloc[0] == 852
    groups = pd.factorize(sample["region"])[0]
    theirs = smf.ols(f"growth ~ {' + '.join(names)} + C(industry)", sample).fit(
        cov_type="cluster", cov_kwds={"groups": groups}
    )
    np.testing.assert_allclose(found["std_error"], theirs.bse[names], rtol=1e-8)
