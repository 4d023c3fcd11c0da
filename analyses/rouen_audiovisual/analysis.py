"""The audiovisual sector of Rouen: one television channel, two zonings, sixteen years."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

import clusterstats as cs
from clusterstats.report import Exhibit, compare, interval_plot

TITLE = "The audiovisual sector of Rouen"
QUESTION = "Did the audiovisual sector of Rouen decline and recover between 2006 and 2022?"

ROUEN = "76540"
CHANNEL, REST_OF_IMAGE = "60.20A", "audiovisual_core without 60.20A"
IMAGE = "audiovisual"
PRINTED_YEARS = (2006, 2014, 2022)
SEED = 760
SOURCE = "Urssaf Caisse nationale, open.urssaf.fr (ODbL 1.0; Source : Urssaf), 2006-2022"
SAMPLE = (
    "218 communes of Seine-Maritime in the employment zone of Rouen (2815); 82 communes of the "
    "Eure are not in the file; private employers on 31 December"
)
UNKNOWN = (
    "Four establishments (three in 2022) have no employee count; their employees are left out of "
    "sums. Sizes within a commune and APE are taken as equal, so intervals by employees are a "
    "lower bound of the uncertainty."
)
FULL = "etablissements-et-effectifs-salaries-au-niveau-commune-x-ape-last.rouen.csv.gz"


def carried() -> pd.DataFrame:
    """Commune x industry x year, from the table that the repository carries."""
    return cs.datasets.load("urssaf_rouen")


def full() -> pd.DataFrame | None:
    """The same table from the publisher's whole file, where CLUSTERSTATS_DATA has it."""
    folder = cs.datasets.data_dir()
    path = None if folder is None else folder / "urssaf_rouen_commune_ape" / FULL
    if path is None or not path.is_file():
        return None
    wide = cs.read_urssaf(path, report=lambda report: None).collect("pandas").to_native()
    core = cs.sector_definition("audiovisual_core").sub_classes()
    industry = wide["a38"].replace("JA", "JA without audiovisual_core")
    industry = industry.mask(wide["industry"].isin(core["code"]), REST_OF_IMAGE)
    industry = industry.mask(wide["industry"] == CHANNEL, CHANNEL)
    squares = wide["employment"] ** 2 / wide["establishments"]
    table = wide.assign(industry=industry, employment_squares=squares)
    names = wide.drop_duplicates("region").set_index("region")
    summed = cs.sum_cells(table, missing="skip")
    return summed.assign(epci=summed["region"].map(names["epci"]))


def in_two_sectors(table: pd.DataFrame, region: str = "region") -> pd.DataFrame:
    """Audiovisual against all else, by commune or another zoning."""
    image = table["industry"].isin([CHANNEL, REST_OF_IMAGE])
    two = table.assign(sector=image.map({True: IMAGE, False: "all else"}))
    summed = cs.sum_cells(two, region=region, industry="sector", missing="skip")
    return cs.cells(summed, absent="zero")


def quotients(table: pd.DataFrame) -> pd.DataFrame:
    """Location quotient of Rouen by year, by employees and by establishments."""
    cells = in_two_sectors(table)
    parts = []
    for value, label in [("employment", "employees"), ("establishments", "establishments")]:
        result = cs.location_quotient(cells, value=value, inference=cs.Analytic())
        rows = result[(result["region"] == ROUEN) & (result["industry"] == IMAGE)]
        parts.append(rows.assign(counted_by=label))
    both = pd.concat(parts, ignore_index=True)
    both.attrs = result.attrs | {
        "definition": result.attrs["definition"].replace(
            "value 'establishments'", "value 'employment' or 'establishments', see counted_by"
        )
    }
    columns = ["counted_by", "year", "estimate", "std_error", "p_value", "conf_low", "conf_high"]
    return both[columns]


def leave_one_out(table: pd.DataFrame) -> pd.DataFrame:
    """By employees: the range with any one commune x industry cell left out, and no channel."""
    image = table["industry"].isin([CHANNEL, REST_OF_IMAGE])
    units = table.assign(
        establishment=table["region"] + " " + table["industry"],
        industry=image.map({True: IMAGE, False: "all else"}),
        employment=table["employment"].fillna(0).astype("float64"),
    )[["establishment", "region", "industry", "year", "employment"]]
    result = cs.location_quotient(units, inference=cs.Jackknife())
    whole = result[(result["region"] == ROUEN) & (result["industry"] == IMAGE)].set_index("year")
    without = quotients(table[table["industry"] != CHANNEL]).set_index("counted_by")
    without = without.loc["employees"].set_index("year")
    columns = whole[["estimate", "loo_low", "loo_high"]].assign(
        without_channel=without["estimate"],
        without_channel_low=without["conf_low"],
        without_channel_high=without["conf_high"],
        channel_in=channel_places(table),
    )
    return columns.reset_index()


def channel_places(table: pd.DataFrame) -> pd.Series:
    """Where the television channels with employees are recorded, by year."""
    rows = table[(table["industry"] == CHANNEL) & (table["employment"].fillna(0) > 0)]
    names = carried().drop_duplicates("region").set_index("region")["region_name"]
    said = names.reindex(rows["region"]).to_numpy() + " (" + rows["employment"].astype(str) + ")"
    return said.groupby(rows["year"].to_numpy()).agg(", ".join)


def hoover(table: pd.DataFrame) -> pd.DataFrame:
    """Hoover index of the sector over communes and over groups of communes, side by side."""
    parts = []
    for zoning, region in [("218 communes", "region"), ("9 EPCI", "epci")]:
        cells = in_two_sectors(table, region)
        result = cs.hoover_concentration(cells, inference=cs.Bootstrap(draws=499, seed=SEED))
        parts.append(result[result["industry"] == IMAGE].assign(zoning=zoning))
    both = pd.concat(parts, ignore_index=True)
    both.attrs = result.attrs
    numbers = ["estimate", "bias_corrected", "conf_low", "conf_high"]
    return both[["zoning", "year", *numbers]]


def printed(table: pd.DataFrame) -> pd.DataFrame:
    """An independent recomputation beside ours."""
    published = pd.read_csv(Path(__file__).with_name("published.csv"), dtype=str)
    lq, index = quotients(table), hoover(table)
    computed = pd.concat(
        [
            pd.DataFrame(
                {
                    "item": "LQ of Rouen by " + lq["counted_by"] + ", " + lq["year"].astype(str),
                    "estimate": lq["estimate"],
                }
            ),
            pd.DataFrame(
                {
                    "item": "Hoover index, " + index["zoning"] + ", " + index["year"].astype(str),
                    "estimate": index["estimate"],
                }
            ),
        ]
    )
    return compare(computed, published)


def same_from_the_full_file(table: pd.DataFrame) -> pd.DataFrame:
    """Largest difference between results of the carried table and of the publisher's file."""
    whole = full()
    if whole is None:
        rows = [("all", "the full file was not at hand: set CLUSTERSTATS_DATA", float("nan"))]
        return pd.DataFrame(rows, columns=["result", "compared_with", "largest_difference"])
    rows = []
    for name, door in [("location quotients", quotients), ("leave one out", leave_one_out)]:
        ours, theirs = (door(t).select_dtypes("number").to_numpy() for t in (table, whole))
        compared = f"the full file, {len(whole):,} cells"
        rows.append((name, compared, float(abs(ours - theirs).max())))
    return pd.DataFrame(rows, columns=["result", "compared_with", "largest_difference"])


def exhibits() -> list[Exhibit]:
    """Everything that the results page shows of this analysis."""
    table = carried()
    lq, left, index = quotients(table), leave_one_out(table), hoover(table)
    lines = interval_plot(
        lq,
        x="year",
        by="counted_by",
        reference_line=1,
        y_label="location quotient of Rouen",
        x_label="year (31 December)",
    )
    zonings = interval_plot(
        index,
        x="year",
        y="bias_corrected",
        by="zoning",
        y_label="Hoover index, corrected for chance",
        x_label="year (31 December)",
    )
    common = {"source": SOURCE, "sample": SAMPLE}
    return [
        Exhibit.from_result(
            "location_quotient",
            "Location quotient of the audiovisual sector in Rouen, by what is counted",
            lq,
            figure=lines,
            note="By employees the sector seems to fall and recover; by establishments it does "
            "not; the intervals by employees overlap throughout. " + UNKNOWN,
            **common,
        ),
        Exhibit(
            name="leave_one_out",
            title="One television channel makes the difference",
            table=left,
            definition=(
                "location quotient by employees; loo_low and loo_high: its range with any one "
                "commune x industry cell left out; without_channel: with 60.20A taken out of the "
                "sector and of the total, with its own 95 % interval; channel_in: where 60.20A "
                "has employees"
            ),
            inference="leave one cell out; Analytic() for the quotient without the channel",
            note=(
                "60.20A is one establishment a commune in this file: 110 to 144 employees recorded "
                "in Rouen, then in Grand-Couronne, then in Rouen again. Without it the quotient by "
                "employees shows no fall and recovery of that size: the sector's life cycle is one "
                "address. From 2009 to 2018 all that Rouen has of the sector is a single cell of "
                "this table, so leaving that cell out gives 0."
            ),
            **common,
        ),
        Exhibit.from_result(
            "hoover_by_zoning",
            "The same sector over 218 communes and over 9 groups of communes (EPCI)",
            index,
            figure=zonings,
            note=f"Concentration is a property of the zoning as much as of the sector. {UNKNOWN}",
            **common,
        ),
        Exhibit.from_result(
            "recomputed", "Beside an independent recomputation", printed(table), source=SOURCE
        ),
        Exhibit(
            name="full_file",
            title="The carried table against the publisher's file",
            table=same_from_the_full_file(table),
            definition="largest absolute difference over all numbers of a result",
            **common,
        ),
    ]
