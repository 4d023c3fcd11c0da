"""The German Länder: their mixes of industries, the spread of industries, and what changed."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from clusterstats.report import Exhibit, compare, interval_plot

from .pages import (
    changes,
    complexity,
    concentration,
    east_and_west,
    growth,
    related,
    specialization,
)
from .reference import agreement
from .tables import LABELS, groups, has_files, sections, years

TITLE = "Industries of the German Länder"
QUESTION = (
    "Which Länder have a mix of industries of their own, which industries are concentrated, and "
    "did that change from 2008 to 2014?"
)

SOURCE = (
    "Statistisches Bundesamt, tables 13311-0002 and 52111, 2015 (dl-de/by-2-0), sections summed "
    "to groups or as they are; compiled in the R package REAT 3.0.3"
)
SOURCE_YEARS = (
    "Statistische Ämter des Bundes und der Länder, Regionaldatenbank, table 254-74-4-B, 2008 to "
    "2014 (dl-de/by-2-0), industries summed to four groups; compiled in the R package REAT 3.0.3"
)
ABSENT = "needs the tables by section: set CLUSTERSTATS_DATA"
COUNTED = (
    "The table is a count of everybody, so nothing was sampled: an interval is about the "
    "probabilities with which firms of this kind settle and grow, had they done so once more. "
    "Sizes of firms are not in the table; they are taken as equal in a cell, so that intervals "
    "are a lower bound, and plants of one firm are not told apart."
)
NO_FIRMS = (
    "No interval by chance is given: there are neither firms nor plants in the table of these "
    "years, and taking each cell as one plant would say nothing but that four cells are few."
)


def exhibits() -> list[Exhibit]:
    """Everything that the results page shows of this analysis."""
    levels = {"groups": groups()} | ({"sections": sections()} if has_files() else {})
    unsaid = "" if has_files() else f" By section: this {ABSENT}."
    return [
        *[_specialization(table, level, unsaid) for level, table in levels.items()],
        *[_concentration(table, level, unsaid) for level, table in levels.items()],
        *[_east_and_west(table, level, unsaid) for level, table in levels.items()],
        *[_related(table, level, unsaid) for level, table in levels.items()],
        *[_complexity(table, level, unsaid) for level, table in levels.items()],
        _east_and_west_by_year(years()),
        _changes(years()),
        _growth(years()),
        _printed(),
        _other_programs(),
    ]


# --- 2015 -----------------------------------------------------------------------------------


def _specialization(table: pd.DataFrame, level: str, unsaid: str) -> Exhibit:
    """Five indices of each Land; the figure shows Krugman's."""
    found = specialization(table)
    krugman = found[found["measure"] == "krugman_specialization"].set_index("region")
    first, last = krugman.iloc[0], krugman.iloc[-1]
    overlap = _not_apart(krugman)
    return Exhibit.from_result(
        f"specialization_{level}",
        f"Specialization of the Länder by {level} of industries, 2015",
        found,
        figure=interval_plot(
            krugman, x="name", y_label="Krugman index against the rest of Germany (0 to 2)"
        ),
        source=SOURCE,
        definition=(
            "Krugman: sum of |share in the Land - share in all other Länder|; Herfindahl: sum of "
            "squared shares; entropy: -sum s ln s; Hachman: 1 / sum (s^2 / share in Germany), 1 "
            "where the mix is Germany's; Gini: of the location quotients, industries alike"
        ),
        estimand=(
            "the index of the mix of industries that the firms of a Land are drawn from, for each "
            "of the five"
        ),
        note=(
            f"{first['name']} is farthest from the rest of the country ({first['estimate']:.3f}), "
            f"{last['name']} nearest ({last['estimate']:.3f}). {COUNTED} Of neighbours in this "
            f"order {overlap} of {len(krugman) - 1} pairs have intervals that overlap: take "
            f"these as alike. Agriculture and public administration are not in the table.{unsaid}"
        ),
    )


def _not_apart(ordered: pd.DataFrame) -> int:
    """Neighbours, from the highest on, whose intervals overlap."""
    return int((ordered["conf_low"] <= ordered["conf_high"].shift(-1)).sum())


def _concentration(table: pd.DataFrame, level: str, unsaid: str) -> Exhibit:
    """Three indices of each industry, by chance and without one Land."""
    found = concentration(table)
    found = found.assign(label=found["industry"].map(LABELS))
    gini = found[found["measure"] == "locational_gini"]
    gini = gini.sort_values("estimate", ascending=False)
    without = gini.assign(conf_low=gini["loo_low"], conf_high=gini["loo_high"])
    kinds = {"95 % by chance, at least": gini, "without one Land": without}
    shown = pd.concat([part.assign(range=kind) for kind, part in kinds.items()])
    top = gini.iloc[0]
    wider = gini["loo_high"] - gini["loo_low"] > gini["conf_high"] - gini["conf_low"]
    return Exhibit.from_result(
        f"concentration_{level}",
        f"Concentration of {level} of industries over the Länder, 2015",
        found,
        figure=interval_plot(shown, x="label", by="range", y_label="locational Gini (at most 0.5)"),
        source=SOURCE,
        definition=(
            "locational Gini (Krugman 1991, maximum 0.5); Hoover: half the sum of |share of the "
            "industry - share of all|; KL: sum q ln(q / s), which the relative Theil index "
            "equals; all against the Länder's shares of the persons in the table. loo_low, "
            "loo_high: ends when one Land is left out"
        ),
        note=(
            f"{top['label']} is the most concentrated ({top['estimate']:.3f}). {COUNTED} A single "
            "Land can matter more than that: the range without one is the wider of the two for "
            f"{int(wider.sum())} of {len(gini)} industries. Indices that take out the lumpiness "
            "of plants (Ellison-Glaeser, Maurel-Sédillot) need plant sizes, which the table has "
            f"not; between 16 Länder, what lies together inside one is not seen.{unsaid}"
        ),
    )


def _east_and_west(table: pd.DataFrame, level: str, unsaid: str) -> Exhibit:
    """Theil index of each industry, between east and west and within them."""
    found = east_and_west(table)
    found.insert(1, "label", found["industry"].map(LABELS))
    most = found.loc[found["share_between"].idxmax()]
    least = found.loc[found["share_between"].idxmin()]
    return Exhibit.from_result(
        f"east_and_west_{level}",
        f"How much of the concentration of {level} lies between east and west, 2015",
        found,
        source=SOURCE,
        note=(
            f"Of {most['label']} {most['share_between']:.0%} lies between east (with Berlin) and "
            f"west, of {least['label']} {least['share_between']:.0%}. Parts have no interval of "
            f"their own here: that of the whole is in concentration_{level} (KL).{unsaid}"
        ),
    )


def _related(table: pd.DataFrame, level: str, unsaid: str) -> Exhibit:
    """Proximity and association of pairs of industries."""
    found = related(table)
    shown = found.head(12)
    names = shown["industry"].map(LABELS) + " | " + shown["industry2"].map(LABELS)
    first = found.iloc[0]
    never = int((found["estimate"] == 0).sum())
    return Exhibit.from_result(
        f"relatedness_{level}",
        f"Relatedness of {level} of industries, 2015",
        found,
        figure=interval_plot(shown.assign(pair=names), x="pair", y_label="proximity (0 to 1)"),
        source=SOURCE,
        estimand=(
            "the proximity over Länder like these, of which the 16 are taken as a sample with "
            "replacement"
        ),
        note=(
            f"{LABELS[first['industry']]} and {LABELS[first['industry2']]} are nearest "
            f"({first['estimate']:.2f}). association: co-occurrence over what the industries' "
            "totals would give, 1 by chance. Intervals draw Länder; with 16 of them they are wide "
            "and rough, no test is made, and a pair never seen together gets an interval of no "
            f"width ({never} of {len(found)} pairs), which says nothing. Being in the same Land "
            f"is not being near: a Land may be as large as Bavaria.{unsaid}"
        ),
    )


def _complexity(table: pd.DataFrame, level: str, unsaid: str) -> Exhibit:
    """ECI and PCI beside counts and fitness; the figure shows both."""
    found, warned = complexity(table)
    land = groups().drop_duplicates("region").set_index("region")["region_name"]
    found.insert(2, "name", found["member"].map({**LABELS, **land}))
    eigen = found.attrs["eigenvalues"][0]
    eci = found[found["component"] == "eci"]
    high, low = eci.iloc[0]["name"], eci.iloc[-1]["name"]
    return Exhibit.from_result(
        f"complexity_{level}",
        f"Economic complexity of the Länder by {level} of industries, 2015",
        found,
        figure=interval_plot(eci, x="name", y_label="economic complexity index (ECI, z-score)"),
        source=SOURCE,
        note=(
            f"{high} is at the high end of ECI and {low} at the low one, whose quotients are 1 or "
            f"more in {eci.iloc[-1]['count']:.0f} of {len(found) - len(eci)} industries. The sign "
            "is that of diversity, so a Land that is strong in few industries is low: with so few "
            "and so broad industries ECI tells the two kinds of Länder apart and is no measure "
            "of how advanced they are. count: industries with a quotient of 1 or more (eci), "
            f"Länder that have it (pci). Second and third eigenvalue {eigen['second']:.3f} and "
            f"{eigen['third']:.3f}. std_error: firms drawn again, their sizes taken as equal in a "
            f"cell. {warned}{unsaid}"
        ),
    )


# --- 2008 to 2014 ---------------------------------------------------------------------------


def _east_and_west_by_year(table: pd.DataFrame) -> Exhibit:
    """Share of the Theil index that lies between east and west, year by year."""
    found = east_and_west(table)
    found = found.assign(label=found["industry"].map(LABELS))
    public = found[found["industry"] == "O-U"]["share_between"]
    return Exhibit.from_result(
        "east_and_west_by_year",
        "How much of the concentration lies between east and west, 2008 to 2014",
        found,
        figure=interval_plot(
            found, x="year", y="share_between", by="label", y_label="share between east and west"
        ),
        source=SOURCE_YEARS,
        note=(
            f"Of public and other services {public.iloc[0]:.0%} lay between east and west in 2008 "
            f"and {public.iloc[-1]:.0%} in 2014. Employees of no known industry are left out. "
            f"{NO_FIRMS}"
        ),
    )


def _changes(table: pd.DataFrame) -> Exhibit:
    """Differences between 2008 and 2014."""
    found = changes(table)
    krugman = found[found["measure"].str.startswith("krugman")]
    gini = found[found["industry"].notna()]
    firm = gini[(gini["loo_low"] > 0) | (gini["loo_high"] < 0)]["industry"]
    return Exhibit(
        name="changes",
        title="Change of specialization and concentration, 2008 to 2014",
        table=found,
        figure=interval_plot(
            krugman.sort_values("estimate"),
            x="name",
            reference_line=0,
            y_label="change of the Krugman index against the rest of Germany",
        ),
        source=SOURCE_YEARS,
        sample="16 Länder x 4 groups of industries, 2008 and 2014; unknown industries left out",
        definition=(
            "index of 2014 less that of 2008: Krugman against the rest (0 to 2) and Herfindahl of "
            "each Land, locational Gini (maximum 0.5) of each group; loo_low, loo_high: ends of "
            "the change when one Land is left out of both years"
        ),
        note=(
            f"{int((krugman['estimate'] < 0).sum())} of 16 Länder came nearer to the rest of "
            f"Germany. The Gini changed in one direction whichever Land is left out for "
            f"{len(firm)} of {len(gini)} groups ({', '.join(firm)}). {NO_FIRMS}"
        ),
    )


def _growth(table: pd.DataFrame) -> Exhibit:
    """Shift-share of the Länder."""
    found = growth(table)
    first, last = found.iloc[0], found.iloc[-1]
    return Exhibit.from_result(
        "growth",
        "Growth of employees split into the nation's, that of the industries, and the Land's own",
        found,
        figure=interval_plot(
            found,
            x="name",
            y="regional_share",
            reference_line=0,
            y_label="regional share of growth, part of the employees of 2008",
        ),
        source=SOURCE_YEARS,
        note=(
            "All parts are over the employees of 2008. Beyond what its industries grew by in "
            f"Germany, {first['name']} gained {first['regional_share']:.1%} and {last['name']} "
            f"{last['regional_share']:.1%}. {NO_FIRMS}"
        ),
    )


# --- checks ---------------------------------------------------------------------------------


def _printed() -> Exhibit:
    """What the compilers of the files say of them, beside ours."""
    published = pd.read_csv(Path(__file__).with_name("published.csv"), dtype=str)
    employees = years().groupby("year")["employment"].sum()
    computed = {
        "persons in employment, 2015": groups()["employment"].sum(),
        "employees, 2008": employees[2008],
        "employees, 2014": employees[2014],
        "Länder": groups()["region"].nunique(),
    }
    table = compare(pd.DataFrame(computed.items(), columns=["item", "estimate"]), published)
    return Exhibit.from_result(
        "recomputed", "Beside what the compilers of the files say", table, source=SOURCE
    )


def _other_programs() -> Exhibit:
    """REAT and EconGeo on the same tables, where the files are."""
    if has_files():
        table = agreement()
        sample = f"{table['values'].sum():,} values of {len(table)} functions and tables"
        note = f"{table['agree'].sum():,} of {table['values'].sum():,} values agree."
    else:
        table = pd.DataFrame({"function": ["all"], "differs_by": [f"nothing: this {ABSENT}"]})
        sample, note = "none", "Nothing is compared without the tables by section."
    return Exhibit(
        name="other_programs",
        title="Beside the R packages REAT and EconGeo",
        table=table,
        definition=(
            "largest_difference: |ours - theirs| over the larger of 1 and |theirs|; agree: at "
            "most 1e-9, or half a unit of the last digit where the package rounds"
        ),
        source=(
            "results of REAT 3.0.3 and EconGeo 1.3 on these tables, on employment of cities and "
            "the gross domestic product of Kreise (publishers as above), and on a textbook's firms "
            "(Farhauer and Kröll 2014)"
        ),
        sample=sample,
        note=note,
    )
