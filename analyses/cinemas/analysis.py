"""Cinemas of France, 2022: the verdict depends on what is counted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

import clusterstats as cs
from clusterstats.report import Exhibit, compare, interval_plot

TITLE = "Cinemas and Seine-Saint-Denis"
QUESTION = "Has Seine-Saint-Denis fewer cinemas than its population would give it?"

PLACE = "93"
SEED = 93
DRAWS = 1999
VALUES = ("venues", "screens", "seats", "admissions")
SOURCE = (
    "CNC, établissements cinématographiques actifs 2022; Insee, populations légales 2017 "
    "(Licence Ouverte 2.0, for the CNC's file from general knowledge)"
)
SAMPLE = (
    "2,061 cinemas in the 96 départements of metropolitan France, 2022; population of 2017, "
    "without nine small communes that have no figure"
)
BASE = "base: municipal population 2017, held fixed"
FILE = "etablissements-cinematographiques.csv.gz"
COLUMNS = {
    "N° auto": "establishment",
    "DEP": "region",
    "écrans": "screens",
    "fauteuils": "seats",
    "entrées 2022": "admissions",
}


def carried() -> pd.DataFrame:
    """Cells by département: counts, sums and sums of squares of venues."""
    table = cs.datasets.load("cinemas_2022_departement").assign(industry="cinemas")
    return table.rename(columns={"venues": "establishments"})


def venues() -> pd.DataFrame | None:
    """Every cinema with its sizes, where CLUSTERSTATS_DATA has the publisher's file."""
    folder = cs.datasets.data_dir()
    name = "cnc_etablissements_cinematographiques_2022"
    path = None if folder is None else folder / name / FILE
    if path is None or not path.is_file():
        return None
    sizes = ("screens", "seats", "admissions")
    table = cs.read_table(path, columns=COLUMNS, numeric=sizes).collect("pandas").to_native()
    population = carried().set_index("region")["population"]
    table = table[["establishment", "region", *sizes]].assign(industry="cinemas")
    return table.assign(population=table["region"].map(population).astype("float64"))


def column_of(value: str) -> str:
    """The contract's name of what is counted."""
    return "establishments" if value == "venues" else value


def quotients() -> pd.DataFrame:
    """LQ of the département by what is counted: closed form, and venue bootstrap if possible."""
    parts = [_of_place(carried(), value, cs.Analytic(), "analytic") for value in VALUES]
    listed = venues()
    if listed is not None:
        option = cs.Bootstrap(draws=DRAWS, seed=SEED)
        parts += [_of_place(listed, value, option, "venue bootstrap") for value in VALUES]
    both = pd.concat(parts, ignore_index=True)
    both.attrs = parts[0].attrs | {"definition": f"location quotient on a {BASE}; Florence 1939"}
    return both


def _of_place(
    table: pd.DataFrame, value: str, option: cs.Analytic | cs.Bootstrap, method: str
) -> pd.DataFrame:
    """One row: the département's quotient."""
    result = cs.location_quotient(
        table, value=column_of(value), base="population", inference=option
    )
    row = result[result["region"] == PLACE].assign(counted_by=value, method=method)
    columns = ["counted_by", "method", "estimate", "std_error", "p_value", "conf_low", "conf_high"]
    return row[columns]


def indices() -> pd.DataFrame:
    """Ellison-Glaeser and Maurel-Sédillot of all cinemas, by what is counted."""
    rows = []
    for value in VALUES:
        for door in (cs.ellison_glaeser, cs.maurel_sedillot):
            result = door(
                carried(), value=column_of(value), base="population", inference=cs.Analytic()
            )
            gamma = result[result["component"] == "gamma"].iloc[0]
            rows.append(
                {
                    "counted_by": value,
                    "measure": door.__name__,
                    "estimate": gamma["estimate"],
                    "statistic": gamma["statistic"],
                    "p_value": gamma["p_value"],
                }
            )
    return pd.DataFrame(rows)


def verdicts() -> pd.DataFrame:
    """What each way of counting would say on its own."""
    lq = quotients().query("method == 'analytic'").set_index("counted_by")
    index = indices().set_index(["counted_by", "measure"])
    rows = []
    for value in VALUES:
        low, high = lq.loc[value, ["conf_low", "conf_high"]]
        gamma = {name: index.loc[(value, name)] for name in ("ellison_glaeser", "maurel_sedillot")}
        rows.append(
            {
                "counted_by": value,
                "lq": lq.loc[value, "estimate"],
                "seine_saint_denis": "fewer" if high < 1 else "more" if low > 1 else "undecided",
                **{name: _side(row) for name, row in gamma.items()},
            }
        )
    return pd.DataFrame(rows)


def _side(row: pd.Series) -> str:
    """Sign of an index and whether chance could give it."""
    if row["p_value"] >= 0.05:
        return f"undecided ({row['estimate']:+.5f})"
    return f"{'concentrated' if row['estimate'] > 0 else 'dispersed'} ({row['estimate']:+.5f})"


def printed() -> pd.DataFrame:
    """An independent recomputation, and totals of the publisher's file, beside ours."""
    published = pd.read_csv(Path(__file__).with_name("published.csv"), dtype=str)
    lq = quotients().query("method == 'analytic'")
    total = carried()[[column_of(value) for value in VALUES]].sum()
    computed = pd.DataFrame(
        {
            "item": [f"LQ of 93 by {value}" for value in lq["counted_by"]]
            + [f"total {value}" for value in VALUES],
            "estimate": np.r_[lq["estimate"], total.to_numpy(dtype=float)],
        }
    )
    return compare(computed, published)


def exhibits() -> list[Exhibit]:
    """Everything that the results page shows of this analysis."""
    lq, said = quotients(), verdicts()
    has_venues = "venue bootstrap" in set(lq["method"])
    figure = interval_plot(
        lq,
        x="counted_by",
        by="method",
        reference_line=1,
        x_label="what is counted",
        y_label="location quotient of Seine-Saint-Denis",
    )
    common = {"source": SOURCE, "sample": SAMPLE}
    return [
        Exhibit.from_result(
            "location_quotient",
            "Seine-Saint-Denis: location quotient by what is counted",
            lq,
            figure=figure,
            seed=SEED if has_venues else None,
            inference="Analytic() from the carried sums of squares"
            + (f"; Bootstrap(draws={DRAWS}, seed={SEED}) of venues" if has_venues else ""),
            note=(
                "The département has fewer venues than its population would give; by screens, "
                "seats and admissions the interval includes 1, and nothing is decided."
                + ("" if has_venues else " The venue bootstrap needs CLUSTERSTATS_DATA.")
            ),
            **common,
        ),
        Exhibit(
            name="concentration",
            title="Concentration of cinemas over départements, by index and by what is counted",
            table=indices(),
            definition=(
                "gamma of Ellison and Glaeser (1997, eq. 5) and of Maurel and Sédillot (1999, "
                f"eq. 8); {BASE}"
            ),
            inference="Analytic(): test against venues thrown at the population",
            note=(
                "Two estimators of one parameter differ, even in sign and with small p-values: "
                "Ellison-Glaeser counts any departure from population, Maurel-Sédillot only pairs "
                "of venues that share a département. By venues, small départements have more than "
                "their share, which is a departure but makes fewer such pairs."
            ),
            **common,
        ),
        Exhibit(
            name="verdicts",
            title="The verdict depends on the variable",
            table=said,
            definition=(
                "fewer or more: the 95 % interval of the location quotient excludes 1; "
                "concentrated or dispersed: the index's test against chance rejects at 5 %"
            ),
            note=(
                "One index on one variable is never a verdict: by venues Seine-Saint-Denis has "
                "fewer and the two indices contradict each other; by admissions it is undecided."
            ),
            **common,
        ),
        Exhibit.from_result(
            "recomputed", "Beside an independent recomputation", printed(), source=SOURCE
        ),
    ]
