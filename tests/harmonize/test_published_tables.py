"""From the publisher's own files to territories: fetched, parsed once, kept, or told how to get."""

import io
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import narwhals.stable.v2 as nw
import openpyxl
import pandas as pd
import pytest

from clusterstats import cli, datasets
from clusterstats.datasets import _publishers
from clusterstats.errors import (
    ClusterstatsWarning,
    DatasetError,
    OptionError,
    SourceError,
)
from clusterstats.harmonize import to_vintage, to_zoning
from clusterstats.harmonize._insee import _codes_of, _line_of
from tests.serving import Shelf, serving

EVENTS, COMMUNES = "insee_commune_events_2025", "insee_communes_2025"
ZONINGS = "insee_zonings_2025"
EVENT_LINES = [
    "MOD,DATE_EFF,TYPECOM_AV,COM_AV,TNCC_AV,NCC_AV,NCCENR_AV,LIBELLE_AV,"
    "TYPECOM_AP,COM_AP,TNCC_AP,NCC_AP,NCCENR_AP,LIBELLE_AP",
    "32,2025-01-01,COM,93059,0,PIERREFITTE,Pierrefitte,Pierrefitte,"
    "COMD,93059,0,PIERREFITTE,Pierrefitte,Pierrefitte",
    "32,2025-01-01,COM,93059,0,PIERREFITTE,Pierrefitte,Pierrefitte,"
    "COM,93066,0,SAINT DENIS,Saint-Denis,Saint-Denis",
    "32,2025-01-01,COM,93066,0,SAINT DENIS,Saint-Denis,Saint-Denis,"
    "COM,93066,0,SAINT DENIS,Saint-Denis,Saint-Denis",
    "20,1950-06-01,,,,,,,COM,06162,0,VILLE NOUVELLE,Ville nouvelle,Ville nouvelle",
]
COMMUNE_LINES = [
    "TYPECOM,COM,REG,DEP,CTCD,ARR,TNCC,NCC,NCCENR,LIBELLE,CAN,COMPARENT",
    'COM,01004,84,01,01D,011,1,"AMBERIEU, EN BUGEY",Ambérieu,Ambérieu-en-Bugey,0101,',
    "COM,75056,11,75,75C,751,0,PARIS,Paris,Paris,,",
    "COM,93066,11,93,93D,933,0,SAINT DENIS,Saint-Denis,Saint-Denis,9399,",
    "COMD,93059,,,,,0,PIERREFITTE,Pierrefitte,Pierrefitte,,93066",
    "ARM,75118,11,75,75C,751,0,PARIS 18,Paris 18e,Paris 18e,,75056",
]
CODES = ["CODGEO", "LIBGEO", "DEP", "REG", "EPCI", "NATEPCI", "ZE2020", "UU2020", "AAV2020"]
ZONES = [
    ["01004", "Ambérieu-en-Bugey", "01", "84", "240100883", "CC", "8405", "01302", "243"],
    ["29155", "Ouessant", "29", "53", "ZZZZZZZZZ", "ZZ", "0053", "29000", "000"],
    ["93066", "Saint-Denis", "93", "11", "200054781", "METRO", "1109", "00851", "001"],
]


def workbook(codes: list[str], rows: list[list[str]]) -> bytes:
    """The publisher's workbook: four title rows, labels, codes, and other sheets."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "COM"
    for title in ("Table d'appartenance", "Communes", "Géographie au 01/01/2025", "Insee"):
        sheet.append([title])
    sheet.append([f"libellé de {code}" for code in codes])
    for row in (codes, *rows):
        sheet.append(row)
    book.create_sheet("ARM").append(["CODGEO"])
    book.create_sheet("Zones_supra_communales")
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def zipped(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("table-appartenance-geo-communes-2025.xlsx", content)
    return buffer.getvalue()


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Shelf]:
    """INSEE's files, served by this machine; no folder of data, a new cache."""
    monkeypatch.delenv("CLUSTERSTATS_DATA", raising=False)
    monkeypatch.setenv("CLUSTERSTATS_CACHE", str(tmp_path / "cache"))
    files = datasets.published()
    with serving(monkeypatch) as shelf:
        entries = {
            name: replace(files[name], address=f"{shelf.address}/{files[name].file}")
            for name in (EVENTS, COMMUNES, ZONINGS)
        }
        monkeypatch.setattr(_publishers, "_registry", lambda: entries)
        shelf.files = {
            files[EVENTS].file: "\r\n".join([*EVENT_LINES, ""]).encode(),
            files[COMMUNES].file: "\r\n".join([*COMMUNE_LINES, ""]).encode(),
            files[ZONINGS].file: zipped(workbook(CODES, ZONES)),
        }
        yield shelf


def jobs(**employment: float) -> pd.DataFrame:
    codes = [code.removeprefix("c") for code in employment]
    return pd.DataFrame({"region": codes, "employment": list(employment.values())})


def by_code(table: pd.DataFrame) -> dict[str, float]:
    return dict(zip(table["region"], table["employment"], strict=True))


def fetched(*names: str) -> None:
    """What people type."""
    for name in names:
        with pytest.raises(SystemExit) as left:
            cli.main(["data", "get", name, "--accept"])
        assert not left.value.code


def tables(tmp_path: Path) -> list[Path]:
    folder = tmp_path / "cache" / "tables"
    return sorted(folder.rglob("*")) if folder.is_dir() else []


def test_from_the_publisher_to_saint_denis_merged(shelf: Shelf, tmp_path: Path) -> None:
    fetched(EVENTS, COMMUNES)
    table = jobs(c93059=5, c93066=40, c01004=7)
    found = to_vintage(table, from_=2024)
    assert by_code(found.table) == {"01004": 7, "93066": 45}
    assert found.moves.to_numpy().tolist() == [["93059", "93066", 1.0, "whole"]]
    assert sorted(path.suffix for path in tables(tmp_path)) == [".json"] * 2 + [".parquet"] * 2
    with pytest.warns(ClusterstatsWarning, match=r"2 row\(s\).*first '93059' \(not a commune on 1"):
        late = to_vintage(jobs(c93059=5, c75056=1, c99999=2), from_=2025)
    assert late.unmatched["reason"].tolist()[1] == "neither an event nor INSEE's list has this code"
    with pytest.warns(ClusterstatsWarning, match="nothing on 1 January 1946 came before it"):
        to_vintage(jobs(c06162=1), from_=2024, to=1946)


def test_the_parsed_tables_are_read_from_then_on(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched(EVENTS, COMMUNES, ZONINGS)
    table = jobs(c93059=5, c93066=40)
    first = to_vintage(table, from_=2024).table
    zoned = to_zoning(table, zoning="employment_zone", vintage=2024).table
    _line_of.cache_clear()
    _codes_of.cache_clear()

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("parsed again")

    monkeypatch.setattr("clusterstats.harmonize._insee.open_text", refuse)
    monkeypatch.setattr("clusterstats.harmonize._insee._sheet", refuse)
    pd.testing.assert_frame_equal(to_vintage(table, from_=2024).table, first)
    again = to_zoning(table, zoning="employment_zone", vintage=2024).table
    pd.testing.assert_frame_equal(again, zoned)


def test_zonings_from_the_workbook_in_its_zip(shelf: Shelf) -> None:
    fetched(ZONINGS)
    table = jobs(c01004=7, c29155=2, c93066=40)
    expected = {
        "employment_zone": {"0053": 2, "1109": 40, "8405": 7},
        "urban_area": {"001": 40, "243": 7, "none": 2},
        "urban_unit": {"00851": 40, "01302": 7, "29000": 2},
        "epci": {"200054781": 40, "240100883": 7, "none": 2},
    }
    for zoning, zones in expected.items():
        assert by_code(to_zoning(table, zoning=zoning).table) == zones  # type: ignore[arg-type]


def test_the_folder_of_data_comes_first(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched(EVENTS, COMMUNES)
    folder = tmp_path / "data" / "insee_cog_2025"
    folder.mkdir(parents=True)
    monkeypatch.setenv("CLUSTERSTATS_DATA", str(tmp_path / "data"))
    assert by_code(to_vintage(jobs(c93059=5), from_=2024).table) == {"93066": 5}
    lines = [line.replace("93066", "93001") for line in EVENT_LINES]
    pd.DataFrame([line.split(",") for line in lines[1:]], columns=lines[0].split(",")).to_csv(
        folder / "mvtcommunes.csv.gz", index=False
    )
    assert by_code(to_vintage(jobs(c93059=5), from_=2024).table) == {"93001": 5}


@pytest.mark.parametrize("is_set", [False, True])
def test_both_ways_are_told_when_neither_is_there(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_set: bool
) -> None:
    looked = "CLUSTERSTATS_DATA is not set"
    if is_set:
        monkeypatch.setenv("CLUSTERSTATS_DATA", str(tmp_path))
        looked = "there is no .*mvtcommunes"
    ways = rf"{looked}.*`clusterstats data get {EVENTS}`, or set CLUSTERSTATS_DATA .*insee_cog_2025"
    with pytest.raises(DatasetError, match=ways):
        to_vintage(jobs(c93059=5), from_=2024)
    with pytest.raises(DatasetError, match=f"`clusterstats data get {ZONINGS}`, or set"):
        to_zoning(jobs(c93066=5), zoning="epci")
    fetched(EVENTS)
    with pytest.raises(DatasetError, match=f"list of communes .*data get {COMMUNES}`"):
        to_vintage(jobs(c93059=5), from_=2024)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (zipped(workbook(CODES[1:], [row[1:] for row in ZONES])), "no header with 'CODGEO'"),
        (zipped(workbook(CODES[:-1], [row[:-1] for row in ZONES])), "row 6: column 'AAV2020'"),
        (zipped(b"no workbook"), "is truncated or damaged"),
        (zipped(workbook(CODES, ZONES)[:-2_000]), "is truncated or damaged"),
    ],
    ids=["no communes", "no urban areas", "no workbook", "a cut workbook"],
)
def test_a_workbook_that_is_another_leaves_no_table(
    shelf: Shelf, tmp_path: Path, content: bytes, message: str
) -> None:
    shelf.files["table-appartenance-geo-communes-2025.zip"] = content
    fetched(ZONINGS)
    with pytest.raises(SourceError, match=message):
        to_zoning(jobs(c93066=5), zoning="epci")
    assert tables(tmp_path) == []


def test_events_without_a_column_are_told(shelf: Shelf, tmp_path: Path) -> None:
    shelf.files["v_mvt_commune_2025.csv"] = b"MOD,DATE_EFF,COM_AV\n32,2025-01-01,93059\n"
    fetched(EVENTS, COMMUNES)
    with pytest.raises(SourceError, match="v_mvt_commune_2025.csv, line 1: column 'TYPECOM_AV' is"):
        to_vintage(jobs(c93059=5), from_=2024)
    assert tables(tmp_path) == []


def test_an_interrupted_parsing_leaves_no_half_table(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched(EVENTS, COMMUNES)

    def half(_: object, file: Path) -> None:
        Path(file).write_bytes(b"PAR1 half")
        raise KeyboardInterrupt("stopped")

    with monkeypatch.context() as patch:
        patch.setattr(nw.LazyFrame, "sink_parquet", half)
        with pytest.raises(KeyboardInterrupt, match="stopped"):
            to_vintage(jobs(c93059=5), from_=2024)
    assert tables(tmp_path) == []
    assert by_code(to_vintage(jobs(c93059=5), from_=2024).table) == {"93066": 5}


def test_a_new_file_of_the_publisher_is_read_anew(shelf: Shelf) -> None:
    fetched(EVENTS, COMMUNES)
    assert by_code(to_vintage(jobs(c93059=5), from_=2024).table) == {"93066": 5}
    lines = [line.replace("93066", "93001") for line in EVENT_LINES]
    shelf.files["v_mvt_commune_2025.csv"] = "\r\n".join([*lines, ""]).encode()
    fetched(EVENTS)
    assert by_code(to_vintage(jobs(c93059=5), from_=2024).table) == {"93001": 5}


def test_real_files_in_the_publishers_format(
    shelf: Shelf, data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same 34 875 communes by either way, when INSEE's own columns are put back."""
    cog = data_dir / "insee_cog_2025"
    events = pd.read_csv(cog / "mvtcommunes.csv.gz", dtype="str", keep_default_na=False)
    communes = pd.read_csv(cog / "communes_cog.csv.gz", dtype="str", keep_default_na=False)
    named = communes.rename(columns={"DEPCOM": "COM", "NOM_DEPCOM": "LIBELLE"})
    shelf.files["v_mvt_commune_2025.csv"] = events.to_csv(index=False).encode()
    shelf.files["v_commune_2025.csv"] = named.to_csv(index=False).encode()
    fetched(EVENTS, COMMUNES)
    here = communes.loc[communes["TYPECOM"] == "COM", "DEPCOM"]
    old = pd.DataFrame({"region": pd.concat([here, pd.Series(["93059", "76358"])])})
    old = old[~old["region"].isin(["93066", "76455"])].assign(employment=1.0)
    with pytest.warns(ClusterstatsWarning, match="found no place"):
        from_cache = to_vintage(old, from_=2024)
    monkeypatch.setenv("CLUSTERSTATS_DATA", str(data_dir))
    shutil.rmtree(tmp_path / "cache")
    with pytest.warns(ClusterstatsWarning, match="found no place"):
        from_folder = to_vintage(old, from_=2024)
    pd.testing.assert_frame_equal(from_cache.table, from_folder.table)
    pd.testing.assert_frame_equal(from_cache.unmatched, from_folder.unmatched)
    assert by_code(from_cache.table)["93066"] == 1


def test_the_vintage_of_each_row_may_stand_in_a_column(shelf: Shelf) -> None:
    fetched(EVENTS, COMMUNES)
    panel = pd.DataFrame(
        {
            "year": [2023, 2023, 2024, 2024],
            "cog": [2024, 2024, 2025, None],
            "region": ["93059", "93066", "93066", "93059"],
            "employment": [5.0, 40.0, 46.0, 1.0],
        }
    )
    found = to_vintage(panel, from_="cog")
    assert found.table.to_numpy().tolist() == [[2023, "93066", 45.0], [2024, "93066", 47.0]]
    assert found.moves["vintage"].isna().tolist() == [False, True]
    assert found.moves["code_from"].tolist() == ["93059", "93059"]
    with pytest.warns(ClusterstatsWarning, match=r"'93059' \(not a commune on 1 January 2025\)"):
        late = to_vintage(panel.assign(cog=2025), from_="cog")
    assert late.unmatched["employment"].sum() == 6
    years = panel.drop(columns="cog").assign(year=[2023, 2023, 2025, 2024])
    by_year = to_vintage(years, from_="year").table
    assert by_year["employment"].tolist() == [45, 1, 46]


def test_one_vintage_in_a_column_is_that_vintage(shelf: Shelf) -> None:
    fetched(EVENTS, COMMUNES)
    table = jobs(c93059=5, c93066=40, c01004=7)
    expected = to_vintage(table, from_=2024)
    found = to_vintage(table.assign(cog="2024"), from_="cog")
    pd.testing.assert_frame_equal(found.table, expected.table)
    pd.testing.assert_frame_equal(found.moves.drop(columns="vintage"), expected.moves)


@pytest.mark.parametrize(
    ("vintage", "message"),
    [
        ("early", "from_='cog': 'early' in that column is not a vintage"),
        (2024.5, "2024.5.* in that column is not a vintage"),
        (1900, "from_=1900 is not a vintage"),
        (2031, "from_=2031 is after INSEE's events at hand"),
    ],
)
def test_what_is_no_vintage_is_told(shelf: Shelf, vintage: object, message: str) -> None:
    fetched(EVENTS, COMMUNES)
    with pytest.raises(OptionError, match=message):
        to_vintage(jobs(c93059=5).assign(cog=vintage), from_="cog")
    with pytest.raises(OptionError, match="from_='vintage' is not a vintage, nor a column; use a"):
        to_vintage(jobs(c93059=5), from_="vintage")


def test_no_rows_have_no_vintage(shelf: Shelf) -> None:
    fetched(EVENTS, COMMUNES)
    found = to_vintage(jobs(c93059=5).assign(cog=2024).iloc[:0], from_="cog")
    assert found.table.columns.tolist() == ["region", "employment"]
    assert [len(found.table), len(found.unmatched), len(found.moves)] == [0, 0, 0]
