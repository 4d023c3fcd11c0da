"""The two-step estimator of wages and places, against the dummy regression and hand-coded GLS.

Tolerances: 1e-8 against pseudo-inverses of the whole dummy regression, 1e-9 for the second step.
"""

import numpy as np
import pandas as pd
import pytest

from clusterstats.errors import ClusterstatsWarning, OptionError, TableError
from clusterstats.models import Clustered, Robust, regress
from clusterstats.models.two_step import two_step

FIRST = "wage ~ age | worker + area^year + industry"
SECOND = "effect ~ density + potential | year"


def characteristics(rng, areas, years):
    """Density, market potential and an instrument of each area."""
    old = rng.normal(size=areas)
    density = 0.8 * old + 0.6 * rng.normal(size=areas)
    table = pd.DataFrame({"area": np.arange(areas), "density": density, "old": old})
    table["potential"] = rng.normal(size=areas)
    return table.merge(pd.DataFrame({"year": np.arange(years)}), how="cross")


def panel(seed, *, areas=8, years=3, workers=60, gamma=0.3, own=0.2, noise=0.3, sorted_by=1.0):
    """Workers who choose areas by their own wage effect, and move; the wages of their places."""
    rng = np.random.default_rng(seed)
    places = characteristics(rng, areas, years)
    effect = gamma * places["density"].to_numpy() + own * rng.normal(size=len(places))
    ability = rng.normal(size=workers)
    density = places.drop_duplicates("area")["density"].to_numpy()
    rows = []
    for worker in range(workers):
        weight = np.exp(sorted_by * ability[worker] * density)
        home = rng.choice(areas, p=weight / weight.sum())
        for year in range(years):
            area = home if rng.random() > 0.4 else int(rng.integers(areas))
            age = 20 + 0.1 * worker % 7 + year * (1 + worker % 3)
            rows.append((worker, area, year, int(rng.integers(3)), age))
    table = pd.DataFrame(rows, columns=["worker", "area", "year", "industry", "age"])
    place = effect[table["area"] * years + table["year"]]
    table["wage"] = (
        ability[table["worker"]]
        + place
        + 0.01 * table["age"]
        + 0.1 * table["industry"]
        + noise * rng.normal(size=len(table))
    )
    return table, places


def dense_first(table, keys, others, covariates, reference):
    """Place effects and their covariance by the regression on all dummies."""
    code = table.groupby(keys).ngroup().to_numpy()
    count = code.max() + 1
    parts = [pd.get_dummies(code).to_numpy(dtype=float)]
    parts += [pd.get_dummies(table[name]).to_numpy(dtype=float) for name in others]
    parts += [table[covariates].to_numpy(dtype=float)]
    x = np.concatenate(parts, axis=1)
    inverse = np.linalg.pinv(x.T @ x, rcond=1e-12, hermitian=True)
    params = inverse @ x.T @ table["wage"].to_numpy()
    u = table["wage"].to_numpy() - x @ params
    scale = u @ u / (len(u) - np.linalg.matrix_rank(x))
    contrast = np.eye(count, x.shape[1])
    contrast[:, reference] -= 1
    return contrast @ params, scale * contrast @ inverse @ contrast.T


def gls(y, x, omega):
    inverse = np.linalg.inv(omega)
    spread = np.linalg.inv(x.T @ inverse @ x)
    return spread @ x.T @ inverse @ y, spread


def own_variance(y, x, spread):
    """The variance of the errors of places, from the definition."""
    maker = np.eye(len(y)) - x @ np.linalg.inv(x.T @ x) @ x.T
    return (y @ maker @ y - np.trace(maker @ spread)) / (len(y) - x.shape[1])


def second_x(places):
    years = pd.get_dummies(places["year"]).to_numpy(dtype=float)
    return np.concatenate([places[["density", "potential"]].to_numpy(), years], axis=1)


@pytest.mark.parametrize(
    ("first", "others", "covariates"),
    [
        ("wage ~ age | worker + area^year + industry", ["worker", "industry"], ["age"]),
        ("wage ~ age | area^year + worker", ["worker"], ["age"]),
        ("wage ~ 1 | worker + year^area", ["worker"], []),
        ("wage ~ age | area^year", [], ["age"]),
    ],
)
def test_effects_of_places_and_their_covariance_are_those_of_the_dummy_regression(
    first, others, covariates
):
    table, places = panel(1)
    fit = two_step(first, "effect ~ density", table, area="area", time="year", areas=places)
    reference = int(np.flatnonzero(fit.places["is_reference"])[0])
    keys = ["area", "year"]
    effects, covariance = dense_first(table, keys, others, covariates, reference)
    assert fit.places["effect"].to_numpy() == pytest.approx(effects, abs=1e-8)
    assert fit.places_covariance == pytest.approx(covariance, abs=1e-8)
    assert fit.places["std_error"].to_numpy() ** 2 == pytest.approx(np.diag(covariance), abs=1e-8)
    assert fit.reference == tuple(fit.places.loc[reference, keys])


def test_first_step_is_the_regression_with_all_effects():
    table, places = panel(1)
    fit = two_step(FIRST, SECOND, table, area="area", time="year", areas=places)
    plain = regress(FIRST, table)
    assert fit.first.estimates == pytest.approx(plain.estimates, rel=1e-12)
    assert fit.glance()["first_r_squared"].item() == pytest.approx(plain.rsquared, rel=1e-12)


def test_fgls_by_hand_and_from_another_reference():
    table, places = panel(2)
    fit = two_step(FIRST, SECOND, table, area="area", time="year", areas=places)
    y, x = fit.places["effect"].to_numpy(), second_x(fit.places)
    spread = fit.places_covariance
    sigma2 = own_variance(y, x, spread)
    assert fit.glance()["sigma2"].item() == pytest.approx(sigma2, rel=1e-9)
    params, covariance = gls(y, x, sigma2 * np.eye(len(y)) + spread)
    assert fit.names == ("density", "potential")
    assert fit.estimates == pytest.approx(params[:2], rel=1e-9)
    assert fit.covariance.matrix == pytest.approx(covariance[:2, :2], rel=1e-9)

    other = np.eye(len(y))
    other[:, 5] -= 1
    moved = other @ spread @ other.T
    assert own_variance(other @ y, x, moved) == pytest.approx(sigma2, rel=1e-9)
    params, covariance = gls(other @ y, x, sigma2 * np.eye(len(y)) + moved)
    assert fit.estimates == pytest.approx(params[:2], rel=1e-9)
    assert fit.covariance.matrix == pytest.approx(covariance[:2, :2], rel=1e-9)


@pytest.mark.parametrize("method", ["ols", "wls"])
def test_ols_and_wls_with_the_errors_of_the_first_step_carried_in(method):
    table, places = panel(3)
    fit = two_step(FIRST, SECOND, table, area="area", time="year", areas=places, method=method)
    y, x = fit.places["effect"].to_numpy(), second_x(fit.places)
    omega = own_variance(y, x, fit.places_covariance) * np.eye(len(y)) + fit.places_covariance
    weights = np.eye(len(y)) if method == "ols" else np.diag(1 / np.diag(omega))
    maker = np.linalg.inv(x.T @ weights @ x) @ x.T @ weights
    assert fit.estimates == pytest.approx((maker @ y)[:2], rel=1e-9)
    assert fit.covariance.matrix == pytest.approx((maker @ omega @ maker.T)[:2, :2], rel=1e-9)
    assert fit.covariance.df == pytest.approx(np.full(2, len(y) - x.shape[1]))


@pytest.mark.parametrize("method", ["ols", "fgls"])
def test_instruments_in_the_second_step(method):
    table, places = panel(4, areas=12, workers=150)
    second = "effect ~ potential | year | density ~ old"
    fit = two_step(FIRST, second, table, area="area", time="year", areas=places, method=method)
    y, x = fit.places["effect"].to_numpy(), second_x(fit.places)
    z = x.copy()
    z[:, 0] = fit.places["old"]
    fitted = z @ np.linalg.lstsq(z, x, rcond=None)[0]
    u = y - x @ np.linalg.solve(fitted.T @ x, fitted.T @ y)
    maker = np.eye(len(y)) - fitted @ np.linalg.inv(fitted.T @ fitted) @ fitted.T
    sigma2 = (u @ u - np.trace(maker @ fit.places_covariance)) / (len(y) - x.shape[1])
    omega = sigma2 * np.eye(len(y)) + fit.places_covariance
    half = np.eye(len(y)) if method == "ols" else np.linalg.inv(np.linalg.cholesky(omega))
    fitted = half @ z @ np.linalg.lstsq(half @ z, half @ x, rcond=None)[0]
    maker = np.linalg.inv(fitted.T @ fitted) @ fitted.T @ half
    order = [1, 0]  # potential, then density, which is endogenous
    assert fit.names == ("potential", "density")
    assert fit.estimates == pytest.approx((maker @ y)[order], rel=1e-8)
    covariance = (maker @ omega @ maker.T)[np.ix_(order, order)]
    assert fit.covariance.matrix == pytest.approx(covariance, rel=1e-8)
    plain = regress("effect ~ potential | year | density ~ old", fit.places)
    found = fit.glance()["partial_r_squared density"].item()
    assert found == pytest.approx(plain.glance()["partial_r_squared density"].item(), rel=1e-9)
    assert fit.title == ("Two-step 2SLS" if method == "ols" else "Two-step FGLS-IV")


def test_ols_is_the_regression_of_the_table_of_places():
    table, places = panel(3)
    fit = two_step(FIRST, SECOND, table, area="area", time="year", areas=places, method="ols")
    plain = regress("effect ~ density + potential + C(year)", fit.places)
    for option in (Robust("HC1"), Robust("HC0"), Clustered("area", correction="CR0")):
        with pytest.warns(ClusterstatsWarning) if "CR0" in repr(option) else _quietly():
            found = fit.with_covariance(option).bse.to_numpy()
        with pytest.warns(ClusterstatsWarning) if "CR0" in repr(option) else _quietly():
            every = plain.with_covariance(option).bse
            expected = every[["density", "potential"]].to_numpy()
        assert found == pytest.approx(expected, rel=1e-9)
    back = fit.with_covariance(Robust()).with_covariance()
    assert back.covariance.matrix == pytest.approx(fit.covariance.matrix, rel=1e-12)


def _quietly():
    from contextlib import nullcontext

    return nullcontext()


def test_characteristics_may_be_columns_of_the_workers():
    table, places = panel(2)
    fit = two_step(FIRST, SECOND, table, area="area", time="year", areas=places)
    merged = table.merge(places, on=["area", "year"])
    same = two_step(FIRST, SECOND, merged, area="area", time="year")
    assert same.estimates == pytest.approx(fit.estimates, rel=1e-10)
    once = places.drop_duplicates("area").drop(columns="year")
    again = two_step(FIRST, SECOND, table, area="area", time="year", areas=once)
    assert again.estimates == pytest.approx(fit.estimates, rel=1e-12)
    shuffled = table.sample(frac=1, random_state=1)
    moved = two_step(FIRST, SECOND, shuffled, area="area", time="year", areas=places)
    assert moved.estimates == pytest.approx(fit.estimates, rel=1e-9)


def test_decomposition_adds_up():
    table, places = panel(2, workers=200)
    fit = two_step(FIRST, SECOND, table, area="area", time="year", areas=places)
    parts = fit.decomposition().set_index("component")
    assert list(parts.index) == [
        "response", "covariates", "area^year", "worker", "industry", "residual",
    ]  # fmt: skip
    assert parts.loc["response", "variance"] == pytest.approx(table["wage"].var(ddof=0), rel=1e-12)
    assert parts["share"].iloc[1:].sum() == pytest.approx(1, rel=1e-10)
    residual = regress(FIRST, table).resid
    assert parts.loc["residual", "std_dev"] == pytest.approx(residual.std(ddof=0), rel=1e-10)
    glance = fit.glance()
    assert parts.loc["worker", "correlation_place"] == pytest.approx(
        glance["sorting_correlation"].item()
    )
    assert glance["sorting_correlation_places"].item() > 0


def test_places_outside_are_counted_and_named():
    table, places = panel(5, sorted_by=0.0)
    apart = pd.DataFrame(
        {
            "worker": [900, 900, 901],
            "area": [70, 71, 70],
            "year": [0, 1, 1],
            "industry": [0, 1, 2],
            "age": [30.0, 31.0, 40.0],
            "wage": [1.0, 2.0, 3.0],
        }
    )
    known = places.astype({"density": float})
    known.loc[known["area"] == 3, "density"] = np.nan
    empty = known.iloc[[0]].assign(area=99)
    everything = pd.concat([table, apart])
    with pytest.warns(ClusterstatsWarning) as caught:
        fit = two_step(
            FIRST, SECOND, everything, area="area", time="year", areas=pd.concat([known, empty])
        )
    said = " ".join(str(warning.message) for warning in caught)
    assert "3 row(s) lie outside the largest connected set" in said
    assert "3 place(s) (70 0, 70 1, 71 1)" in said
    assert "3 place(s) (3 0, 3 1, 3 2) have an effect but no characteristics" in said
    reasons = fit.outside.groupby("reason")["rows"].agg(["size", "sum"])
    assert reasons.loc["not in the largest connected set"].tolist() == [3, 3]
    assert reasons.loc["no worker of the sample is there"].tolist() == [1, 0]
    assert reasons.loc["a characteristic is blank"].tolist() == [3, (table["area"] == 3).sum()]
    assert fit.glance()["places_outside"].item() == 7
    assert fit.first.nobs == len(table)
    assert set(fit.places["area"]) == set(range(8)) - {3}
    whole = two_step(FIRST, SECOND, table, area="area", time="year", areas=places)
    kept = (whole.places["area"] != 3).to_numpy()
    assert fit.reference == whole.reference
    expected = whole.places_covariance[np.ix_(kept, kept)]
    assert fit.places_covariance == pytest.approx(expected, abs=1e-12)


def test_effects_that_add_up_to_those_of_places_are_refused():
    rows = [(a, s, a + s, t) for a in range(4) for s in range(4) for t in range(3)]
    table = pd.DataFrame(rows, columns=["area", "slot", "worker", "time"])
    table["wage"] = np.random.default_rng(1).normal(size=len(table))
    table["density"] = table["area"] ** 2.0
    with pytest.raises(TableError, match=r"no effect of 'area' is identified: the other effects"):
        two_step("wage ~ 1 | worker + area + slot", "effect ~ density", table, area="area")


def test_errors_say_what_to_do():
    table, places = panel(1)
    keys = {"area": "area", "time": "year"}
    with pytest.raises(OptionError, match=r"needs the effect 'area\^year'.*it has worker, area"):
        two_step("wage ~ age | worker + area", SECOND, table, areas=places, **keys)
    with pytest.raises(OptionError, match=r"write 'effect ~ \.\.\.', not 'beta ~ \.\.\.'"):
        two_step(FIRST, "beta ~ density", table, areas=places, **keys)
    with pytest.raises(OptionError, match="second step needs a constant"):
        two_step(FIRST, "effect ~ 0 + density", table, areas=places, **keys)
    with pytest.raises(OptionError, match=r"method='gls' is not known; use one of 'fgls'"):
        two_step(FIRST, SECOND, table, areas=places, method="gls", **keys)
    with pytest.raises(OptionError, match="does not go with a second step"):
        two_step(FIRST, SECOND, table, areas=places, covariance=Robust("HC3"), **keys)
    with pytest.raises(TableError, match="several rows of the same 'area', 'year', first"):
        two_step(FIRST, SECOND, table, areas=pd.concat([places, places]), **keys)
    with pytest.raises(TableError, match="areas has a column 'effect'"):
        two_step(FIRST, SECOND, table, areas=places.assign(effect=1.0), **keys)
    with pytest.raises(TableError, match=r"column 'age' has several values in the same place"):
        two_step(FIRST, "effect ~ age", table, **keys)
    with pytest.raises(TableError, match="places can't tell"):
        two_step(FIRST, "effect ~ density | area^year", table, areas=places, **keys)


def test_pooled_least_squares_is_biased_by_sorting_and_two_steps_are_not():
    pooled, separate = [], []
    for seed in range(10):
        table, places = panel(seed, areas=25, workers=800, years=3, gamma=0.3, sorted_by=1.0)
        merged = table.merge(places, on=["area", "year"])
        pooled.append(regress("wage ~ density + age | year + industry", merged).params["density"])
        fit = two_step(FIRST, SECOND, table, area="area", time="year", areas=places)
        separate.append(fit.params["density"])
    spread = np.std(separate, ddof=1) / np.sqrt(len(separate))
    assert np.mean(separate) == pytest.approx(0.3, abs=3 * spread)
    assert np.mean(pooled) > 0.3 + 10 * spread


@pytest.mark.slow
@pytest.mark.parametrize("method", ["fgls", "ols"])
def test_intervals_cover(method):
    covered = sigma2 = 0.0
    draws = 200
    for seed in range(draws):
        table, places = panel(1000 + seed, areas=20, workers=200, own=0.3)
        fit = two_step(FIRST, SECOND, table, area="area", time="year", areas=places, method=method)
        low, high = fit.conf_int().loc["density"]
        covered += (low <= 0.3 <= high) / draws
        sigma2 += fit.glance()["sigma2"].item() / draws
    assert covered == pytest.approx(0.95, abs=3 * np.sqrt(0.95 * 0.05 / draws))
    assert sigma2 == pytest.approx(0.3**2, rel=0.05)
