"""Values that other programs computed on real and textbook tables."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import clusterstats as cs

PRINTED = 1e-9  # the references carry ten to twelve significant digits


def reat(data_dir: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(data_dir / "reat_examples" / f"{name}.csv.gz")


def values(data_dir: Path, fun: str, dataset: str) -> pd.Series:
    table = reat(data_dir, "reference_values")
    table = table[(table["fun"] == fun) & (table["dataset"] == dataset)]
    return pd.to_numeric(table.set_index("item")["value"], errors="coerce")


@pytest.fixture
def states(data_dir: Path) -> pd.DataFrame:
    table = reat(data_dir, "german_states_industries_2015").drop(columns=["region", "year"])
    return cs.cells(table, region="region_code", industry="ind_code", employment="emp_all")


def test_ten_plants_of_the_reat_manual() -> None:
    sizes = [200, 650, 12000, 100, 50, 16000, 13000, 1500, 1500, 25000]
    plants = pd.DataFrame(
        {
            "establishment": [str(k) for k in range(10)],
            "region": ["Wien"] * 5 + ["Linz"] * 4 + ["Graz"],
            "industry": "one",
            "employment": sizes,
        }
    )
    plants["base"] = plants["region"].map({"Wien": 500000.0, "Linz": 400000.0, "Graz": 100000.0})
    found = cs.ellison_glaeser(plants, base="base").set_index("component")["estimate"]
    assert np.isclose(found["gamma"], 0.05990628412, atol=PRINTED)
    assert np.isclose(found["G"], 0.1681632653, atol=PRINTED)
    assert np.isclose(found["H"], 0.2446887755, atol=PRINTED)


@pytest.mark.parametrize(
    ("fun", "base"), [("REAT::ellison.a", "emp_region"), ("REAT::ellison.a2", None)]
)
def test_textbook_firms(data_dir: Path, fun: str, base: str | None) -> None:
    expected = values(data_dir, fun, "fk2014_firms")
    firms = reat(data_dir, "fk2014_firms").rename(columns={"firm": "establishment"})
    firms["region"] = firms["region"].map("R{}".format)
    firms["employment"] = firms["emp_firm"]
    result = cs.ellison_glaeser(firms, base=base, inference=cs.Analytic())
    gamma = result[result["component"] == "gamma"].set_index("industry")
    columns = {"gamma": "estimate", "Gamma i": "estimate", "z": "statistic", "z Gi": "statistic"}
    compared = 0
    for item, value in expected.items():
        industry, _, stat = str(item).partition("|")
        if stat in columns:
            mine = gamma.loc[industry, columns[stat]]
            assert np.isclose(mine, value, atol=PRINTED), item
            compared += 1
    assert compared == 8


def test_german_states(data_dir: Path, states: pd.DataFrame) -> None:
    lq = cs.location_quotient(states)
    mine = lq.set_index(lq["region"] + "|" + lq["industry"])["estimate"]
    expected = values(data_dir, "REAT::locq2", "german_states_industries_2015")
    assert len(expected) == 272
    assert np.allclose(mine.reindex(expected.index), expected, atol=PRINTED)
    for fun, door in [
        ("EconGeo::Krugman.index", cs.krugman_specialization),
        ("EconGeo::Herfindahl", cs.herfindahl),
        ("EconGeo::locational.Gini", cs.locational_gini),
    ]:
        found = door(states)
        known = values(data_dir, fun, "german_states_industries_2015")
        ours = found.set_index(found.columns[0])["estimate"].reindex(known.index)
        assert np.allclose(ours, known, atol=PRINTED), fun


def test_goettingen_against_germany(data_dir: Path) -> None:
    wide = reat(data_dir, "goettingen_vs_germany_2008_2017")
    wide = wide[wide["WZ2008_Code"] != "A-R"]
    place = wide.assign(region="Goettingen", employment=wide["Goettingen2017"], all=69403)
    rest = wide.assign(region="rest", employment=wide["BRD2017"] - wide["Goettingen2017"])
    rest["all"] = 32164973 - 69403  # 2,120 jobs of the city are in no section: hence a base
    table = cs.cells(pd.concat([place, rest]), industry="WZ2008_Code")
    lq = cs.location_quotient(table, base="all").set_index(["region", "industry"])["estimate"]
    assert np.isclose(lq["Goettingen", "P"], 2.7779085776, atol=PRINTED)
    assert np.isclose(lq["Goettingen", "J"], 0.91654277463, atol=PRINTED)
    krugman = cs.krugman_specialization(table).set_index("region")["estimate"]
    assert np.isclose(krugman["Goettingen"], 0.4508468784, atol=PRINTED)
    herfindahl = cs.herfindahl(table).set_index("region")["estimate"]
    assert np.isclose(herfindahl["Goettingen"], 0.1273139742, atol=PRINTED)
