"""The carried figures: counts that publishers state, and values computed elsewhere from them.

Counts are exact. Location quotients were computed from the publishers' files by another script,
and are printed with two or three decimals: the tolerance is half of the last one.
"""

import itertools

import pandas as pd
import pytest

from clusterstats import datasets

LEVELS = {
    "a5": 5,
    "a10": 10,
    "a17": 17,
    "a21": 21,
    "a38": 38,
    "a64": 64,
    "a88": 88,
    "a129": 129,
    "a138": 138,
    "group": 272,
    "class": 615,
    "sub_class": 732,
}
IMAGE_SECTOR = ["60.20A", "audiovisual_core without 60.20A"]
JA = [*IMAGE_SECTOR, "JA without audiovisual_core"]


@pytest.fixture(scope="module")
def rouen() -> pd.DataFrame:
    return datasets.load("urssaf_rouen")


def quotient(table: pd.DataFrame, inside: pd.Series, local: pd.Series, value: str) -> float:
    share = table.loc[inside & local, value].sum() / table.loc[local, value].sum()
    return float(share / (table.loc[inside, value].sum() / table[value].sum()))


def test_naf_levels_have_their_counts() -> None:
    labels = datasets.load("naf_rev2_labels")
    assert labels["level"].value_counts().to_dict() == LEVELS
    naf = datasets.load("naf_rev2")
    for level in LEVELS.keys() - {"a138"}:
        assert set(naf[level]) == set(labels.loc[labels["level"] == level, "code"]), level


def test_naf_levels_nest() -> None:
    naf = datasets.load("naf_rev2")
    chain = ["sub_class", "class", "group", "a88", "a64", "a38", "a10", "a5"]
    for fine, coarse in itertools.pairwise(chain):
        assert naf.groupby(fine)[coarse].nunique().eq(1).all(), (fine, coarse)


def test_a138_is_blank_only_where_national_accounts_split() -> None:
    naf = datasets.load("naf_rev2")
    labels = datasets.load("naf_rev2_labels").query("level == 'a138'")
    assert set(naf["a138"].dropna()) < set(labels["code"])
    split = naf.loc[naf["a138"].isna(), "a129"].unique()
    assert len(split) == 13
    assert len(labels) == 129 - 13 + 2 * 11


def test_departements_and_regions() -> None:
    departements, regions = datasets.load("departements"), datasets.load("regions")
    assert len(departements) == 101
    assert departements["is_metropolitan"].sum() == 96
    counts = regions.groupby("period")["is_metropolitan"].agg(["size", "sum"])
    assert counts.loc["since_2016"].tolist() == [18, 13]
    assert counts.loc["before_2016"].tolist() == [27, 22]
    old = regions[regions["period"] == "before_2016"].set_index("region")
    nested = departements["region_before_2016"].map(old["region_now"])
    assert (nested == departements["region"]).all()


def test_rouen_totals(rouen: pd.DataFrame) -> None:
    totals = rouen.groupby("year")[["employment", "establishments"]].sum()
    assert totals.loc[[2006, 2014, 2022], "employment"].tolist() == [180_759, 171_121, 183_731]
    assert totals.loc[2022, "establishments"] == 14_978
    assert rouen["region"].nunique() == 218
    assert rouen["epci"].nunique() == 9
    assert sorted(rouen["year"].unique()) == list(range(2006, 2023))


def test_rouen_splits_ja_in_three(rouen: pd.DataFrame) -> None:
    assert set(JA) <= set(rouen["industry"])
    a38 = set(datasets.load("naf_rev2")["a38"])
    assert set(rouen["industry"]) - set(JA) < a38 - {"JA"}


def test_rouen_unknown_employees_are_counted(rouen: pd.DataFrame) -> None:
    assert rouen["establishments_unknown"].sum() == 4
    unknown = rouen["establishments_unknown"] == rouen["establishments"]
    assert rouen["employment"].isna().equals(unknown)
    assert rouen["employment_squares"].isna().equals(unknown)


def test_rouen_squares_lie_between_even_and_single(rouen: pd.DataFrame) -> None:
    known = rouen.dropna(subset="employment")
    square = known["employment"].astype("float64") ** 2
    slack = 0.001  # squares are kept to three decimals
    assert (known["employment_squares"] >= square / known["establishments"] - slack).all()
    assert (known["employment_squares"] <= square + slack).all()


@pytest.mark.parametrize(
    ("value", "year", "expected"),
    [
        ("employment", 2006, 2.311),
        ("employment", 2014, 1.402),
        ("employment", 2022, 2.700),
        ("establishments", 2006, 2.016),
        ("establishments", 2014, 2.075),
        ("establishments", 2022, 1.818),
    ],
)
def test_rouen_image_sector(rouen: pd.DataFrame, value: str, year: int, expected: float) -> None:
    table = rouen[rouen["year"] == year]
    image, town = table["industry"].isin(IMAGE_SECTOR), table["region"] == "76540"
    assert quotient(table, image, town, value) == pytest.approx(expected, abs=0.0005)


def test_cinema_totals() -> None:
    table = datasets.load("cinemas_2022_departement")
    totals = table[["venues", "screens", "seats", "admissions"]].sum()
    assert totals.tolist() == [2_061, 6_298, 1_161_329, 152_499_845]
    squares = table["screens_squares"]
    assert (squares >= table["screens"] ** 2 / table["venues"]).all()
    assert (squares <= table["screens"] ** 2).all()


def test_paris_is_counted_once() -> None:
    table = datasets.load("cinemas_2022_departement").set_index("region")
    assert table.loc["75", "population"] == 2_187_526


@pytest.mark.parametrize(
    ("value", "expected"), [("venues", 0.58), ("screens", 0.71), ("admissions", 0.93)]
)
def test_cinemas_of_seine_saint_denis(value: str, expected: float) -> None:
    table = datasets.load("cinemas_2022_departement").set_index("region")
    shares = table[[value, "population"]] / table[[value, "population"]].sum()
    ratio = shares.loc["93", value] / shares.loc["93", "population"]
    assert ratio == pytest.approx(expected, abs=0.005)
