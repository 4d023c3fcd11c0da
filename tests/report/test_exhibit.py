"""Exhibits say what they are, or are refused."""

from typing import Any

import pandas as pd
import pytest

import clusterstats as cs
from clusterstats.report import Exhibit

SAID = {"sample": "two regions", "definition": "a count", "source": "an example"}
TABLE = pd.DataFrame({"region": ["A", "B"], "n": [1, 2]})


@pytest.fixture
def jobs() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "region": ["A", "A", "B", "B"],
            "industry": ["film", "other"] * 2,
            "employment": [60, 940, 40, 3960],
            "establishments": [6, 90, 5, 400],
        }
    )


@pytest.mark.parametrize("field", ["title", "sample", "definition", "source"])
def test_required_text_is_required(field: str) -> None:
    said: dict[str, Any] = {"title": "T", **SAID, field: " "}
    with pytest.raises(cs.ClusterstatsError, match=f"has no {field}"):
        Exhibit(name="t", table=TABLE, **said)


@pytest.mark.parametrize("name", ["", "a b", "../x", "É", "A", "_a"])
def test_name_must_name_a_file(name: str) -> None:
    with pytest.raises(cs.ClusterstatsError, match="can't name a file"):
        Exhibit(name=name, title="T", table=TABLE, **SAID)


def test_something_must_be_shown() -> None:
    with pytest.raises(cs.ClusterstatsError, match="neither a table nor a figure"):
        Exhibit(name="t", title="T", **SAID)


def test_result_says_itself_what_it_is(jobs: pd.DataFrame) -> None:
    result = cs.location_quotient(jobs, inference=cs.Bootstrap(draws=19, seed=7))
    exhibit = Exhibit.from_result("lq", "Quotients", result, source="an example")
    assert exhibit.seed == 7
    assert exhibit.definition == result.attrs["definition"]
    assert exhibit.sample == result.attrs["sample"]
    assert exhibit.estimand == result.attrs["estimand"]
    assert "Bootstrap" in exhibit.inference


def test_what_is_given_wins_over_what_the_result_says(jobs: pd.DataFrame) -> None:
    result = cs.location_quotient(jobs, inference=cs.Analytic())
    exhibit = Exhibit.from_result("lq", "Quotients", result, source="s", note="beware")
    assert (exhibit.note, exhibit.seed) == ("beware", None)


def test_result_without_a_source_is_refused(jobs: pd.DataFrame) -> None:
    with pytest.raises(cs.ClusterstatsError, match="has no source"):
        Exhibit.from_result("lq", "Quotients", cs.location_quotient(jobs))


def test_unknown_text_is_refused() -> None:
    with pytest.raises(cs.ClusterstatsError, match="'sauce' is not said of an exhibit"):
        Exhibit.from_result("t", "T", TABLE, sauce="x", **SAID)
