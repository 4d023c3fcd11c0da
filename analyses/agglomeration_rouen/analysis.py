"""Growth and specialization around Rouen: a strong coefficient that is not an effect."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

import clusterstats as cs
from clusterstats.report import Exhibit, compare, interval_plot

from .bias import DRAWS, POOLED, REGRESSORS, WITHIN, nickell
from .samples import carried, full, long, yearly

TITLE = "Growth and specialization around Rouen"
QUESTION = "Do specialized sectors of a commune grow more slowly, or does it only look so?"

SEED = 2815
SOURCE = "Urssaf Caisse nationale, open.urssaf.fr (ODbL 1.0; Source : Urssaf), 2006-2022"
SAMPLE = (
    "{rows:,} cells and years with employees in a year and the next, and other employing sectors "
    "in both: {cells:,} cells of 218 communes (Seine-Maritime, employment zone of Rouen) and "
    "{sectors} sectors of A38; private employees on 31 December 2006-2022"
)
LONG = f"growth ~ {REGRESSORS} | industry"
TERMS = (
    "log_lq: location quotient; log_diversity: inverse Herfindahl index of the other sectors over "
    "the zone's (Combes 2000); log_competition: establishments per job over the sector's (Glaeser "
    "et al. 1992); log_total: employees of the commune; all logarithms, at the start"
)
SETTINGS = [
    ("year", POOLED, "cell", "linearmodels"),
    ("cell and year", WITHIN, "cell", "linearmodels"),
    ("cell and year", WITHIN, "cell", "fixest-0.13"),
    ("year", POOLED, "region", "linearmodels"),
    ("cell and year", WITHIN, "region", "linearmodels"),
]


def ladder(panel: pd.DataFrame) -> pd.DataFrame:
    """Yearly growth on the four terms, by effects and by how errors are clustered."""
    parts = []
    for effects, formula, cluster, convention in SETTINGS:
        fit = cs.regress(formula, panel, covariance=cs.Clustered(cluster), convention=convention)
        parts.append(_rows(fit, effects, cluster, convention))
    return pd.concat(parts, ignore_index=True)


def long_growth(sample: pd.DataFrame) -> pd.DataFrame:
    """Growth from 2006 to 2022 on the same terms in 2006, with effects of sectors."""
    fit = cs.regress(LONG, sample, covariance=cs.Clustered("region"))
    return _rows(fit, "industry", "region", "fixest-0.13")


def _rows(fit: cs.Fit, effects: str, cluster: str, convention: str) -> pd.DataFrame:
    """Coefficients of one fit, under what makes it."""
    said = {
        "effects": effects,
        "clustered_by": "commune" if cluster == "region" else cluster,
        "convention": convention,
    }
    columns = ["term", "estimate", "std_error", "p_value", "conf_low", "conf_high"]
    return fit.tidy()[columns].assign(**said, nobs=fit.nobs)[[*said, *columns, "nobs"]]


def printed(steps: pd.DataFrame, far: pd.DataFrame, panel: pd.DataFrame) -> pd.DataFrame:
    """An independent recomputation beside ours."""
    published = pd.read_csv(Path(__file__).with_name("published.csv"), dtype=str)
    shown = steps[(steps["clustered_by"] == "cell") & (steps["convention"] == "linearmodels")]
    found = {
        "yearly, rows": float(shown["nobs"].iloc[0]),
        "yearly, cells": float(panel["cell"].nunique()),
        "long, rows": float(far["nobs"].iloc[0]),
    }
    for name, table in (("yearly", shown[shown["term"] == "log_lq"]), ("long", far)):
        for row in table.itertuples():
            item = f"{name}, effects of {row.effects}, {row.term}"
            found |= {item: row.estimate, f"{item}, standard error": row.std_error}
    computed = pd.DataFrame({"item": list(found), "estimate": list(found.values())})
    return compare(computed, published)


def same_from_the_full_file(panel: pd.DataFrame) -> pd.DataFrame:
    """Largest difference between the yearly sample of the carried table and of the whole file."""
    whole = full()
    if whole is None:
        said, gap = "the full file was not at hand: set CLUSTERSTATS_DATA", float("nan")
    else:
        theirs = yearly(whole)
        pairs = panel.merge(theirs, on=["year", "cell"], how="outer", suffixes=("", "_full"))
        names = ["growth", "log_lq", "log_diversity", "log_competition", "log_total"]
        gaps = [(pairs[name] - pairs[f"{name}_full"]).abs().max(skipna=False) for name in names]
        said, gap = f"the full file, {len(theirs):,} rows", float(max(gaps))
    return pd.DataFrame([{"compared_with": said, "largest_difference": gap}])


def exhibits() -> list[Exhibit]:
    """Everything that the results page shows of this analysis."""
    cells = carried()
    panel, sample = yearly(cells), long(cells)
    steps, far, told = ladder(panel), long_growth(sample), nickell(panel, SEED)
    count = {"cells": panel["cell"].nunique(), "sectors": panel["industry"].nunique()}
    common = {"source": SOURCE, "sample": SAMPLE.format(rows=len(panel), **count)}
    return [
        Exhibit(
            name="ladder",
            title="Yearly growth on specialization: the coefficient falls as effects are added",
            table=steps,
            definition=f"log change of employees to the next year on {TERMS}",
            inference=f"clustered errors; of a cell or a commune. Formulas: {POOLED}; {WITHIN}",
            note="Not an effect: see the next table. With effects of cells, the location quotient "
            "holds the very employment that growth starts from, less its mean over the years.",
            **common,
        ),
        Exhibit(
            name="nickell",
            title="How much of it a panel without any effect would show",
            table=told,
            figure=interval_plot(
                side_by_side(told),
                x="years",
                by="growth",
                reference_line=0,
                x_label="years in a window",
                y_label="coefficient of the location quotient",
            ),
            definition="coefficient of log_lq; windows of so many years, mean weighted by rows; "
            "half-panel jackknife: twice the whole less the mean of both halves (Dhaene and "
            "Jochmans 2015)",
            inference=f"null_mean, null_low, null_high: mean and range of {DRAWS} panels in which "
            "the sign of each cell's growth, less its year's mean, is drawn at random, so that it "
            "owes nothing to the past; employment and quotients follow",
            seed=SEED,
            note=_verdict(told),
            **common,
        ),
        Exhibit(
            name="long_growth",
            title="Growth from 2006 to 2022",
            table=far,
            definition=f"log change of employees from 2006 to 2022 on {TERMS}; effects of sectors",
            inference="errors clustered by commune",
            source=SOURCE,
            sample=f"{len(sample):,} cells with ten employees or more in 2006 and some in 2022",
            note="Cells that lost all employees are not in it, so the sample is chosen by the "
            "outcome; lumps at the start lower growth by regression to the mean.",
        ),
        Exhibit.from_result(
            "recomputed",
            "Beside an independent recomputation",
            printed(steps, far, panel),
            source=SOURCE,
        ),
        Exhibit(
            name="full_file",
            title="The carried table against the publisher's file",
            table=same_from_the_full_file(panel),
            definition="largest absolute difference over growth and the four terms, row by row",
            **common,
        ),
    ]


def side_by_side(told: pd.DataFrame) -> pd.DataFrame:
    """The observed coefficient and that of no effect, by length of the window."""
    within = told[told["effects"] == "cell and year"]
    ends = {"observed": ["estimate"] * 3, "no effect": ["null_mean", "null_low", "null_high"]}
    parts = [
        within[["years_in_a_window", *columns]]
        .set_axis(["years", "estimate", "conf_low", "conf_high"], axis=1)
        .assign(growth=name)
        for name, columns in ends.items()
    ]
    return pd.concat(parts, ignore_index=True)


def _verdict(told: pd.DataFrame) -> str:
    """What the comparison says, with its own numbers."""
    rows = told.set_index(["effects", "years_in_a_window"])
    pooled, whole = rows.loc[("year", 16)], rows.loc[("cell and year", 16)]
    half = rows.loc[("cell and year, half-panel jackknife", 16)]
    return (
        f"With effects of cells a panel in which specialization does nothing gives "
        f"{whole['null_mean']:.2f} on average, where {whole['estimate']:.2f} is observed; without "
        f"them it gives {abs(pooled['null_mean']):.3f}. The shorter the window, the larger the "
        f"coefficient: the bias of Nickell (1981), of order one over the number of years. The "
        f"jackknife, which takes out the first order, leaves {half['estimate']:.2f} of what is "
        f"observed and {half['null_mean']:.2f} where nothing is at work. What remains may be lumps "
        f"that revert (a plant counted here, then there), which these data can't tell from an "
        f"effect: undecided."
    )
