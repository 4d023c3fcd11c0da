"""Covariances over time against other programs and against loops written from the formula.

Tolerances: 1e-12 against numbers of sandwich and plm and against loops, 1e-9 against linearmodels,
whose regressions are less well conditioned; half a unit of the last digit against what is printed.
"""

import numpy as np
import pandas as pd
import pytest
from linearmodels.panel import PanelOLS

from clusterstats.errors import ClusterstatsWarning, OptionError, TableError
from clusterstats.models import Clustered, DriscollKraay, NeweyWest, SmallSample, regress
from tests.models.oracles.example import example

PLAIN = SmallSample(adjust_k=False, adjust_g=False)


@pytest.fixture(scope="module")
def grunfeld(data_dir):
    return pd.read_csv(data_dir / "grunfeld" / "grunfeld.csv")


def panel():
    """An unbalanced panel: 40 units, 12 periods, a tenth of rows gone."""
    table = example(480).assign(unit=lambda t: t.index % 40, year=lambda t: 1990 + t.index // 40)
    return table[table.index % 10 != 3]


def loop(fit, unit, time, lags, *, within):
    """Sandwich with products of all pairs of rows, one by one."""
    scores, frame = fit.solution.scores, fit.solution.design.frame
    u, t = frame[unit].to_numpy(), frame[time].to_numpy()
    meat = np.zeros((scores.shape[1],) * 2)
    for i in range(len(scores)):
        weight = np.maximum(1 - np.abs(t - t[i]) / (lags + 1), 0) * ((u == u[i]) | (not within))
        meat += np.outer(scores[i], weight @ scores)
    return fit.solution.bread @ meat @ fit.solution.bread


@pytest.mark.parametrize(
    ("model", "formula", "convention"),
    [
        ("grunfeld_pooled", "inv ~ value + capital", PLAIN),
        ("grunfeld_plm_within", "inv ~ value + capital | firm", "plm"),
    ],
)
def test_sandwich_and_plm_on_grunfeld(grunfeld, reference_dir, model, formula, convention):
    known = pd.read_csv(reference_dir / "computed" / "robust_se.csv")
    known = known[(known["id"] == model) & known["stat"].str.contains("Driscoll-Kraay")]
    fit = regress(formula, grunfeld, panel=("firm", "year"))
    for row in known.to_dict("records"):
        lags = 1 if "lag 1" in row["stat"] else 2
        found = fit.with_covariance(DriscollKraay(lags), convention).bse
        assert found[row["item"]] == pytest.approx(row["value"], rel=1e-12), row["stat"]
    assert len(known) == 4


def test_the_vignette_of_fixest_to_the_printed_digit(grunfeld, reference_dir):
    printed = pd.read_csv(reference_dir / "tables" / "fixest_vignette_grunfeld_se.csv")
    printed = printed[printed["stat"].str.contains("Newey|Driscoll")]
    fit = regress("inv ~ capital | firm + year", grunfeld, panel=("firm", "year"))
    for row in printed.to_dict("records"):
        option = NeweyWest() if "Newey" in row["stat"] else DriscollKraay()
        found = fit.with_covariance(option, "fixest-0.12")
        assert abs(found.bse["capital"] - row["published"]) <= row["tol"], row["stat"]
    assert len(printed) == 2
    # pyfixest 0.60 (the convention of fixest 0.13), as that file quotes it
    assert fit.with_covariance(NeweyWest()).bse["capital"] == pytest.approx(0.0931352, abs=5e-8)
    assert fit.with_covariance(DriscollKraay()).bse["capital"] == pytest.approx(0.0927967, abs=5e-8)
    assert fit.with_covariance(DriscollKraay()).covariance.df[0] == 19


@pytest.mark.parametrize("kernel", ["bartlett", "parzen", "quadratic_spectral"])
@pytest.mark.parametrize("lags", [0, 1, 3])
@pytest.mark.parametrize("weights", [None, "w"])
def test_equal_to_linearmodels(kernel, lags, weights):
    table = panel()
    data = table.set_index(["unit", "year"])
    model = PanelOLS(
        data["y"],
        data[["x", "d"]],
        entity_effects=True,
        weights=None if weights is None else data[weights],
    )
    known = model.fit(cov_type="kernel", kernel=kernel.replace("_", "-"), bandwidth=lags)
    fit = regress(
        "y ~ x + d | unit",
        table,
        weights=weights,
        panel=("unit", "year"),
        covariance=DriscollKraay(lags, kernel),
        convention="linearmodels",
    )
    assert fit.bse.to_numpy() == pytest.approx(known.std_errors.to_numpy(), rel=1e-9)
    assert fit.pvalues.to_numpy() == pytest.approx(known.pvalues.to_numpy(), rel=1e-6, abs=1e-14)


@pytest.mark.parametrize("formula", ["y ~ x + d", "y ~ x + d | f", "y ~ x | f | d ~ z + z2"])
@pytest.mark.parametrize("lags", [0, 2])
def test_equal_to_a_loop_over_pairs_of_rows(formula, lags):
    fit = regress(formula, panel(), weights="w", convention=PLAIN)
    named = {"time": "year"}
    pooled = fit.with_covariance(DriscollKraay(lags, **named)).covariance.matrix
    assert pooled == pytest.approx(loop(fit, "unit", "year", lags, within=False), rel=1e-10)
    within = fit.with_covariance(NeweyWest(lags, unit="unit", **named)).covariance.matrix
    assert within == pytest.approx(loop(fit, "unit", "year", lags, within=True), rel=1e-10)


@pytest.mark.filterwarnings("ignore:standard errors rest on")
def test_without_lags_it_is_clustering_by_period_or_by_cell():
    fit = regress("y ~ x + d", panel(), convention=PLAIN)
    by_year = fit.with_covariance(Clustered("year")).bse
    assert fit.with_covariance(DriscollKraay(0, time="year")).bse.equals(by_year)
    cells = fit.with_covariance(Clustered("unit^year")).bse
    own = fit.with_covariance(NeweyWest(0, unit="unit", time="year")).bse
    assert own.to_numpy() == pytest.approx(cells.to_numpy(), rel=1e-12)


def test_the_usual_number_of_lags_is_the_fourth_root_of_periods():
    fit = regress("y ~ x", example(), covariance=DriscollKraay(time="t"))
    assert fit.covariance.name == "Driscoll-Kraay (lags 2)"  # 47 periods
    assert fit.covariance.factors["periods t"] == 47


def test_order_of_text_and_rows_is_irrelevant():
    table = panel().assign(name=lambda t: t["year"].astype(str))
    fit = regress("y ~ x", table, covariance=DriscollKraay(2, time="year"))
    mixed = table.sample(frac=1, random_state=1)
    again = regress("y ~ x", mixed, covariance=DriscollKraay(2, time="name"))
    assert again.bse.to_numpy() == pytest.approx(fit.bse.to_numpy(), rel=1e-12)


def test_uneven_periods_are_warned_of():
    table = panel()
    table = table[table["year"] != 1993]
    with pytest.warns(ClusterstatsWarning, match=r"periods of 'year' are 1 to 2 apart"):
        regress("y ~ x", table, covariance=DriscollKraay(time="year"))


def test_refusals_name_column_and_remedy():
    table = panel()
    fit = regress("y ~ x", table)
    with pytest.raises(OptionError, match=r"DriscollKraay needs the column of periods.*panel="):
        fit.with_covariance(DriscollKraay())
    with pytest.raises(OptionError, match="NeweyWest needs the column of units"):
        fit.with_covariance(NeweyWest(time="year"))
    with pytest.raises(OptionError, match="lags=12 needs more than 12 periods of 'year'"):
        fit.with_covariance(DriscollKraay(12, time="year"))
    with pytest.raises(OptionError, match="lags=-1 must be a whole number of 0 or more"):
        DriscollKraay(-1)
    with pytest.raises(OptionError, match="kernel='flat' is not known; use one of 'bartlett'"):
        NeweyWest(kernel="flat")
    with pytest.raises(TableError, match=r"no column 'month' \(periods\)"):
        fit.with_covariance(DriscollKraay(time="month"))
    with pytest.raises(TableError, match="column 'one' has a single period"):
        regress("y ~ x", table.assign(one=1), covariance=DriscollKraay(time="one"))
    blank = table.assign(year=table["year"].where(table.index != 7))
    with pytest.raises(TableError, match=r"'year' \(periods\) is blank in 1 row.*first row 7"):
        regress("y ~ x", blank, covariance=DriscollKraay(time="year"))
