"""Every cell of the tables in docs/covariances.md: estimated, or refused with its sentence."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import clusterstats as cs
from clusterstats.models import covariance
from clusterstats.models.covariance.compute import COMPUTE
from clusterstats.models.likelihood.conditional_logit import conditional_logit
from tests.models.oracles.example import example

PAGE = (Path(__file__).parents[2] / "docs" / "covariances.md").read_text(encoding="utf-8")


def data() -> pd.DataFrame:
    """A panel of 60 units and 10 years with a response of every kind, places and pairs."""
    table = example(600).assign(unit=lambda t: t.index % 60, year=lambda t: 2000 + t.index // 60)
    unit, row = table["unit"], table.index
    counts = np.exp(0.3 * table["x"] + 0.2 * np.cos(table["year"])) * 4 * np.abs(np.cos(row * 2.7))
    return table.assign(
        area=unit % 50,
        sector=unit % 45,
        lon=unit % 8 * 0.3,
        lat=47 + unit // 8 * 0.3,
        treat=(unit % 2 == 0) * 1.0,
        start=np.where(unit % 2 == 0, 2005, np.nan),
        i=row % 43,
        j=(row * 5 + row // 43) % 47,
        n=np.floor(counts),
        b=(table["y"] + 4 * np.sin(row * 1.7) > 1) * 1.0,
    )


def regression(formula, family="linear"):
    return lambda option: cs.regress(
        formula, data(), family=family, covariance=option, panel=("unit", "year")
    )


def panel_model(kind):
    named = {"kind": kind, "entity": "unit", "time": "year"}
    return lambda option: cs.panel_model("y ~ x + d", data(), covariance=option, **named)


MODELS = {
    "OLS": regression("y ~ x + treat | r"),
    "IV": regression("y ~ x | r | d ~ z + z2"),
    "Poisson": regression("n ~ x + treat", "poisson"),
    "logit": regression("b ~ x + treat", "logit"),
    "cloglog": regression("b ~ x + treat", "cloglog"),
    "conditional logit": lambda option: conditional_logit(
        "b ~ x + d", data(), group="unit", covariance=option
    ),
    "between": panel_model("between"),
    "random": panel_model("random"),
    "first difference": panel_model("first_difference"),
    "Fama-MacBeth": panel_model("fama_macbeth"),
    "event study": lambda option: cs.event_study(
        "y ~ x", data(), unit="unit", time="year", first_treated="start", covariance=option
    ),
}
SENTENCES = dict(re.findall(r'^- \[(\w)\] "([^"]+)"', PAGE, flags=re.MULTILINE))


def cells() -> list[tuple[str, str, str]]:
    """Option, estimator and what the page says of the two."""
    found, heads = [], []
    for line in PAGE.splitlines():
        parts = [part.strip() for part in line.strip("|").split("|")]
        if parts[0] == "covariance":
            heads = parts[1:]
        elif line.startswith("| `") and heads:
            found += [(parts[0].strip("`"), *cell) for cell in zip(heads, parts[1:], strict=True)]
    return found


@pytest.mark.filterwarnings(r"ignore:the \w+ covariance")
@pytest.mark.parametrize(("text", "model", "said"), cells())
def test_a_cell_holds_what_the_page_says(text: str, model: str, said: str) -> None:
    option = eval(text, dict(vars(covariance)))
    if said == "yes":
        fit = MODELS[model](option)
        assert np.isfinite(fit.bse).all()
        assert (fit.bse > 0).all()
        return
    (letter,) = re.findall(r"^no \[(\w)\]$", said)
    with pytest.raises(cs.OptionError, match=re.escape(SENTENCES[letter])):
        MODELS[model](option)


def test_the_tables_have_every_option_and_every_estimator() -> None:
    options = {text.split("(")[0] for text, _, _ in cells()}
    assert options == {kind.__name__ for kind in COMPUTE}
    pairs = [(text, model) for text, model, _ in cells()]
    assert len(pairs) == len(set(pairs)) == 17 * len(MODELS)
    assert {model for _, model in pairs} == set(MODELS)
