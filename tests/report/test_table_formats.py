"""LaTeX, HTML, Markdown, Word: texts as snapshots, escaped, the same bytes twice."""

import io
import os
import re
import shutil
import subprocess
import time
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path

import pandas as pd
import pytest

import clusterstats as cs
from clusterstats.errors import OptionError
from clusterstats.report import RegressionTable
from clusterstats.report.tables.latex import escape
from tests.report.tables_data import LABELS, POOLED, WITHIN, fit

EVIL = 'a_b & 5 % of <i>$x^2$</i> {é} #1 ~ \\def | "q" *é* «R²» α × [x] − x₁ Œuvre'


PLANTS = pd.DataFrame(
    {"unit": ["a", "a", "b", "b"], "jobs_é": [1.0, 2.5, 3.0, 1e6], "x": [-1.5, -2.25, None, 0.125]}
)


def table() -> RegressionTable:
    return cs.table(
        POOLED,
        WITHIN,
        labels=LABELS,
        stars=(0.05, 0.01),
        keep=["log_density"],
        stats=["nobs", "r_squared"],
        title="Growth & density",
    )


def evil() -> RegressionTable:
    model = fit({EVIL: (1.0, 2.0)}, response=EVIL, notes=(EVIL,))
    return cs.table(model, model, title=EVIL, extra={EVIL: [EVIL, 1.0]}, marks=("✓", ""))


LATEX = r"""
% \usepackage{booktabs}
\begin{table}[htbp]
\centering
\caption{Growth \& density}
\label{tab:growth}
\vspace{0.8ex}
\begingroup\setbox0=\hbox{%
\begin{tabular}{@{}lcc@{}}
\toprule
 & \multicolumn{2}{c}{Growth \& co} \\
\cmidrule(lr){2-3}
 & (1) & (2) \\
\midrule
Density (log) & $-$0.023$^{**}$ & $-$0.296$^{**}$ \\
 & (0.003) & (0.014) \\
\midrule
Zone d'emploi fixed effects & No & Yes \\
year fixed effects & No & Yes \\
Standard errors & classical & BROKEN \\
Clusters: Zone d'emploi &  & 304 \\
Observations & 25,096 & 24,700 \\
R$^{2}$ & 0.031 & 0.500 \\
\bottomrule
\end{tabular}}%
\begin{minipage}{\wd0}
\box0

\vspace{0.6ex}
\footnotesize\textit{Notes:}
OLS. Standard errors in parentheses. * p $<$ 0.05, ** p $<$ 0.01. Not shown: rail\_km, Constant.
\end{minipage}\endgroup
\end{table}
"""

BROKEN = r"\begin{tabular}[t]{@{}c@{}}clustered by Zone\\ d'emploi (CR1)\end{tabular}"
"""A cell in two lines."""

MARKDOWN = r"""
**Growth & density**

|                             |     (1)     |               (2)                |
| :-------------------------- | :---------: | :------------------------------: |
|                             | Growth & co |           Growth & co            |
| Density (log)               | −0.023\*\*  |            −0.296\*\*            |
|                             |   (0.003)   |             (0.014)              |
| Zone d'emploi fixed effects |     No      |               Yes                |
| year fixed effects          |     No      |               Yes                |
| Standard errors             |  classical  | clustered by Zone d'emploi (CR1) |
| Clusters: Zone d'emploi     |             |               304                |
| Observations                |   25,096    |              24,700              |
| R²                          |    0.031    |              0.500               |

*Notes:* OLS. Standard errors in parentheses. \* p \< 0.05, \*\* p \< 0.01. HIDDEN
"""


def test_latex() -> None:
    assert table().to_latex(label="tab:growth") == LATEX.lstrip().replace("BROKEN", BROKEN)


def test_latex_without_a_title_fits_into_a_table_of_yours() -> None:
    text = cs.table(POOLED, notes=False).to_latex()
    assert text.startswith("% \\usepackage{booktabs}\n\\begin{tabular}{@{}lc@{}}\n\\toprule")
    assert text.endswith("\\bottomrule\n\\end{tabular}\n")
    with pytest.raises(OptionError, match="needs a title"):
        cs.table(POOLED).to_latex(label="tab:x")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a_b & 5 % #1 {x}", r"a\_b \& 5 \% \#1 \{x\}"),
        ("$ ~ ^ \\", r"\$ \textasciitilde{} \textasciicircum{} \textbackslash{}"),
        ("α Ω Β ο λ", r"$\alpha$ $\Omega$ B o $\lambda$"),
        ("10⁻¹² x₁₂", r"10$^{-12}$ x$_{12}$"),
        ("été -- Œuvre", "été -{}- Œuvre"),
        ("e\u0301", "é"),  # composed: pdfTeX has no combining accents
        ("−1 ≤ x\n× ✓", r"$-$1 $\leq$ x $\times$ $\checkmark$"),
    ],
)
def test_latex_is_escaped(text: str, written: str) -> None:
    assert escape(text) == written


def test_check_marks_name_their_package() -> None:
    text = cs.table(WITHIN, marks=("✓", "")).to_latex()
    assert text.startswith("% \\usepackage{booktabs, amssymb}\n")


def test_wide_latex_is_set_smaller() -> None:
    assert "\\small" not in cs.table(*[POOLED] * 4).to_latex()
    assert "\\begingroup\\small" in cs.table(*[POOLED] * 9).to_latex()
    assert "\\begingroup\\footnotesize" in cs.table(*[POOLED] * 12).to_latex()


def test_markdown() -> None:
    assert table().to_markdown() == MARKDOWN.lstrip().replace(
        "HIDDEN", r"Not shown: rail\_km, Constant."
    )


def test_markdown_columns_are_aligned_and_cells_cut_only_by_bars() -> None:
    lines = [line for line in evil().to_markdown().splitlines() if line.startswith("|")]
    assert {len(line) for line in lines} == {len(lines[0])}
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in lines} == {4}


def test_html_is_well_formed_and_says_what_heads_what() -> None:
    text = table().to_html()
    tree = ET.fromstring(text[text.index("<table") :])
    rows = tree.findall("thead/tr")
    spans = [[(cell.text, cell.get("colspan")) for cell in row] for row in rows]
    assert spans == [
        [(None, None), ("Growth & co", "2")],
        [(None, None), ("(1)", None), ("(2)", None)],
    ]
    body = tree.findall("tbody/tr")
    assert [cell.text for cell in body[0]] == ["Density (log)", "−0.023", "−0.296"]
    assert [cell.text for cell in body[0].iter("sup")] == ["**", "**"]
    assert [row[0].get("scope") for row in body] == ["row", None, *["row"] * 6]
    caption = tree.find("caption")
    assert caption is not None
    assert caption.text == "Growth & density"


def test_text_from_data_is_escaped_in_html() -> None:
    text = evil().to_html()
    assert "<i>" not in text
    tree = ET.fromstring(text[text.index("<table") :])
    assert tree.findtext("tbody/tr/th") == EVIL


def test_word_opens_again() -> None:
    docx = pytest.importorskip("docx", reason="Word files need the extra 'word'")
    content = io.BytesIO(_docx(table()))
    document = docx.Document(content)
    (made,) = document.tables
    texts = [[cell.text for cell in row.cells] for row in made.rows]
    assert texts[:4] == [
        ["", "Growth & co", "Growth & co"],  # one cell over two columns
        ["", "(1)", "(2)"],
        ["Density (log)", "−0.023**", "−0.296**"],
        ["", "(0.003)", "(0.014)"],
    ]
    assert len(made.rows) == 2 + len(table().rows)
    assert document.paragraphs[0].text == "Growth & density"
    assert document.paragraphs[-1].text.startswith("Notes: OLS. Standard errors in parentheses.")
    wide = docx.Document(io.BytesIO(_docx(cs.table(*[POOLED] * 12))))
    assert wide.sections[0].page_width > wide.sections[0].page_height


def test_word_keeps_signs_and_says_nothing_of_when() -> None:
    docx = pytest.importorskip("docx", reason="Word files need the extra 'word'")
    content = _docx(evil())
    cells = docx.Document(io.BytesIO(content)).tables[0].rows[2].cells
    assert cells[0].text == EVIL
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {part.date_time for part in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert str(time.localtime().tm_year) not in archive.read("docProps/core.xml").decode()
    time.sleep(2.1)  # the clock of a zip file counts by two seconds
    assert _docx(evil()) == content


def _docx(made: RegressionTable) -> bytes:
    from clusterstats.report.tables.word import to_docx

    return to_docx(made)


def test_word_without_its_library_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "docx", None)
    with pytest.raises(OptionError, match=r"need python-docx; install it with pip install"):
        table().save(tmp_path / "t.docx")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", ["tex", "html", "md", "csv", "docx"])
def test_save_goes_by_the_suffix(suffix: str, tmp_path: Path) -> None:
    if suffix == "docx":
        pytest.importorskip("docx", reason="Word files need the extra 'word'")
    path = evil().save(tmp_path / "new" / f"table.{suffix}")
    first = path.read_bytes()
    assert evil().save(path).read_bytes() == first
    assert [file.name for file in path.parent.iterdir()] == [f"table.{suffix}"]
    if suffix == "html":
        assert first.startswith(b'<!DOCTYPE html>\n<html lang="en">')
        assert b'charset="utf-8"' in first
    if suffix == "csv":
        pd.testing.assert_frame_equal(
            pd.read_csv(path, dtype=str, keep_default_na=False), evil().to_frame()
        )


def test_unknown_suffix_is_told(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"'t.pdf': its suffix must be one of .tex, .html"):
        table().save(tmp_path / "t.pdf")


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex on this machine")
def test_pdflatex_takes_the_tables(tmp_path: Path) -> None:
    panels = {"Panel A_1": [POOLED, WITHIN], "[B] & *": [WITHIN, WITHIN]}
    log = compiled(
        tmp_path,
        table().to_latex(label="tab:growth"),
        cs.table(panels=panels, title="Panels", marks=("✓", ""), labels={"zone": "*"}).to_latex(),
        cs.table(*[WITHIN] * 8, title="Wide").to_latex(),
        cs.table(*[POOLED] * 5, interval="conf_int", title="Wider").to_latex(),
        cs.table(POOLED, interval="conf_int", notes=False).to_latex(),
        cs.describe(PLANTS, entity="unit", title="Sample").to_latex(),
        cs.describe(PLANTS, correlations=True).to_latex(),
    )
    assert "Overfull" not in log, log[-1500:]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex on this machine")
def test_pdflatex_takes_any_text(tmp_path: Path) -> None:
    log = compiled(tmp_path, evil().to_latex())
    assert "Missing character" not in log


def compiled(folder: Path, *tables: str) -> str:
    """The log of a document with nothing but what the tables ask for."""
    (folder / "doc.tex").write_text(
        "\\documentclass{article}\\usepackage[margin=2cm]{geometry}"
        "\\usepackage{booktabs, amssymb}\\begin{document}\n"
        + "\n\\clearpage\n".join(rf"\noindent{{}}{text}" for text in tables)
        + "\\end{document}\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "doc.tex"],
        cwd=folder,
        env={"HOME": str(folder), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    assert done.returncode == 0, done.stdout[-600:]
    assert (folder / "doc.pdf").stat().st_size > 10_000
    return done.stdout
