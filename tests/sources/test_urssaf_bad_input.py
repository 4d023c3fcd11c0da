"""Bad URSSAF files: one sentence that names file, column, line, value and remedy."""

import gzip
import random
import re

import pytest

from clusterstats.errors import OptionError, SourceError
from clusterstats.sources import read_urssaf

HEADER = (
    "Nom commune;Code commune;Code APE;Nombre d'établissements 2021;Effectifs salariés 2021;"
    "Nombre d'établissements 2022;Effectifs salariés 2022"
)
GOOD = "Aa;01004;5911A;1;2;;"


def refused(path, *parts, **options):
    """The message holds the parts in this order, on one line."""
    pattern = "^" + ".*".join(re.escape(part) for part in parts)
    with pytest.raises(SourceError, match=pattern) as caught:
        read_urssaf(path, **options)
    assert "\n" not in str(caught.value)
    assert str(path.parent) not in str(caught.value)


@pytest.mark.parametrize("mark", [",", "\t", "|"])
def test_wrong_delimiter(write, mark):
    path = write(HEADER.replace(";", mark), GOOD.replace(";", mark))
    refused(path, f"u.csv, line 1: the delimiter is {mark!r}, not ';'", "save the file with ';'")


def test_wrong_encoding_in_the_header(write):
    path = write(HEADER, GOOD, encoding="cp1252")
    refused(
        path,
        'u.csv, line 1: "Nombre d\'établissements 2021" has byte 0xe9',
        'read it with encoding="cp1252"',
    )


def test_wrong_encoding_below_the_header(write):
    header = "commune;code_commune;code_ape;nombre_d_etablissements_2021;effectifs_salaries_2021"
    path = write(header, "Aa;01004;5911A;1;2", "L’Œil;01005;5911A;1;2", encoding="cp1252")
    refused(
        path,
        "u.csv, line 3, column 'commune': 'L’Œil' has byte 0x92",
        'read it with encoding="cp1252"',
    )


def test_utf8_read_as_something_else(write):
    path = write(HEADER, GOOD)
    refused(path, "u.csv is in UTF-8, not cp1252", 'encoding="utf-8"', encoding="cp1252")


def test_utf16_read_as_utf8(write):
    refused(write(HEADER, GOOD, encoding="utf-16"), "u.csv is in UTF-16", 'encoding="utf-16"')


def test_byte_that_no_windows_text_has(write, tmp_path):
    path = write(HEADER, GOOD, encoding="cp1252")
    path.write_bytes(path.read_bytes() + b"A\x81a;01005;5911A;1;2;;\n")
    refused(path, "u.csv, line 3, column 'Nom commune'", "0x81", "cp1252", encoding="latin-1")


def test_unknown_encoding_is_a_wrong_option(write):
    with pytest.raises(OptionError, match="encoding='klingon' is not known; use one of 'utf-8'"):
        read_urssaf(write(HEADER, GOOD), encoding="klingon")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Code commune", "Code comune"),
        ("Code APE", "Code AP"),
        ("Effectifs salariés 2022", "Efectifs salariés 2022"),
        ("Nombre d'établissements 2021", "Nb d'établissements 2021"),
    ],
)
def test_renamed_column_with_the_nearest_name(write, old, new):
    message = f"u.csv, line 1: column {old!r} is missing; the nearest is {new!r}; rename it"
    refused(write(HEADER.replace(old, new), GOOD), message)


def test_file_of_another_kind(write):
    refused(
        write("a;b", "1;2"), "u.csv, line 1: column 'Code commune' is missing; the file has 'a'"
    )


def test_no_year(write):
    path = write("Code commune;Code APE;x", "01004;5911A;1")
    refused(path, 'u.csv, line 1: column "Nombre d\'établissements YYYY" is missing')


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("code_commune", "'code_commune' and 'Code commune' have the same meaning; remove one"),
        ("CODE COMMUNE", "'CODE COMMUNE' and 'Code commune' have the same name up to case"),
    ],
)
def test_column_twice(write, name, message):
    path = write(HEADER.replace("Nom commune", name), GOOD)
    refused(path, "u.csv, line 1: columns ", message)


@pytest.mark.parametrize("code", ["1004", "", "20004", "2a004", "2C004", "99999", "00004", "01 04"])
def test_impossible_commune(write, code):
    value = repr(code) if code else "a blank"
    refused(
        write(HEADER, GOOD, f"Bb;{code};5911A;1;2;;"),
        f"u.csv, line 3, column 'Code commune': {value} is not a commune code of 5 characters",
        "leading zeros",
    )


@pytest.mark.parametrize("code", ["01001", "2A004", "2B033", "21231", "75056", "95018", "97101"])
def test_possible_commune(write, code):
    assert read_urssaf(write(HEADER, f"A;{code};5911A;1;2;;")).collect().row(0)[0] == code


@pytest.mark.parametrize("code", ["5911", "", "5911a", "59.11", "A5911", "5911AB"])
def test_impossible_ape(write, code):
    value = repr(code) if code else "a blank"
    refused(
        write(HEADER, GOOD, f"Bb;01005;{code};1;2;;"),
        f"u.csv, line 3, column 'Code APE': {value} is not an APE code like '5911A'; correct it",
    )


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("-1", "negative"),
        ("2.5", "a fraction"),
        ("2,5", "a fraction"),
        *((value, "not a number") for value in ("abc", "nan", "inf", "1e3", "1 234", " ", "s")),
    ],
)
def test_impossible_count(write, value, fault):
    refused(
        write(HEADER, GOOD, f"Bb;01005;5911A;1;;3;{value}"),
        f"u.csv, line 3, column 'Effectifs salariés 2022': {value!r} is {fault}; counts are whole",
    )


@pytest.mark.parametrize("ape", ["5911A", "59.11A"])
def test_repeated_key(write, ape):
    refused(
        write(HEADER, GOOD, "Bb;01005;5911A;1;2;;", f"Aa;01004;{ape};1;2;;"),
        "u.csv, line 4: ('01004', '5911A') in columns 'Code commune' and 'Code APE' repeats line 2",
    )


def test_the_line_is_that_of_an_editor(write):
    path = write(HEADER, '"A', 'a";01004;5911A;1;2;;', "", "Bb;0105;5911A;1;2;;")
    refused(path, "u.csv, line 5, column 'Code commune': '0105'")


@pytest.mark.parametrize("cut", [5, 200, -9, -8, -1])
def test_truncated_gzip(tmp_path, cut):
    communes = random.Random(1).sample(range(1000, 20000), 2000)
    lines = [HEADER, *(f"Aa;{code:05d};5911A;1;{code % 97};;" for code in communes)]
    path = tmp_path / "u.csv.gz"
    path.write_bytes(gzip.compress("\n".join(lines).encode())[:cut])
    refused(path, "u.csv.gz is a truncated or damaged gzip file", "download it again")


def test_damaged_gzip(write):
    path = write(HEADER, GOOD, name="u.csv.gz")
    content = bytearray(path.read_bytes())
    content[-6] ^= 0xFF
    path.write_bytes(content)
    refused(path, "u.csv.gz is a truncated or damaged gzip file")


def test_gzip_by_name_only(write):
    path = write(HEADER, GOOD)
    path = path.rename(path.with_name("u.csv.gz"))
    refused(path, "u.csv.gz is not gzip; remove .gz from its name or download it again")


def test_gzip_without_the_name_is_read(write):
    path = write(HEADER, GOOD, name="u.csv.gz")
    assert len(read_urssaf(path.rename(path.with_name("u.csv"))).collect()) == 1


def test_empty_files(tmp_path, write):
    path = tmp_path / "empty.csv"
    path.touch()
    refused(path, "empty.csv is empty; download or export it again")
    refused(write(""), "u.csv, line 1 is blank or absent; put the header there")


def test_header_without_rows(write):
    refused(write(HEADER), "u.csv: a header without rows; export the file again")


def test_missing_file_and_folder(write, tmp_path):
    write(HEADER, GOOD, name="urssaf_2022.csv")
    refused(tmp_path / "urssaf_2O22.csv", "urssaf_2O22.csv does not exist; did you mean 'urssaf")
    refused(tmp_path / "other", "other does not exist; check the folder and the spelling")
    (tmp_path / "inside").mkdir()
    refused(tmp_path / "inside", "inside is a folder; give the path of a file in it")


@pytest.mark.parametrize("row", ["Bb;01005;5911A;1", "Bb;01005;5911A;1;2;;;9"])
def test_row_of_another_length(write, row):
    found = f"{len(row.split(';'))} value(s), from 'Bb', where the header has 7 columns"
    refused(write(HEADER, GOOD, row), f"u.csv, line 3: {found}; look for a cut line")


@pytest.mark.parametrize("row", ['"Bb;01005;5911A;1;2;;', '"B "b" b";01005;5911A;1;2;;'])
def test_stray_quote(write, row):
    refused(write(HEADER, GOOD, row), "u.csv, line 3: ", "quote")


def test_not_text(tmp_path):
    path = tmp_path / "u.csv"
    path.write_bytes(b"PK\x03\x04\x00\x00;\n")
    refused(path, "u.csv is not a text file; export it as CSV")
