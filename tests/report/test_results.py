"""The files and the page: self-contained, escaped, the same bytes twice."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import clusterstats as cs
from clusterstats.report import Exhibit, Outcome, interval_plot, write_results
from clusterstats.report.page import MAX_ROWS

EVIL = '<script src="http://x">&"quoted" é'
FETCH = {"src", "srcset", "href", "xlink:href", "data", "poster", "action"}
VOID = {"meta", "br", "img", "link", "input", "hr"}


def outcomes() -> list[Outcome]:
    table = pd.DataFrame(
        {
            "region": ["A", EVIL],
            "estimate": [1.2345, np.nan],
            "conf_low": [1.0, np.nan],
            "conf_high": [1.5, np.nan],
        }
    )
    said = {"sample": EVIL, "definition": "a ratio", "source": "an example", "note": EVIL}
    figure = interval_plot(table, x="region", by="region")
    long = pd.DataFrame({"n": range(MAX_ROWS + 1)})
    fit = cs.regress("y ~ x", pd.DataFrame({"x": [0.0, 1.0, 2.0], "y": [0.0, 1.0, 3.0]}))
    models = cs.table(fit, title="Models", labels={"x": EVIL})
    shown = [
        Exhibit(name="quotients", title="Quotients", table=table, figure=figure, seed=5, **said),
        Exhibit(name="same_figure", title=EVIL, figure=figure, **said),
        Exhibit(name="long", title="Long", table=long, **said),
        Exhibit(name="models", title="Models", table=models.numbers, display=models, **said),
    ]
    return [
        Outcome("first", EVIL, "How many?", shown),
        Outcome("second", "second", error="/secret/path", missing="this analysis stopped."),
    ]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("results")
    write_results(folder, outcomes())
    return folder


@pytest.fixture(scope="module")
def page(results: Path) -> str:
    return (results / "index.html").read_text(encoding="utf-8")


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


class Reader(HTMLParser):
    """Tags that close what they open, ids, links, headings."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.fetched: list[str] = []
        self.headings: list[int] = []
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        self.ids += [said["id"] or ""] if "id" in said else []
        self.links += [said["href"] or ""] if tag == "a" else []
        self.headings += [int(tag[1])] if re.fullmatch("h[1-6]", tag) else []
        self.tags.add(tag)
        self.fetched += [said[name] or "" for name in FETCH & set(said) if tag != "a"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)


@pytest.fixture(scope="module")
def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    return reader


def test_files(results: Path) -> None:
    assert sorted(files(results)) == [
        "first/exhibits.json",
        "first/long.csv",
        "first/models.csv",
        "first/models.md",
        "first/models.tex",
        "first/quotients.csv",
        "first/quotients.png",
        "first/quotients.svg",
        "first/same_figure.png",
        "first/same_figure.svg",
        "index.html",
    ]


def test_same_bytes_twice(results: Path, tmp_path: Path) -> None:
    write_results(tmp_path, outcomes())
    assert files(tmp_path) == files(results)


def test_page_needs_nothing_else(read: Reader, page: str) -> None:
    assert not read.tags & {"script", "link", "iframe", "object", "embed", "img"}
    assert all(fetched.startswith("#") for fetched in read.fetched)
    assert all(link.startswith(("#", "first/")) for link in read.links)
    assert not re.search(r"@import|url\((?!#)", page)


def test_page_is_well_formed(read: Reader, page: str) -> None:
    assert page.startswith('<!DOCTYPE html>\n<html lang="en">')
    assert (read.open, read.faults) == ([], [])
    assert len(read.ids) == len(set(read.ids))
    assert read.headings[0] == 1
    assert read.headings.count(1) == 1
    assert all(b - a <= 1 for a, b in zip(read.headings, read.headings[1:], strict=False))


def test_links_lead_somewhere(read: Reader, results: Path) -> None:
    for link in read.links:
        assert link[1:] in read.ids if link.startswith("#") else (results / link).is_file(), link


def test_references_inside_drawings_lead_somewhere(read: Reader, page: str) -> None:
    inside = re.findall(r'(?:xlink:href="#|url\(#)([^")]+)', page)
    assert inside
    assert set(inside) <= set(read.ids)


def test_text_from_data_is_escaped(page: str) -> None:
    assert EVIL not in page
    assert "&lt;script src=&#34;http://x&#34;&gt;&amp;&#34;quoted&#34; é" in page


def test_unknown_is_a_dash_with_a_legend(page: str) -> None:
    body = page[page.index("<tbody>") :]
    assert not re.search(r"\bnan\b", body, re.IGNORECASE)
    assert '<td class="n">–</td>' in body
    assert "– unknown, suppressed or undefined; 0 is observed to be none." in page
    assert page.count("unknown, suppressed") == 1


def test_long_table_is_cut_and_says_so(page: str, results: Path) -> None:
    assert f"The first {MAX_ROWS} of {MAX_ROWS + 1} rows" in page
    assert len((results / "first/long.csv").read_text().splitlines()) == MAX_ROWS + 2


def test_a_table_of_models_is_shown_as_a_paper_sets_it(page: str, results: Path) -> None:
    shown = page[page.index('<table class="cs-table') :]
    assert "<caption>Models</caption>" in shown
    assert shown.index("1.500") < shown.index("(0.289)")
    assert "\\toprule" in (results / "first/models.tex").read_text(encoding="utf-8")
    assert (results / "first/models.md").read_text(encoding="utf-8").startswith("**Models**")
    numbers = pd.read_csv(results / "first/models.csv")
    assert numbers["estimate"].round(6).tolist() == [-0.166667, 1.5]


def test_missing_analysis_is_told_without_paths(page: str) -> None:
    assert "<strong>Missing:</strong> this analysis stopped." in page
    assert "/secret" not in page


def test_seed_and_sample_stand_under_each_exhibit(page: str) -> None:
    assert "<dt>Seed</dt><dd>5</dd>" in page
    assert page.count("<dt>Seed</dt><dd>none: no randomness</dd>") == 3
    assert page.count("<dt>Sample</dt>") == 4
    assert "<dt>Estimand</dt>" not in page


def test_record_of_exhibits(results: Path) -> None:
    text = (results / "first/exhibits.json").read_text(encoding="utf-8")
    record = json.loads(text)
    assert text == json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    assert [exhibit["seed"] for exhibit in record["exhibits"]] == [5, None, None, None]
    needed = {"definition", "estimand", "inference", "note", "sample", "seed", "source"}
    assert needed < set(record["exhibits"][0])


def test_drawings_say_nothing_of_when_or_by_what(results: Path) -> None:
    svg = (results / "first/quotients.svg").read_text(encoding="utf-8")
    assert "<metadata>" not in svg
    assert "<text" not in svg  # letters are outlines: the same everywhere
    png = (results / "first/quotients.png").read_bytes()
    assert b"Software" not in png
    assert b"Matplotlib" not in png
