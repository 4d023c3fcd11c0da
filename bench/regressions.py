"""Two-way effects, three regressors, clustered errors, beside pyfixest and linearmodels.

    python -m bench.regressions [--rows 1e5 1e6 1e7] [--designs panel mobile chain poisson conley]

Designs: `panel` firm x year; `mobile` ten rows a worker, rows / 200 plants, workers sorted to
plants, 8 % of rows away, half of these to a plant within 3, half anywhere; `chain` all of them
within 3; `poisson` the `mobile` design with years and a count; `conley` 100,000 points on 1,000 x
1,000 km in ten years, cutoff 25 km. Peers that are not installed are said to be so.
"""

from __future__ import annotations

import argparse
import importlib.util
import resource

import numpy as np
import pandas as pd

import clusterstats as cs
from bench.timing import paired, seconds

FORMULA = "y ~ x1 + x2 + x3 | unit + place"
ROUNDS = 3


def panel(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Firm and year."""
    return np.repeat(np.arange(n // 10), 10), np.tile(np.arange(10), n // 10)


def moves(n: int, rng: np.random.Generator, anywhere: float) -> tuple[np.ndarray, np.ndarray]:
    """Worker and plant."""
    worker, plants = np.repeat(np.arange(n // 10), 10), max(n // 200, 10)
    home = np.repeat(np.sort(rng.integers(0, plants, n // 10)), 10)
    near = np.clip(home + rng.integers(-3, 4, n), 0, plants - 1)
    away = np.where(rng.random(n) < anywhere, rng.integers(0, plants, n), near)
    return worker, np.where(rng.random(n) < 0.08, away, home)


def table(design: str, n: int) -> pd.DataFrame:
    """Effects, regressors that follow them, and a response."""
    rng = np.random.default_rng(1)
    if design == "panel":
        unit, place = panel(n, rng)
    else:
        unit, place = moves(n, rng, 0.0 if design == "chain" else 0.5)
    effects = rng.normal(size=unit.max() + 1)[unit] + rng.normal(size=place.max() + 1)[place]
    frame = pd.DataFrame({"unit": unit, "place": place, "year": np.arange(n) % 10})
    for name in ("x1", "x2", "x3"):
        frame[name] = rng.normal(size=n) + 0.3 * effects
    slope = frame["x1"] + 2 * frame["x2"] - frame["x3"]
    frame["y"] = slope + effects + rng.normal(size=n)
    frame["count"] = rng.poisson(np.exp(np.clip(0.2 * slope + 0.3 * effects, -4, 4)))
    return frame


def ours(frame: pd.DataFrame) -> object:
    """One call."""
    return cs.regress(FORMULA, frame, covariance=cs.Clustered("unit"))


def pyfixest(frame: pd.DataFrame, is_chain: bool) -> object:
    """The same of pyfixest: its default, on the chain its LSMR."""
    import pyfixest as pf

    if not is_chain:
        return pf.feols(FORMULA, frame, vcov={"CRV1": "unit"})
    from pyfixest.demeaners import LsmrDemeaner

    return pf.feols(FORMULA, frame, vcov={"CRV1": "unit"}, demeaner=LsmrDemeaner())


def absorbing(frame: pd.DataFrame) -> object:
    """The same of linearmodels."""
    from linearmodels.iv.absorbing import AbsorbingLS

    absorb = frame[["unit", "place"]].astype("category")
    model = AbsorbingLS(frame["y"], frame[["x1", "x2", "x3"]], absorb=absorb)
    return model.fit(cov_type="clustered", clusters=frame["unit"])


def poisson(frame: pd.DataFrame) -> object:
    """Pseudo-likelihood with three effects."""
    formula = "count ~ x1 + x2 + x3 | unit + place + year"
    return cs.regress(formula, frame, family="poisson", covariance=cs.Clustered("unit"))


def fepois(frame: pd.DataFrame) -> object:
    """The same of pyfixest."""
    import pyfixest as pf

    formula = "count ~ x1 + x2 + x3 | unit + place + year"
    return pf.fepois(formula, frame, vcov={"CRV1": "unit"})


def points(places: int = 100_000, years: int = 10) -> pd.DataFrame:
    """Points on a square of 1,000 km, the same every year."""
    rng = np.random.default_rng(1)
    lat = 45 + rng.uniform(0, 1000 / 111.2, places)
    lon = rng.uniform(0, 1000 / 75.0, places)
    frame = pd.DataFrame({"lon": np.tile(lon, years), "lat": np.tile(lat, years)})
    frame["year"] = np.repeat(np.arange(years), places)
    frame["x"] = rng.normal(size=len(frame))
    frame["y"] = frame["x"] + rng.normal(size=len(frame))
    return frame


def conley(frame: pd.DataFrame) -> object:
    """Spatial errors in a panel."""
    option = cs.Conley("lon", "lat", 25, time="year")
    return cs.regress("y ~ x | year", frame, covariance=option)


def peak() -> float:
    """Largest memory of the process so far, GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def compare(design: str, n: int, *, alone: bool) -> None:
    """One design at one size."""
    frame = points() if design == "conley" else table(design, n)
    mine = {"conley": conley, "poisson": poisson}.get(design, ours)
    (mine)(table(design, 10_000) if design != "conley" else frame.iloc[::500])
    before = peak()
    took = seconds(lambda: mine(frame))
    print(f"{design}, {len(frame):,} rows: {took:.2f} s, {peak() - before:.2f} GB more", flush=True)
    if alone or design == "conley":
        return
    rounds = ROUNDS if n <= 1_000_000 else 1
    if importlib.util.find_spec("pyfixest"):
        peer = fepois if design == "poisson" else lambda f: pyfixest(f, design == "chain")
        peer(table(design, 10_000))  # compiles
        paired(f"  beside pyfixest, {n:,} rows", lambda: mine(frame), lambda: peer(frame), rounds)
    else:
        print("  pyfixest is not installed")
    if design != "poisson" and n <= 1_000_000:
        paired(
            f"  beside linearmodels' AbsorbingLS, {n:,} rows",
            lambda: mine(frame),
            lambda: absorbing(frame),
            1,
        )


def main() -> None:
    """Run the designs asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=float, nargs="*", default=[1e5, 1e6])
    parser.add_argument("--designs", nargs="*", default=["panel", "mobile", "chain", "poisson"])
    parser.add_argument("--alone", action="store_true", help="without the peers")
    given = parser.parse_args()
    for design in given.designs:
        for rows in [0.0] if design == "conley" else given.rows:
            compare(design, int(rows), alone=given.alone)


if __name__ == "__main__":
    main()
