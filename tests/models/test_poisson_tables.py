"""Poisson pseudo-likelihood against printed tables and other programs' numbers.

`tol` of a printed cell is half a unit of its last digit, or what its table's README says of it.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from clusterstats.models.covariance import Classical, Clustered, CovarianceOption, Robust
from clusterstats.models.fit import Fit
from clusterstats.models.regress import regress

COVARIANCES: dict[str, CovarianceOption] = {
    "se two-way": Clustered("Origin", "Destination"),
    "se cluster Origin": Clustered("Origin"),
    "se cluster Product": Clustered("Product"),
    "se cluster Origin+Destination": Clustered("Origin", "Destination"),
}


def cells(reference_dir: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(reference_dir / "tables" / f"{name}.csv")


def read(fit: Fit, item: str, stat: str, covariance: CovarianceOption) -> float:
    values = fit.params if stat == "coef" else fit.with_covariance(covariance).bse
    return float(values[item])


def test_log_of_gravity(data_dir: Path, reference_dir: Path) -> None:
    data = pd.read_csv(data_dir / "log_of_gravity" / "gravity.csv.gz")
    table = cells(reference_dir, "sst2006_table3")
    table = table[table["spec"].str.startswith("PPML")]
    formula = f"trade ~ {' + '.join(table['item'].unique())}"
    fits = {
        "PPML all": regress(formula, data, family="poisson", covariance=Robust("HC0")),
        "PPML T>0": regress(formula, data[data["trade"] > 0], family="poisson"),
    }
    assert len(table) == 56
    for cell in table.itertuples():
        found = read(fits[cell.spec], cell.item, cell.stat, Robust("HC1"))
        assert abs(found - float(cell.published)) <= cell.tol, (cell.spec, cell.item, found)


def test_trade_agreements_with_three_effects(data_dir: Path, reference_dir: Path) -> None:
    data = pd.read_csv(data_dir / "ppml_trade_fta" / "trade_fta.csv.gz")
    data = data[data["category"] == "TOTAL"]
    cell = cells(reference_dir, "ppmlhdfe_fta_example").iloc[0]
    fit = regress("trade ~ fta | isoimp^year + isoexp^year + isoimp^isoexp", data, family="poisson")
    assert abs(fit.params["fta"] - float(cell["published"])) <= cell["tol"]


@pytest.mark.filterwarnings("ignore:standard errors rest on")
def test_fixest_walkthrough(data_dir: Path, reference_dir: Path) -> None:
    data = pd.read_csv(data_dir / "fixest_trade" / "trade.csv.gz")
    data["ld"] = np.log(data["dist_km"])
    fits = {
        "Poisson no FE": regress("Euros ~ ld", data, family="poisson"),
        "Poisson 4 FE": regress(
            "Euros ~ ld | Origin + Destination + Product + Year", data, family="poisson"
        ),
    }
    effects = ["Year", "Destination", "Origin"]
    for count in (1, 2, 3):
        joined = " + ".join(effects[:count])
        fits[f"Euros ~ ld | {joined}"] = regress(f"Euros ~ ld | {joined}", data, family="poisson")
    table = cells(reference_dir, "fixest_walkthrough_trade")
    assert len(table) == 16
    names = {"log dist": "ld", "const": "Intercept"}
    for cell in table.itertuples():
        covariance = COVARIANCES.get(cell.stat, Classical())
        fit = fits[cell.spec].with_covariance(covariance, "fixest-0.12")
        found = read(fit, names[cell.item], cell.stat, covariance)
        assert abs(found - float(cell.published)) <= cell.tol, (cell.spec, cell.stat, found)
        if cell.stat == "coef" or cell.status == "rel_1e-4":
            assert found == pytest.approx(cell.reproduced, rel=2e-6)


def test_commuting_around_paris(data_dir: Path, reference_dir: Path) -> None:
    flows = pd.read_csv(data_dir / "paris_commuting" / "flows.csv").query("ID_ORIG != ID_DEST")
    towns = pd.read_csv(data_dir / "paris_commuting" / "municipalities.csv").set_index("ID_MUN")
    origins = towns.loc[flows["ID_ORIG"]].reset_index(drop=True)
    flows = flows.reset_index(drop=True).assign(
        ld=np.log(flows["DISTANCE"].to_numpy()),
        lpo=np.log(origins["POPULATION"]),
        lmi=np.log(origins["MED_INCOME"]),
        lco=np.log(towns.loc[flows["ID_DEST"], "NB_COMPANY"].to_numpy()),
    )
    fits = {
        "flow~ln dist | origin+dest": regress(
            "COMMUTE_FLOW ~ ld | ID_ORIG + ID_DEST", flows, family="poisson"
        ),
        "flow~ln dist+ln pop_o+ln firms_d+ln income_o": regress(
            "COMMUTE_FLOW ~ ld + lpo + lco + lmi", flows, family="poisson"
        ),
        "ln flow~ln dist | origin+dest (flows>0)": regress(
            "log(COMMUTE_FLOW) ~ ld | ID_ORIG + ID_DEST", flows.query("COMMUTE_FLOW > 0")
        ),
    }
    table = pd.read_csv(reference_dir / "computed" / "paris_commuting_ppml.csv")
    assert len(table) == 16
    options = {"se cluster origin": Clustered("ID_ORIG")}
    for cell in table.itertuples():
        fit = fits[cell.model]
        option = options.get(cell.stat, Robust("HC1"))
        found = fit.nobs if cell.stat == "nobs" else None
        if found is None:
            item = {"(Intercept)": "Intercept"}.get(cell.item, cell.item)
            found = read(fit, item, cell.stat, option)
        assert found == pytest.approx(float(cell.value), rel=1e-6), (cell.model, cell.item)


def test_gravity_of_made_up_flows(reference_dir: Path) -> None:
    folder = reference_dir / "indices"
    flows = pd.read_csv(folder / "inputs" / "od.csv")
    table = pd.read_csv(folder / "expected" / "gravity.csv")
    terms = "log(origin_population) + log(attraction) + log(dist_km)"
    fits = {
        "ppml": regress(f"flow ~ {terms}", flows, family="poisson"),
        "ppml_origin_destination_effects": regress(
            "flow ~ log(dist_km) | origin + destination", flows, family="poisson"
        ),
    }
    table = table[table["variant"].isin(fits) & ~table["stat"].str.startswith("pseudo")]
    assert len(table) == 14
    for cell in table.itertuples():
        term, stat = cell.stat.rsplit(".", 1)
        name = {
            "intercept": "Intercept",
            "log_origin_population": "log(origin_population)",
            "log_attraction": "log(attraction)",
            "log_dist_km": "log(dist_km)",
        }[term]
        fit = fits[cell.variant]
        option = Classical() if stat == "se_model" else Robust("HC1")
        found = read(fit, name, "coef" if stat == "beta" else "se", option)
        assert found == pytest.approx(float(cell.value), rel=1e-7), cell.stat
