"""Differences: arithmetic, one draw for both sides, refusals."""

import numpy as np
import pandas as pd
import pytest

import clusterstats as cs


def plants(seed: int = 1, n: int = 300) -> pd.DataFrame:
    """Establishments of two years, hardly changed between them."""
    rng = np.random.default_rng(seed)
    first = pd.DataFrame(
        {
            "establishment": [f"E{k}" for k in range(n)],
            "year": 2006,
            "region": rng.choice(["A", "B", "C"], n),
            "industry": rng.choice(["film", "food", "steel"], n),
            "employment": rng.geometric(0.1, n).astype(float),
        }
    )
    second = first.assign(year=2022, employment=first["employment"] + rng.integers(0, 2, n))
    return pd.concat([first, second], ignore_index=True)


@pytest.mark.parametrize(
    ("measure", "options"),
    [
        ("herfindahl", {}),
        ("location_quotient", {"form": "log"}),
        ("ellison_glaeser", {}),
        ("krugman_specialization", {"reference": "rest"}),
    ],
)
def test_years_are_the_later_less_the_earlier(measure: str, options: dict[str, str]) -> None:
    table = plants()
    door = getattr(cs, measure)
    whole = door(table, **options)
    if "component" in whole:
        whole = whole[whole["component"] == "gamma"]
    keys = [key for key in ("region", "industry") if key in whole]
    wide = whole.pivot_table(index=keys, columns="year", values="estimate")
    found = cs.difference(table, measure, years=(2006, 2022), options=options)
    np.testing.assert_allclose(found.set_index(keys)["estimate"], wide[2022] - wide[2006])


def test_regions_industries_and_measures() -> None:
    table = plants().query("year == 2006").drop(columns="year")
    lq = cs.location_quotient(table).set_index(["region", "industry"])["estimate"].unstack()
    regions = cs.difference(table, "location_quotient", regions=("A", "B"))
    np.testing.assert_allclose(regions["estimate"], lq.loc["B"] - lq.loc["A"])
    industries = cs.difference(table, "location_quotient", industries=("film", "steel"))
    np.testing.assert_allclose(industries["estimate"], lq["steel"] - lq["film"])
    both = cs.difference(table, ("herfindahl", "krugman_specialization"))
    expected = cs.krugman_specialization(table)["estimate"] - cs.herfindahl(table)["estimate"]
    np.testing.assert_allclose(both["estimate"], expected)
    assert both["measure"].unique() == ["krugman_specialization - herfindahl"]


@pytest.mark.parametrize("option", [cs.Bootstrap(seed=1, draws=199), cs.Jackknife()])
def test_establishments_are_drawn_with_both_years(option: cs.inference.Inference) -> None:
    """Nearly equal years differ with much less uncertainty than either has."""
    table = plants()
    apart = cs.difference(table, "herfindahl", years=(2006, 2022), inference=option)
    alone = cs.herfindahl(table.query("year == 2022"), inference=option)
    assert (apart["std_error"] < 0.3 * alone["std_error"].to_numpy()).all()
    assert (
        (apart["conf_low"] < apart["estimate"]) & (apart["estimate"] < apart["conf_high"])
    ).all()


def test_jackknife_of_a_difference_by_hand() -> None:
    table = plants(n=12)
    found = cs.difference(table, "herfindahl", regions=("A", "B"), inference=cs.Jackknife())
    apart = cs.difference(table, "herfindahl", years=(2006, 2022), inference=cs.Jackknife())
    left = [
        cs.difference(table[table["establishment"] != name], "herfindahl", years=(2006, 2022))
        .set_index("region")["estimate"]
        .reindex(apart["region"])
        .to_numpy()
        for name in table["establishment"].unique()
    ]
    values = np.array(left)
    n = len(values)
    error = np.sqrt((n - 1) / n * ((values - values.mean(axis=0)) ** 2).sum(axis=0))
    np.testing.assert_allclose(apart["std_error"], error)
    assert len(found) == 2  # a row a year


def test_a_real_change_is_seen_and_none_is_not() -> None:
    table = plants()
    moved = table.assign(
        industry=table["industry"].where((table["year"] == 2006) | (table["region"] != "A"), "film")
    )
    option = cs.Bootstrap(seed=1, draws=199)
    found = cs.difference(moved, "herfindahl", years=(2006, 2022), inference=option)
    p = found.set_index("region")["p_value"]
    assert p["A"] <= 0.02
    assert p["B"] > 0.02


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "say what is compared"),
        ({"years": (2006, 2022), "regions": ("A", "B")}, "say what is compared"),
        ({"regions": ("A", "Z")}, "region='Z' is not known"),
        ({"industries": ("film", "food")}, "herfindahl has no key 'industry'"),
        ({"years": (2006, 1999)}, "years=1999 is not known"),
        ({"years": (2006, 2022), "options": {"form": "x"}}, "is no form of herfindahl"),
        ({"years": (2006, 2022), "inference": cs.Analytic()}, "has no analytic form"),
        ({"years": (2006, 2022), "inference": cs.MonteCarlo(seed=1)}, "does not fit"),
    ],
)
def test_what_cannot_be_compared_is_said(given: dict[str, object], said: str) -> None:
    with pytest.raises(cs.OptionError, match=said):
        cs.difference(plants(), "herfindahl", **given)


def test_several_measures_are_those_of_their_doors() -> None:
    table = plants()
    found = cs.measure(table, ["herfindahl", ("location_quotient", {"form": "log"})])
    parts = [cs.herfindahl(table), cs.location_quotient(table, form="log")]
    np.testing.assert_array_equal(
        found["estimate"], np.concatenate([part["estimate"] for part in parts])
    )
    assert list(found.columns) == ["year", "region", "industry", "measure", "estimate"]
    assert found.attrs["definition"].count("\n") == 1
    with pytest.raises(cs.OptionError, match="measure='lq' is not known"):
        cs.measure(table, ["lq"])
    with pytest.raises(cs.OptionError, match="measures= is empty"):
        cs.measure(table, [])


def test_forms_with_a_column_beside_the_values_are_refused() -> None:
    table = pd.DataFrame(
        {
            "year": [2000, 2000, 2001, 2001],
            "region": ["a", "b"] * 2,
            "industry": "x",
            "employment": 1.0,
            "section": "s",
        }
    )
    options = {"method": "ellison_glaeser_group", "within": "section"}
    with pytest.raises(cs.OptionError, match="takes no form with within="):
        cs.difference(table, "coagglomeration", years=(2000, 2001), options=options)
