"""What the R packages REAT and EconGeo say of the same tables, beside ours."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

import clusterstats as cs

from .tables import read, sections

TOLERANCE = 1e-9
STEPS = 20
Found = dict[str, float]
NORMS = {
    "association": "association",
    "cosine": "cosine",
    "prob": "probability",
    "Jaccard": "jaccard",
}
STATISTICS = ("gamma", "G", "z", "establishments", "H")


def _items(result: pd.DataFrame, *keys: str, before: str = "", after: str = "") -> Found:
    """Estimates under the names of the packages' results, keys joined by a bar."""
    names = before + result[list(keys)].astype(str).agg("|".join, axis=1) + after
    return dict(zip(names, result["estimate"].astype(float), strict=True))


def _states() -> pd.DataFrame:
    """The Länder in 2015, sections under the names that the packages were given."""
    cells = sections()
    return cells.assign(industry="WZ08-" + cells["industry"])


def _of_states(door: Callable[..., pd.DataFrame], *keys: str, **options: object) -> Found:
    return _items(door(_states(), **options), *keys)


def _spec() -> Found:
    """REAT's spec: Hoover, its Gini, and Krugman against the mean of the others."""
    krugman = cs.krugman_specialization(_states(), reference="mean_of_others")
    return (
        _items(cs.hoover_specialization(_states()), "region", after="|H j")
        | _items(cs.gini_specialization(_states()), "region", after="|G j")
        | _items(krugman, "region", after="|K j")
    )


def _conc() -> Found:
    """REAT's conc: the same three over regions."""
    krugman = cs.krugman_concentration(_states(), reference="mean_of_others")
    return (
        _items(cs.hoover_concentration(_states()), "industry", after="|H i")
        | _items(cs.gini_concentration(_states()), "industry", after="|G i")
        | _items(krugman, "industry", after="|K i")
    )


def _relatedness() -> Found:
    found: Found = {}
    for theirs, norm in NORMS.items():
        pairs = cs.relatedness(_states(), norm=norm)
        found |= _items(pairs, "industry", "industry2", before=f"{theirs}|")
    return found


def _presence() -> pd.DataFrame:
    """Länder x sections: whether the quotient is 1 or more."""
    quotients = cs.location_quotient(_states())
    return quotients.pivot(index="region", columns="industry", values="estimate").ge(1.0)


def reflected(steps: int = STEPS) -> pd.Series:
    """Diversity after so many steps of reflections, moved to 0 to 100.

    ECI is what the steps tend to; 20 of them leave it up to 2 points of 100 away here.
    """
    m = _presence().astype(float)
    diversity, ubiquity = m.sum(axis=1), m.sum(axis=0)
    k, other = diversity, ubiquity
    for _ in range(steps):
        k, other = m.dot(other) / diversity, m.T.dot(k) / ubiquity
    return 100 * (k - k.min()) / (k.max() - k.min())


def _density() -> Found:
    """Percent of the sections related by more than chance that a Land has."""
    pairs = cs.relatedness(_states(), norm="probability")
    near = pairs.pivot(index="industry", columns="industry2", values="estimate").ge(1.0)
    m = _presence().astype(float)
    density = 100 * m.dot(near.astype(float)) / near.sum()
    cells = density.reset_index().melt("region", var_name="industry", value_name="estimate")
    return _items(cells, *CELL)


def _with_rest(own: pd.Series, whole: pd.Series, industry: pd.Series, year: int) -> pd.DataFrame:
    """A region and the rest of the country, as cells."""
    parts = {"own": own, "rest": whole - own}
    rows = {"industry": industry, "year": year}
    return pd.concat(
        [pd.DataFrame({**rows, "region": name, "employment": x}) for name, x in parts.items()],
        ignore_index=True,
    )


def _goettingen(year: int) -> pd.DataFrame:
    """Göttingen and the rest of Germany by section; the printed totals beside, as `total`."""
    table = read("goettingen_vs_germany_2008_2017")
    own, whole = table[f"Goettingen{year}"], table[f"BRD{year}"]
    cells = _with_rest(own[1:], whole[1:], table["WZ2008_Code"][1:], year)
    total = {"own": own[0], "rest": whole[0] - own[0]}
    return cells.assign(total=cells["region"].map(total))


def _freiburg() -> pd.DataFrame:
    """Freiburg and the rest of Germany by industry in 2008 and 2014."""
    table = read("freiburg_vs_germany_2008_2014")
    columns = [(table[f"e_Freiburg{y}"], table[f"e_Germany{y}"], y) for y in (2008, 2014)]
    return pd.concat([_with_rest(own, whole, table["industry"], y) for own, whole, y in columns])


def _own(result: pd.DataFrame) -> pd.DataFrame:
    return result[result["region"] == "own"]


def _shift(cells: pd.DataFrame) -> Found:
    """Dunn and Gerfin of the first region."""
    found: Found = {}
    for method in ("dunn", "gerfin"):
        rows = _own(cs.shift_share(cells, method=method)).set_index("component")["estimate"]
        parts = {"Industrial mix": "industrial_mix", "Regional share": "regional_share"}
        values = {theirs: rows[ours] for theirs, ours in parts.items()}
        if method == "dunn":
            growth = {"Growth (t1-t)": rows["growth"], "National share": rows["national_share"]}
            values = growth | values | {"Net total shift": rows["growth"] - rows["national_share"]}
        else:
            values["Net total shift"] = rows["growth"] / rows["national_share"]
        found |= {f"{method.capitalize()}|{name}": float(x) for name, x in values.items()}
    return found


def _gini_conc() -> Found:
    """Gini of the quotients of two industries, from each against all the others."""
    table = read("german_states_employment_2008_2014")
    table = table[table["region"] != "Insgesamt"].rename(columns={"emp": "employment"})
    wide = table.pivot(index=["region", "year"], columns="industry", values="employment")
    found: Found = {}
    for industry in wide.columns.drop("Insgesamt"):
        two = pd.DataFrame({industry: wide[industry], "rest": wide["Insgesamt"] - wide[industry]})
        keys = ["region", "year"]
        cells = two.reset_index().melt(keys, var_name="industry", value_name="employment")
        result = cs.gini_concentration(cells)
        found |= _items(result[result["industry"] == industry], "industry", "year")
    return found


def _counties() -> pd.DataFrame:
    """Kreise with GDP, GDP per head and population in 2014."""
    table = read("german_counties_gdp_1992_2014")
    named = table[["gdp2014", "gdppc2014", "pop2014"]].astype(float)
    return named.assign(region=table["region_code"].astype(str), industry="gdp")


def _of_counties(door: Callable[..., pd.DataFrame], item: str, **options: object) -> Found:
    value = str(options.pop("value", "gdppc2014"))
    return {item: float(door(_counties(), value=value, **options)["estimate"].iloc[0])}


def _cv() -> Found:
    """With n - 1, which REAT takes."""
    plain = _of_counties(cs.williamson, "gdppc2014", weight=None)
    n = len(_counties())
    return {item: value * np.sqrt(n / (n - 1)) for item, value in plain.items()}


def _williamson() -> Found:
    """About the unweighted mean, which REAT takes unless wmean = TRUE."""
    table = _counties()
    (paper,) = _of_counties(cs.williamson, "", weight="pop2014").values()
    income, people = table["gdppc2014"], table["pop2014"]
    national, plain = float(np.average(income, weights=people)), float(income.mean())
    return {"gdppc2014": float(np.hypot(paper * national, national - plain)) / national}


def _gini() -> Found:
    plain = _of_counties(cs.gini, "gdppc2014")
    return plain | _of_counties(cs.gini, "gdppc2014|coefnorm", normalized=True)


def _plants() -> pd.DataFrame:
    """Firms of a textbook with the employment of their regions beside."""
    columns = {"firm": "establishment", "emp_firm": "employment", "emp_region": "total"}
    return read("fk2014_firms").rename(columns=columns).astype({"region": str})


def _ellison(names: tuple[str, ...], base: str | None) -> Found:
    result = cs.ellison_glaeser(_plants(), base=base, inference=cs.Analytic())
    parts = {
        name: result[result["component"] == part].set_index("industry")["estimate"]
        for name, part in zip(names, STATISTICS, strict=True)
        if part != "z"
    }
    lead = result[result["component"] == "gamma"].set_index("industry")
    parts[names[2]] = lead["statistic"]
    return {f"{i}|{name}": float(x[i]) for name, x in parts.items() for i in x.index}


def _herf() -> Found:
    lumps = cs.ellison_glaeser(_plants())
    return _items(lumps[lumps["component"] == "H"], "industry")


STATES, COUNTIES = "german_states_industries_2015", "german_counties_gdp_1992_2014"
YEARS, FIRMS = "german_states_employment_2008_2014", "fk2014_firms"
GOETTINGEN, FREIBURG = "goettingen_vs_germany_2008_2017", "freiburg_vs_germany_2008_2014"
CELL = ("region", "industry")

CALLS: dict[tuple[str, str], Callable[[], Found]] = {
    ("EconGeo::Hachman", STATES): lambda: _of_states(cs.hachman, "region"),
    ("EconGeo::Herfindahl", STATES): lambda: _of_states(cs.herfindahl, "region"),
    ("EconGeo::KCI_eig", STATES): lambda: reflected().to_dict(),
    ("EconGeo::Krugman.index", STATES): lambda: _of_states(cs.krugman_specialization, "region"),
    ("EconGeo::diversity", STATES): lambda: _of_states(cs.diversity_count, "region"),
    ("EconGeo::entropy", STATES): lambda: _of_states(cs.entropy, "region", log_base=2),
    ("EconGeo::location.quotient", STATES): lambda: _of_states(cs.location_quotient, *CELL),
    ("EconGeo::locational.Gini", STATES): lambda: _of_states(cs.locational_gini, "industry"),
    ("EconGeo::relatedness", STATES): _relatedness,
    ("EconGeo::relatedness.density", STATES): _density,
    ("EconGeo::spec.coeff", STATES): lambda: _of_states(
        cs.krugman_specialization, "region", scale="half"
    ),
    ("EconGeo::ubiquity", STATES): lambda: _of_states(cs.ubiquity, "industry"),
    ("REAT::conc", STATES): _conc,
    ("REAT::cv", COUNTIES): _cv,
    ("REAT::ellison.a", FIRMS): lambda: _ellison(("gamma", "G", "z", "K", "HHI"), "total"),
    ("REAT::ellison.a2", FIRMS): lambda: _ellison(("Gamma i", "G i", "z Gi", "K i", "HHI i"), None),
    ("REAT::gini", COUNTIES): _gini,
    ("REAT::gini.conc", YEARS): _gini_conc,
    ("REAT::gini.spec", GOETTINGEN): lambda: _items(
        _own(cs.gini_specialization(_goettingen(2017))), "year"
    ),
    ("REAT::herf", FIRMS): _herf,
    ("REAT::hoover", COUNTIES): lambda: _of_counties(
        cs.hoover_concentration, "gdp2014~pop2014", value="gdp2014", base="pop2014"
    ),
    ("REAT::krugman.spec", GOETTINGEN): lambda: _items(
        _own(cs.krugman_specialization(_goettingen(2017))), "year"
    ),
    ("REAT::litzenberger2", STATES): lambda: _of_states(cs.litzenberger_sternberg, *CELL),
    ("REAT::locq", GOETTINGEN): lambda: _items(
        _own(cs.location_quotient(_goettingen(2017), base="total")), "industry"
    ),
    ("REAT::locq2", STATES): lambda: _of_states(cs.location_quotient, *CELL),
    ("REAT::shift", FREIBURG): lambda: _shift(_freiburg()),
    ("REAT::shift", GOETTINGEN): lambda: _shift(
        pd.concat([_goettingen(2008), _goettingen(2017)], ignore_index=True)
    ),
    ("REAT::spec", STATES): _spec,
    ("REAT::theil", COUNTIES): lambda: _of_counties(cs.theil, "gdppc2014", kind="l"),
    ("REAT::williamson", COUNTIES): _williamson,
}


ROUNDED = {"EconGeo::entropy": 3, "EconGeo::relatedness.density": 2}
"""Digits that a package rounds to."""
NOTES = {
    "EconGeo::entropy": "rounded to 3 digits there",
    "EconGeo::relatedness.density": (
        "in percent, rounded to 2 digits there; of sections related by 1 or more, which is put "
        "together from relatedness and location_quotient"
    ),
    "EconGeo::KCI_eig": (
        "the method of reflections after 20 steps, moved to 0 to 100: repeated here from "
        "location_quotient; economic_complexity is its limit"
    ),
    "REAT::cv": "with n - 1 there: ours times sqrt(n / (n - 1))",
    "REAT::williamson": (
        "deviations from the unweighted mean over the weighted one there, from the weighted one "
        "in the paper: ours put on that footing"
    ),
}


def values() -> pd.DataFrame:
    """Every reference value with ours beside it, and whether the two are equal."""
    table = read("reference_values").rename(columns={"fun": "function"})
    parts = []
    for (function, data), part in table.groupby(["function", "dataset"]):
        call = CALLS.get((function, data))
        ours = {} if call is None else call()
        parts.append(part.assign(ours=part["item"].astype(str).map(ours).astype(float)))
    found = pd.concat(parts, ignore_index=True)
    size = found["value"].abs().clip(lower=1)
    difference = (found["ours"] - found["value"]).abs() / size
    half_unit = found["function"].map(ROUNDED).rpow(10.0).rdiv(0.5)
    allowed = (half_unit / size).fillna(0) + TOLERANCE
    agrees = difference <= allowed
    columns = ["function", "dataset", "item", "value", "ours"]
    return found[columns].assign(difference=difference, agrees=agrees)


def agreement() -> pd.DataFrame:
    """By function: how many values, how many agree, and the largest difference."""
    rows = []
    for (function, data), part in values().groupby(["function", "dataset"]):
        rows.append(
            {
                "function": function,
                "table": data,
                "values": len(part),
                "agree": int(part["agrees"].sum()),
                "largest_difference": part["difference"].max(),
                "differs_by": NOTES.get(function, ""),
            }
        )
    return pd.DataFrame(rows)
