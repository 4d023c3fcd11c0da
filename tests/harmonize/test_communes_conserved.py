"""Communes to any vintage: nothing is lost, on random events and on INSEE's own.

Sums are compared to 1e-9 relative: shares of floating-point numbers, added again.
"""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clusterstats.errors import OptionError
from clusterstats.harmonize._timeline import Timeline, timeline
from clusterstats.harmonize.arrondissements import ARRONDISSEMENTS, fold_arrondissement_codes
from clusterstats.harmonize.communes import to_vintage

EXACT = 1e-9
COMMUNES_BY_YEAR = {  # INSEE, number of communes on 1 January, France with Mayotte since 2012
    2015: 36_658,
    2016: 35_885,
    2017: 35_416,
    2018: 35_357,
    2019: 34_970,
    2020: 34_968,
    2021: 34_965,
    2022: 34_955,
    2023: 34_945,
    2024: 34_935,
    2025: 34_875,
}
CODES = [f"0100{number}" for number in range(1, 7)]


@settings(max_examples=80, deadline=None)
@given(
    kinds=st.lists(
        st.tuples(
            st.integers(2000, 2024), st.lists(st.sampled_from(CODES), min_size=2, unique=True)
        ),
        max_size=5,
        unique_by=lambda event: event[0],
    ),
    sizes=st.lists(st.integers(0, 10**6), min_size=6, max_size=6),
    ends=st.tuples(st.integers(1999, 2025), st.integers(1999, 2025)),
    rounding=st.sampled_from(["none", "largest_remainder"]),
)
@pytest.mark.filterwarnings("ignore::clusterstats.errors.ClusterstatsWarning")
def test_everything_is_conserved(
    kinds: list[tuple[int, list[str]]],
    sizes: list[int],
    ends: tuple[int, int],
    rounding: str,
) -> None:
    rows, living = [("10", "1999-01-01", code, code) for code in CODES], set(CODES)
    for year, codes in sorted(kinds):
        merged = living.issuperset(codes)
        if merged:
            rows += [("32", f"{year}-05-01", code, codes[0]) for code in codes]
            living -= set(codes[1:])
        elif codes[0] in living and not living.intersection(codes[1:]):
            rows += [("21", f"{year}-05-01", codes[0], code) for code in codes]
            living |= set(codes)
    events = pd.DataFrame(rows, columns=["MOD", "DATE_EFF", "COM_AV", "COM_AP"])
    table = pd.DataFrame({"region": CODES, "employment": sizes})
    found = to_vintage(
        table,
        from_=ends[0],
        to=ends[1],
        events=events.assign(TYPECOM_AV="COM", TYPECOM_AP="COM"),
        rounding=rounding,  # type: ignore[arg-type]
    )
    kept = found.table["employment"].sum() + found.unmatched["employment"].sum()
    if rounding == "none":
        assert kept == pytest.approx(sum(sizes), rel=EXACT)
    else:
        assert kept == sum(sizes)
        assert (found.table["employment"] % 1 == 0).all()


@pytest.fixture
def cog(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """INSEE's files, where `to_vintage` finds them by itself."""
    monkeypatch.setenv("CLUSTERSTATS_DATA", str(data_dir))
    return data_dir / "insee_cog_2025"


@pytest.fixture(scope="module")
def line(data_dir: Path) -> Timeline:
    path = data_dir / "insee_cog_2025" / "mvtcommunes.csv.gz"
    return timeline(pd.read_csv(path, dtype="str"))


@pytest.fixture(scope="module")
def listed(data_dir: Path) -> set[str]:
    path = data_dir / "insee_cog_2025" / "communes.csv.gz"
    return set(pd.read_csv(path, dtype="str")["DEPCOM"])


def alive(line: Timeline, listed: set[str], year: int) -> set[str]:
    """The communes of 1 January of a year, by the events and today's list."""
    here = line.position(year)
    known = {code: line.exists(code, here) for code in {*line.after, *line.before}}
    return {code for code, there in known.items() if there} | (listed - set(known))


def test_the_number_of_communes_is_insees(line: Timeline, listed: set[str]) -> None:
    counts = {year: len(alive(line, listed, year)) for year in COMMUNES_BY_YEAR}
    assert counts == COMMUNES_BY_YEAR
    assert alive(line, listed, 2025) == listed


def test_a_vintage_after_the_last_event_is_refused(cog: Path) -> None:
    table = pd.DataFrame({"region": ["93066"], "employment": [1]})
    with pytest.raises(OptionError, match="to=2026 is after INSEE's events .* end on 2025-01-01"):
        to_vintage(table, from_=2024, to=2026)


def test_known_mergers_by_name(cog: Path) -> None:
    codes = ["93059", "93066", "76358", "76455", "14513"]
    table = pd.DataFrame({"region": codes[:4], "employment": [1, 2, 4, 8]})
    found = to_vintage(table, from_=2024).table
    assert dict(zip(found["region"], found["employment"], strict=True)) == {
        "93066": 3,
        "76455": 12,
    }
    moved = to_vintage(pd.DataFrame({"region": codes[4:], "employment": [1]}), from_=2017)
    assert moved.table["region"].tolist() == ["50592"]  # to Manche and merged on one day


@pytest.mark.filterwarnings("ignore::clusterstats.errors.ClusterstatsWarning")
def test_old_codes_lead_where_the_table_of_passage_says(cog: Path) -> None:
    """4,286 codes differ from today's: 4,197 agree, 76 were split, 13 are in no event."""
    passage = pd.read_csv(cog / "table_passage_com_historique.csv.gz", dtype="str")
    passage = passage[passage["DEPCOM_HIST"] != passage["DEPCOM"]]
    old = pd.DataFrame({"region": passage["DEPCOM_HIST"], "employment": 1})
    found = to_vintage(old, from_=None)
    kept = pd.DataFrame({"code_from": list(ARRONDISSEMENTS), "code_to": list(ARRONDISSEMENTS)})
    pairs = pd.concat([found.moves, kept.assign(weight=1.0)])
    pairs["code_to"] = fold_arrondissement_codes(pairs["code_to"])
    both = passage.merge(pairs, left_on="DEPCOM_HIST", right_on="code_from", how="left")
    agrees = both["code_to"] == both["DEPCOM"]
    split = both.loc[both["weight"] < 1, "DEPCOM_HIST"].unique()
    assert len(passage) == 4286
    assert int((agrees & (both["weight"] == 1)).sum()) == 4197
    assert len(split) == 76
    assert set(both.loc[agrees, "DEPCOM_HIST"]) >= set(split)
    assert len(found.unmatched) == 13
    assert not (both["code_to"].notna() & ~agrees & (both["weight"] == 1)).any()
    assert set(found.unmatched["reason"]) == {"neither an event nor INSEE's list has this code"}


@pytest.mark.parametrize("year", range(2006, 2026))
def test_population_is_conserved_over_every_vintage(
    year: int, cog: Path, data_dir: Path, line: Timeline, listed: set[str]
) -> None:
    path = data_dir / "geo_france_2025" / "communes_centroids.parquet"
    places = pd.read_parquet(path, columns=["code", "type", "pop_municipale_2017"]).dropna()
    places = places[places["type"] == "COM"]
    now = places.rename(columns={"code": "region", "pop_municipale_2017": "population"})
    past = to_vintage(
        now[["region", "population"]],
        from_=2025,
        to=year,
        values=("population",),
        rounding="largest_remainder",
    )
    again = to_vintage(past.table, from_=year, to=2025, values=("population",))
    assert past.unmatched.empty
    assert again.unmatched.empty
    assert set(past.table["region"]) <= alive(line, listed, year)
    assert past.table["population"].sum() == now["population"].sum()
    assert again.table["population"].sum() == pytest.approx(now["population"].sum(), rel=EXACT)


@pytest.mark.parametrize("year", range(2006, 2026))
def test_employment_of_rouen_is_conserved_over_every_vintage(
    year: int, cog: Path, data_dir: Path
) -> None:
    names = {
        "code_commune": "region",
        "annee": "year",
        "nb_etablissements": "establishments",
        "effectifs_salaries": "employment",
    }
    path = data_dir / "urssaf_rouen_commune_ape" / "urssaf_rouen_long.parquet"
    full = pd.read_parquet(path).rename(columns=names)
    table = full.groupby(["region", "year"], as_index=False)[["establishments", "employment"]].sum()
    found = to_vintage(table, from_=2024, to=year, rounding="largest_remainder")
    assert found.unmatched.empty
    assert ("76358" in set(found.table["region"])) == (year < 2025)
    for name in ("establishments", "employment"):
        before, after = (t.groupby("year")[name].sum() for t in (table, found.table))
        assert after.to_dict() == before.to_dict()
    assert before[[2006, 2014, 2022]].tolist() == [180_759, 171_121, 183_731]  # its provenance
