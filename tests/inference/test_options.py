"""Options check themselves, and say what is allowed."""

import numpy as np
import pandas as pd
import pytest

import clusterstats as cs

JOBS = pd.DataFrame(
    {
        "region": ["A", "A", "B", "B"],
        "industry": ["x", "y"] * 2,
        "employment": [6, 94, 4, 396],
    }
)


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: cs.Bootstrap(seed=1, unit="person"), "use one of 'establishment', 'cell', 'reg"),
        (lambda: cs.Bootstrap(seed=-1), "not a whole number >= 0"),
        (lambda: cs.Bootstrap(seed=True), "not a whole number >= 0"),
        (lambda: cs.Bootstrap(seed=1, draws=5), "at least 19"),
        (lambda: cs.Analytic(level=95), "not a probability"),
        (lambda: cs.Analytic(alternative="up"), "'two-sided', 'greater', 'less'"),
        (lambda: cs.Analytic(adjust="bonferroni"), "'fdr_bh', 'fdr_by', 'holm'"),
        (lambda: cs.Analytic(reference_shares="x"), "'drawn', 'fixed'"),
        (lambda: cs.MonteCarlo(seed=1, null="chance"), "'random_labelling'"),
        (lambda: cs.MonteCarlo(seed=1, sites=JOBS), "goes with null='random_location'"),
        (lambda: cs.MonteCarlo(seed=1, probabilities={}), "goes with null='dartboard'"),
        (lambda: cs.Jackknife(unit="x"), "use one of"),
    ],
)
def test_bad_options_are_refused(make: object, match: str) -> None:
    with pytest.raises(cs.ClusterstatsError, match=match):
        make()  # type: ignore[operator]


def test_a_seed_has_no_default() -> None:
    with pytest.raises(TypeError, match="seed"):
        cs.Bootstrap()


@pytest.mark.parametrize(
    ("inference", "match"),
    [
        (cs.Analytic(), "needs establishments, or cells with a column 'establishments'"),
        (cs.Bootstrap(seed=1), "needs establishments"),
        (cs.Bootstrap(seed=1, unit="region"), "does not fit location_quotient"),
        ("bootstrap", "is not an option; use Analytic"),
    ],
)
def test_inference_that_does_not_fit_is_refused(inference: object, match: str) -> None:
    with pytest.raises(cs.ClusterstatsError, match=match):
        cs.location_quotient(JOBS, inference=inference)  # type: ignore[arg-type]


def test_a_cell_can_stand_for_one_establishment() -> None:
    result = cs.location_quotient(JOBS, inference=cs.Bootstrap(seed=1, draws=29, unit="cell"))
    assert "single establishment" in result.attrs["note"]


def test_even_spread_is_called_a_lower_bound() -> None:
    counted = JOBS.assign(establishments=[2, 20, 2, 80])
    sized = counted.assign(employment_squares=[20.0, 2000, 10, 9000])
    even, known = (cs.location_quotient(t, inference=cs.Analytic()) for t in (counted, sized))
    assert "lower bound" in even.attrs["note"]
    assert "lower bound" not in known.attrs["note"]
    assert (even["std_error"] < known["std_error"]).all()


@pytest.mark.parametrize("probabilities", [{"A": 1.0}, {"A": 0.2, "B": 0.2}, {"A": -1, "B": 2}])
def test_dartboard_probabilities_cover_every_region(probabilities: dict[str, float]) -> None:
    table = JOBS.assign(establishments=[2, 20, 2, 80])
    option = cs.MonteCarlo(null="dartboard", draws=29, seed=1, probabilities=probabilities)
    with pytest.raises(cs.ClusterstatsError, match="every region one"):
        cs.location_quotient(table, inference=option)


def test_sites_outside_the_table_are_refused_and_weights_count() -> None:
    table = JOBS.assign(establishments=[2, 20, 2, 80])
    stranger = cs.MonteCarlo(
        null="random_location", draws=29, seed=1, sites=pd.DataFrame({"region": ["A", "Z"]})
    )
    with pytest.raises(cs.ClusterstatsError, match="region 'Z', which is not in the table"):
        cs.location_quotient(table, inference=stranger)
    only_a = pd.DataFrame({"region": ["A", "B"], "weight": [1.0, 0.0]})
    option = cs.MonteCarlo(null="random_location", draws=29, seed=1, sites=only_a)
    drawn = cs.hoover_concentration(table, inference=option)
    assert np.allclose(drawn["null_mean"], 0)
    assert "random_location" in drawn.attrs["inference"]
    assert "sites=..." in drawn.attrs["inference"]


def test_unknown_sizes_are_never_resampled_and_stay_in_their_year() -> None:
    years = [JOBS.assign(establishments=[2, 20, 2, 80], year=y) for y in (1, 2)]
    table = pd.concat(years, ignore_index=True)
    table["employment"] = table["employment"].astype(float).where(table.index != 2)
    for option in (cs.Analytic(), cs.Bootstrap(draws=29, seed=1), cs.Jackknife()):
        with pytest.warns(cs.ClusterstatsWarning, match="unknown in 1 row.s., first at year 1"):
            result = cs.location_quotient(table, inference=option)
        numbers = result.set_index("year")[["estimate", "std_error", "conf_low"]]
        assert numbers.loc[1].isna().all(axis=None)
        assert numbers.loc[2].notna().all(axis=None)


@pytest.mark.parametrize(
    "option",
    [
        cs.Analytic(),
        cs.Jackknife(),
        *(cs.Bootstrap(draws=29, seed=1, unit=unit) for unit in ("establishment", "cell")),
        *(
            cs.MonteCarlo(draws=29, seed=1, null=null)
            for null in ("random_labelling", "random_location", "dartboard")
        ),
    ],
    ids=repr,
)
def test_a_year_with_nobody_is_undefined_in_its_own_rows(option: cs.inference.Inference) -> None:
    full = JOBS.assign(establishments=[2, 20, 2, 80], year=2)
    empty = JOBS.assign(employment=0, establishments=0, year=1)
    table = pd.concat([full, empty], ignore_index=True)
    result = cs.location_quotient(table, inference=option).set_index("year")
    assert result.loc[1, ["estimate", "std_error", "p_value"]].isna().all(axis=None)
    assert result.loc[2, "p_value"].notna().all()


def test_options_are_values() -> None:
    sites = pd.DataFrame({"region": ["A"]})
    null = "random_location"
    option = cs.MonteCarlo(null=null, draws=29, seed=np.int64(3), sites=sites)
    assert option == cs.MonteCarlo(null=null, draws=29, seed=3, sites=sites)
    assert isinstance(hash(cs.MonteCarlo(null="dartboard", seed=1, probabilities={"A": 1})), int)
    with pytest.raises(cs.ClusterstatsError, match="not a whole number of at least 19"):
        cs.Bootstrap(seed=1, draws=99.5)  # type: ignore[arg-type]
    with pytest.raises(cs.ClusterstatsError, match="not a probability"):
        cs.Analytic(level="0.9")  # type: ignore[arg-type]
