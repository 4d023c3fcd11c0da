"""Motion pictures in United States areas: location quotients where small cells are not printed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

import clusterstats as cs
from clusterstats.report import Exhibit, compare, interval_plot

from .bounds import TOTAL, level
from .film import decided, quotients, top
from .mix import LABELS, concentration, omitted, specialization
from .related import FILM, complexity, presence, related

TITLE = "Motion pictures in United States metropolitan areas"
QUESTION = "Which areas have more of the motion picture industry than their size would give them?"

LOS_ANGELES = "31080"
SHOWN = 20
LEVELS = (0, 2, 3, 4)
SOURCE = "U.S. Census Bureau, County Business Patterns 2019 (public domain)"
SAMPLE = (
    "933 metropolitan and micropolitan areas together, 122,485,576 paid employees in the week of "
    "12 March 2019; the rest of the country is not in the file"
)
ABSENT = "needs the publisher's file with all industries: set CLUSTERSTATS_DATA"
ALL = "employment of all areas"
FILE = Path("us_cbp_2019_cbsa", "cbp_cbsa_naics0-4.parquet")
NOISE = "The publisher infuses employment with noise, which no interval here contains."


def carried() -> pd.DataFrame:
    """Printed cells of all sectors and around motion pictures, which the repository carries."""
    return cs.datasets.load("us_cbp_2019")


def full() -> pd.DataFrame | None:
    """Printed cells of all industries down to 4 digits, where CLUSTERSTATS_DATA has the file."""
    folder = cs.datasets.data_dir()
    if folder is None or not (folder / FILE).is_file():
        return None
    levels = [cs.read_cbp(folder / FILE, level=level).collect("pandas") for level in LEVELS]
    return pd.concat([frame.to_native() for frame in levels], ignore_index=True)


def names() -> pd.DataFrame:
    """Name and type by area; the code where the file of names has none."""
    rows = carried().drop_duplicates("region").set_index("region")
    name = rows["region_name"].fillna(rows.index.to_series())
    return pd.DataFrame({"name": name, "type": rows["region_type"]})


def printed(table: pd.DataFrame, lq: pd.DataFrame, open_shares: pd.DataFrame) -> pd.DataFrame:
    """What the compilers of the file say of it, beside ours."""
    published = pd.read_csv(Path(__file__).with_name("published.csv"), dtype=str)
    totals = table[table["industry"] == TOTAL]
    computed = {
        "LQ of Los Angeles, motion pictures": lq.set_index("region").loc[LOS_ANGELES, "estimate"],
        "areas": len(totals),
        ALL: totals["employment"].sum(),
        "establishments of all areas": totals["establishments"].sum(),
    }
    for digits in open_shares["digits"]:
        jobs = table.loc[table["industry"].map(level) == digits, "employment"].sum()
        computed[f"employment printed, {digits} digits"] = jobs
        computed[f"share of employment printed, {digits} digits"] = jobs / computed[ALL]
    return compare(pd.DataFrame(computed.items(), columns=["item", "estimate"]), published)


def same_from_the_full_file(lq: pd.DataFrame, whole: pd.DataFrame | None) -> pd.DataFrame:
    """Largest difference between results of the carried table and of the publisher's file."""
    if whole is None:
        rows = [("all", f"nothing: this {ABSENT}", float("nan"))]
    else:
        other = quotients(whole, names()).select_dtypes("number").to_numpy()
        gap = float(np.nanmax(np.abs(lq.select_dtypes("number").to_numpy() - other)))
        rows = [("location quotients", f"the full file, {len(whole):,} cells", gap)]
    return pd.DataFrame(rows, columns=["result", "compared_with", "largest_difference"])


# --- exhibits -------------------------------------------------------------------------------


def exhibits() -> list[Exhibit]:
    """Everything that the results page shows of this analysis."""
    whole = full()
    table = carried() if whole is None else whole
    lq = quotients(table, names())
    levels = (2,) if whole is None else (2, 3, 4)
    unsaid = f" More digits: this {ABSENT}." if whole is None else ""
    left = omitted(table, levels)
    checked = printed(table, lq, left)
    return [
        _quotients(lq),
        _decided(lq),
        _omitted(left, unsaid),
        *[_specialization(table, digits, unsaid) for digits in (2, 4) if digits in levels],
        _concentration(table),
        *_related(table),
        Exhibit.from_result(
            "recomputed", "Beside what the compilers of the file say", checked, source=SOURCE
        ),
        Exhibit(
            name="full_file",
            title="The carried table against the publisher's file",
            table=same_from_the_full_file(quotients(carried(), names()), whole),
            definition="largest absolute difference over all numbers of a result",
            source=SOURCE,
            sample=SAMPLE,
        ),
    ]


def _quotients(lq: pd.DataFrame) -> Exhibit:
    """All areas, highest first; the figure shows the first of them."""
    angeles = lq.set_index("region").loc[LOS_ANGELES]
    share = 1 - lq["employment_low"].sum() / lq["employment_high"].sum()
    figure = interval_plot(
        top(lq, SHOWN),
        x="name",
        by="interval",
        reference_line=1,
        is_log=True,
        y_label="location quotient of motion pictures (NAICS 5121)",
    )
    return Exhibit.from_result(
        "location_quotient",
        "Motion pictures (NAICS 5121): location quotient by area",
        lq,
        figure=figure,
        source=SOURCE,
        sample=SAMPLE,
        note=(
            f"{lq.loc[0, 'name']} is first with {lq.loc[0, 'establishments_low']:.0f} "
            f"establishments, and its interval says little; Los Angeles has "
            f"{angeles['estimate']:.2f}, by chance {angeles['conf_low']:.2f} to "
            f"{angeles['conf_high']:.2f}. Cells that are not printed may hold {share:.1%} of the "
            f"industry, so its quotient may be as low as {angeles['estimate_low']:.2f}: they leave "
            "more open than chance does. estimate counts printed cells, and estimate_low and "
            "estimate_high are its ends over all that omitted cells can hold: a printed area is "
            "at its upper end. Sizes of establishments are not published: "
            f"they are taken as equal in an area, and intervals are a lower bound. {NOISE}"
        ),
    )


def _decided(lq: pd.DataFrame) -> Exhibit:
    """What the bounds decide."""
    said = decided(lq)
    rows = said.set_index("cell")
    total, unseen = rows.loc["all"].astype(int), int(rows.loc["bounded", "undecided"])
    empty = rows.loc["none", "areas"]
    share = rows.loc["bounded", "area_employment"] / total["area_employment"]
    return Exhibit(
        name="decided",
        title="For how many areas the quotient is known to be above or below 1",
        table=said,
        definition=(
            "more or less: estimate_low > 1 or estimate_high < 1, whatever omitted cells hold; "
            "beyond chance: the 95 % interval by chance says the same; cell: printed, none (no "
            "employee is left for it), bounded (omitted)"
        ),
        source=SOURCE,
        sample=SAMPLE,
        note=(
            f"{total['undecided']} of {total['areas']} areas are undecided, all but "
            f"{total['undecided'] - unseen} of them because their own "
            f"cell is omitted; areas with an omitted cell have {share:.1%} of all employment. Of "
            f"{total['more']} areas above 1, {total['more_beyond_chance']} are beyond chance. An "
            f"omitted cell is not zero: the totals leave no employee for {empty}."
        ),
    )


def _omitted(left: pd.DataFrame, unsaid: str) -> Exhibit:
    """What is not printed, by digits; `unsaid` is what the carried table can't answer."""
    deep = left.iloc[-1]
    return Exhibit(
        name="omitted",
        title="Cells that are not published",
        table=left,
        definition=(
            "a cell with fewer than 3 establishments has no row; none: no employee is left for "
            "it by the totals above; implied: it is the only one omitted, and holds what is left; "
            "employment_omitted: share of all employment printed for no industry of so many "
            "digits; totals_that_disagree: totals below the sum of their printed cells (noise "
            "could make them so; they would be taken as equal), or with too much left"
        ),
        source=SOURCE,
        sample=SAMPLE,
        note=(
            f"With {deep['digits']:.0f} digits {deep['bounded'] / deep['cells']:.0%} of cells are "
            f"unknown, and {deep['employment_omitted']:.2%} of employment. There are no rows for "
            f"the nation, so nothing across areas bounds a cell.{unsaid}"
        ),
    )


def _specialization(table: pd.DataFrame, digits: int, unsaid: str) -> Exhibit:
    """Krugman and Herfindahl, with the ends that omitted cells allow."""
    found = specialization(table, digits, names())
    krugman = found[found["measure"] == "krugman_specialization"]
    first = found[found["region"].isin(krugman["region"].head(SHOWN))]
    width = (krugman["estimate_high"] - krugman["estimate_low"]).median()
    figure = interval_plot(
        first,
        x="name",
        low="estimate_low",
        high="estimate_high",
        facet="measure",
        y_label=f"index over industries of {digits} digits, with bounds of omitted cells",
    )
    return Exhibit(
        name=f"specialization_{digits}_digits",
        title=f"Specialization of areas by industries of {digits} digits",
        table=found,
        figure=figure,
        definition=(
            "Krugman: sum over industries of |share in the area - share in all areas|, 0 to 2; "
            "Herfindahl: sum of squared shares in the area. estimate: omitted cells filled in "
            "proportion to their industries' printed employment, so that each total is kept; "
            "estimate_low, estimate_high: ends that hold for any way to fill them"
        ),
        source=SOURCE,
        sample=SAMPLE,
        note=(
            f"Half of the areas have a Krugman index known to {width:.4f} or better. Small areas "
            "score high by chance alone, and the bounds do not contain that. The figure shows "
            f"the {SHOWN} areas whose Krugman index is highest for sure. {NOISE}{unsaid}"
        ),
    )


def _concentration(table: pd.DataFrame) -> Exhibit:
    """Gini and Hoover of industries."""
    found = concentration(table)
    shown = found[found["industry"].isin(LABELS)]
    shown = shown.assign(named=shown["industry"] + " " + shown["label"])
    figure = interval_plot(
        shown[shown["measure"] == "locational_gini"],
        x="named",
        low="estimate_low",
        high="estimate_high",
        y_label="locational Gini (at most 0.5), with bounds of omitted cells",
    )
    return Exhibit(
        name="concentration",
        title="Concentration of industries over 933 areas",
        table=found,
        figure=figure,
        definition=(
            "locational Gini (Krugman 1991, maximum 0.5) and Hoover index, over the areas' shares "
            "of all employment; estimate: omitted cells hold their least; open_share: part of the "
            "industry's most employment that omitted cells may hold; estimate_low and "
            "estimate_high: estimate less and plus open_share, which no filling exceeds"
        ),
        source=SOURCE,
        sample=SAMPLE,
        note=(
            "Indices that take out the lumpiness of plants (Ellison-Glaeser, Maurel-Sédillot) "
            "need plant sizes, which this file has not: an industry of few large plants scores "
            "high here by chance. Industries with a large open_share are not ranked by anything. "
            + NOISE
        ),
    )


def _related(table: pd.DataFrame) -> list[Exhibit]:
    """Relatedness of sectors and motion pictures, and complexity of areas by their sectors."""
    here = presence(table)
    pairs = related(here)
    film = pairs[(pairs["industry"] == FILM) | (pairs["industry2"] == FILM)]
    other = film["label"].where(film["industry"] != FILM, film["label2"])
    shown = film.assign(other=other)
    found, warned = complexity(here, names())
    order = found.groupby("component")[["estimate", "if_absent", "if_present"]].corr("spearman")
    least = order.loc[("eci", "estimate")].min()
    areas, sectors = (found[found["component"] == part] for part in ("eci", "pci"))
    nearest = shown.iloc[0]
    return [
        Exhibit.from_result(
            "relatedness",
            "Industries that lie in the same areas",
            pairs,
            figure=interval_plot(
                shown,
                x="other",
                y_label="proximity to motion pictures (0 to 1), 95 % over areas",
            ),
            source=SOURCE,
            sample=SAMPLE,
            note=(
                f"Motion pictures are nearest to: {nearest['other']} ({nearest['estimate']:.2f}, "
                f"{nearest['estimate_low']:.2f} to {nearest['estimate_high']:.2f} whatever "
                "omitted cells hold). conf_low, conf_high: areas drawn with replacement, a view "
                "of areas like these; the file has nearly all there are. estimate_low, "
                "estimate_high: outer ends over all that omitted cells can hold. They leave "
                f"{here.undecided:.1%} of presences undecided; of motion pictures "
                f"{(here.low[FILM] != here.high[FILM]).mean():.0%}, which are filled in "
                f"proportion. Motion pictures are a part of the sector of information. {NOISE}"
            ),
        ),
        Exhibit.from_result(
            "complexity",
            "Economic complexity of areas by sectors",
            found,
            figure=interval_plot(
                sectors.rename(columns={"if_absent": "low", "if_present": "high"}),
                x="name",
                low="low",
                high="high",
                y_label="PCI of sectors, undecided cells absent or present",
            ),
            source=SOURCE,
            sample=SAMPLE,
            note=(
                f"First of areas is {areas.iloc[0]['name']}, last {areas.iloc[-1]['name']}. "
                "if_absent and if_present: the same with all undecided cells absent, or present; "
                f"the order of areas keeps a rank correlation of {least:.3f} or more, and they are "
                "no bounds. No interval by chance is given: presence is taken from filled cells, "
                f"whose plants are not known. {warned}"
            ),
        ),
    ]
