"""INSEE's workbook of départements: the real one, titles, notes, totals, bad values."""

import narwhals.stable.v2 as nw
import pandas as pd
import pytest

from clusterstats.errors import ClusterstatsWarning, OptionError, SourceError
from clusterstats.sources.departments import read_department_workbook

TITLES = [["Structure de l'emploi en 2019"], [], [None, None, None, "en %"]]
HEADER = [[None, None, "Agriculture", "Industrie"]]
ROWS = [["01", "Ain", 2.3, 21], ["2A", "Corse-du-Sud", 2, None], ["F", "France", 2.3, 11.6]]
NOTES = [["Les données sont provisoires."], ["Source : Insee."]]


@pytest.fixture
def workbook(tmp_path):
    def workbook(*rows, sheet="DEP"):
        path = tmp_path / "tcrd.xlsx"
        width = max(map(len, rows))
        padded = [row + [None] * (width - len(row)) for row in rows]
        pd.DataFrame(padded).to_excel(path, header=False, index=False, sheet_name=sheet)
        return path

    return workbook


@pytest.fixture(scope="module")
def insee(data_dir):
    folder = data_dir / "insee_emploi_departement_a5_2019"
    if not folder.is_dir():
        pytest.skip("no folder insee_emploi_departement_a5_2019 in the data")
    return folder


def wide(frame):
    table = frame.collect("pandas").to_native()
    return table.pivot(index="region", columns="industry", values="value")


def test_the_real_workbook_is_its_text_version(insee):
    reports = []
    path = insee / "TCRD_027.xlsx"
    frame = read_department_workbook(path, keep_totals=True, report=reports.append)
    expected = pd.read_csv(next(insee.glob("*.csv.gz")), dtype={"code": str}).set_index("code")
    expected.columns = [name.replace("_", " ").capitalize() for name in expected.columns]
    table = wide(frame)
    pd.testing.assert_frame_equal(
        table, expected[list(table.columns)].sort_index(), check_names=False
    )
    assert len(table) == reports[0].rows.kept == 102
    assert ((table.sum(axis=1) - 100).abs() < 0.11).all()
    quotients = table / table.loc["F"]
    assert round(quotients.loc["01", "Industrie"], 2) == 1.83
    assert round(quotients.loc["93", "Tertiaire marchand"], 2) == 1.16
    first = frame.collect("pandas").to_native()
    assert set(first["year"]) == {2019}
    assert set(first["unit"]) == {"%"}
    assert (first["value_high"] - first["value_low"]).round(9).eq(0.1).all()


def test_totals_of_the_real_workbook(insee):
    reports = []
    frame = read_department_workbook(insee / "TCRD_027.xlsx", report=reports.append)
    assert len(wide(frame)) == 100
    (aside,) = reports[0].rows.set_aside
    assert (aside.count, aside.first_line) == (2, 101)


def test_the_sheet_of_regions(insee):
    frame = read_department_workbook(insee / "TCRD_027.xlsx", sheet="REG", report=print)
    table = wide(frame)
    assert len(table) == 17
    assert table.loc["84", "Industrie"] == 14.7


def test_cells_of_a_small_workbook(workbook):
    path = workbook(*TITLES, *HEADER, *ROWS, *NOTES)
    frame = read_department_workbook(path, report=print)
    assert isinstance(frame, nw.LazyFrame)
    assert frame.sort("region", "industry").collect().rows() == [
        ("01", "Agriculture", 2019, 2.3, 2.25, 2.35, "%", "observed", "Ain"),
        ("01", "Industrie", 2019, 21.0, 20.95, 21.05, "%", "observed", "Ain"),
        ("2A", "Agriculture", 2019, 2.0, 1.95, 2.05, "%", "observed", "Corse-du-Sud"),
        ("2A", "Industrie", 2019, None, None, None, "%", None, "Corse-du-Sud"),
    ]


def test_no_titles_and_no_notes(workbook):
    frame = read_department_workbook(workbook(["Code", "Nom", "A"], ["01", "Ain", "nd"]))
    row = ("01", "A", None, None, None, None, None, None, "Ain")
    assert frame.collect().rows() == [row]


def test_totals_without_a_report_warn(workbook):
    with pytest.warns(ClusterstatsWarning, match="1 set aside: a total of France"):
        read_department_workbook(workbook(*TITLES, *HEADER, *ROWS))


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (["1", "Aisne", 1, 2], r"tcrd.xlsx, row 8: '1' is not the code of a département"),
        ([None, "Aisne", 1, 2], "row 8: a blank is not the code"),
        (["01", "Ain", 1, 2], "row 8: '01' repeats row 5; keep one"),
        (["02", "Aisne", "x", 2], "row 8, column 'Agriculture': 'x' is not a number"),
    ],
)
def test_bad_rows(workbook, row, message):
    path = workbook(*TITLES, *HEADER, *ROWS, row)
    with pytest.raises(SourceError, match=message):
        read_department_workbook(path)


def test_a_sheet_without_territories(workbook):
    with pytest.raises(SourceError, match="no row begins with the code of a département"):
        read_department_workbook(workbook(*TITLES, *HEADER))


def test_an_unknown_sheet(workbook):
    with pytest.raises(OptionError, match="no sheet 'DEPT'; did you mean 'DEP'"):
        read_department_workbook(workbook(*TITLES, *HEADER, *ROWS), sheet="DEPT")


def test_a_text_file_with_the_name_of_a_workbook(tmp_path):
    path = tmp_path / "tcrd.xlsx"
    path.write_text("01;Ain")
    with pytest.raises(SourceError, match=r"tcrd.xlsx can't be read as an Excel workbook"):
        read_department_workbook(path)
