"""Employees of the German Länder from 2008 to 2014, by four groups of sections."""

from pathlib import Path

import pandas as pd

FILE = Path("reat_examples", "german_states_employment_2008_2014.csv.gz")
TOTAL, UNKNOWN = "Insgesamt", "unknown"
GROUPS = {
    "A-F": [
        "Land- und Forstwirtschaft, Fischerei (A)",
        "Produzierendes Gewerbe ohne Baugewerbe (B-E)",
        "Baugewerbe (F)",
    ],
    "G-J": ["Handel, Gastgewerbe, Verkehr (G-I)", "Information und Kommunikation (J)"],
    "K-N": [
        "Erbringung von Finanz- und Vers.leistungen (K)",
        "Grundstuecks- und Wohnungswesen (L)",
        "Freiberufl,wissenschaftl. techn. Dienstl.,sonst.DL",
    ],
    "O-U": [
        "oeff.Verw.,Verteidig.,Sozialvers.,Erz.-u.Unterricht",
        "Kunst, Unterhaltung, Erholung, Priv. Haush.,usw.",
    ],
}
LAENDER = {
    "Baden-Wuerttemberg": "BW",
    "Bayern": "BY",
    "Berlin": "BE",
    "Brandenburg": "BB",
    "Bremen": "HB",
    "Freistaat Sachsen": "SN",
    "Hamburg": "HH",
    "Hessen": "HE",
    "Mecklenburg-Vorpommern": "MV",
    "Niedersachsen": "NI",
    "Nordrhein-Westfalen": "NW",
    "Rheinland-Pfalz": "RP",
    "Saarland": "SL",
    "Sachsen-Anhalt": "ST",
    "Schleswig-Holstein": "SH",
    "Thueringen": "TH",
}
EAST = {"BB", "BE", "MV", "SN", "ST", "TH"}


def build(data: Path) -> pd.DataFrame:
    """Return one row a Land, group and year, each the sum of at least two printed industries.

    Manufacturing (C) is left out: it is a part of B-E. What the printed total has beyond its
    industries is of no known industry.
    """
    cells = pd.read_csv(data / FILE)
    cells = cells[cells["region"] != TOTAL].assign(region=lambda x: x["region"].map(LAENDER))
    wide = cells.pivot(index=["region", "year"], columns="industry", values="emp")
    sums = pd.DataFrame({name: wide[held].sum(axis=1) for name, held in GROUPS.items()})
    sums[UNKNOWN] = wide[TOTAL] - sums.sum(axis=1)
    keys = ["region", "year"]
    table = sums.reset_index().melt(keys, var_name="industry", value_name="employment")
    table.insert(2, "part", table["region"].isin(EAST).map({True: "east", False: "west"}))
    columns = ["region", "industry", "year", "part", "employment"]
    return table[columns].sort_values(columns[:3], ignore_index=True)
