"""Sector definitions: printed counts, partial codes, expansion, codes that exist."""

import dataclasses

import pytest

from clusterstats import datasets, harmonize
from clusterstats.errors import OptionError

COUNTS = {
    "audiovisual_core": "12 NAF rev.2 sub-classes = 8 NACE rev.2 classes",
    "essnet_deps_2012": "34 NAF rev.2 sub-classes = 29 NACE rev.2 classes",
    "multimedia_lusso": "15 NAF rev.2 sub-classes",
    "dcms_2015": "31 NACE rev.2 classes = 39 NAF rev.2 sub-classes",
    "kea_2006": "20 NACE rev.1.1 classes",
    "unctad_2010": "30 NACE rev.2 classes = 37 NAF rev.2 sub-classes",
    "wipo_2003": "36 NACE rev.2 classes = 43 NAF rev.2 sub-classes",
    "heritage_crafts_seed000": "7 NACE rev.2 classes and 1 NACE rev.2.1 class",
}
PARTIAL = ["multimedia_lusso", "kea_2006", "wipo_2003", "heritage_crafts_seed000"]


@pytest.mark.parametrize("name", COUNTS)
def test_definition_prints_its_count(name: str) -> None:
    assert str(harmonize.sector_definition(name, partial="include")) == f"{name}: {COUNTS[name]}"


def test_every_definition_is_counted() -> None:
    assert set(datasets.load("sector_definitions")["definition"]) == set(COUNTS)


def test_every_code_exists_in_its_classification() -> None:
    checked = harmonize.check_codes()
    assert len(checked) == 186
    assert "missing" not in set(checked["status"])
    unchecked = checked[checked["status"] == "classification not carried"]
    assert set(unchecked["system"]) == {"NACE rev.1.1"}
    assert len(unchecked) == 20


def test_a_code_that_does_not_exist_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    load = datasets.load

    def with_a_wrong_code(name: str) -> object:
        return (
            load(name).replace("59.11A", "59.11X") if name == "sector_definitions" else load(name)
        )

    monkeypatch.setattr(datasets, "load", with_a_wrong_code)
    checked = harmonize.check_codes("audiovisual_core").set_index("code")["status"]
    assert checked[checked == "missing"].index.tolist() == ["59.11X"]


@pytest.mark.parametrize("name", PARTIAL)
def test_partial_codes_need_a_decision(name: str) -> None:
    with pytest.raises(OptionError, match=r'belong only in part.*"exclude", "include" or a share'):
        harmonize.sector_definition(name)


def test_partial_codes_can_be_left_out_taken_or_weighted() -> None:
    out, taken, half = (
        harmonize.sector_definition("multimedia_lusso", partial=partial)
        for partial in ("exclude", "include", 0.5)
    )
    assert [len(sector.codes) for sector in (out, taken, half)] == [10, 15, 15]
    assert taken.codes["weight"].eq(1).all()
    weights = half.codes.set_index("code")["weight"]
    assert weights["62.01Z"] == 0.5
    assert weights["59.11A"] == 1.0


@pytest.mark.parametrize("partial", [0, 1.5, "drop", True, float("nan")])
def test_partial_is_checked(partial: object) -> None:
    with pytest.raises(OptionError, match=r"partial=.* is not known"):
        harmonize.sector_definition("multimedia_lusso", partial=partial)  # type: ignore[arg-type]


def test_leaving_out_every_code_is_refused() -> None:
    with pytest.raises(OptionError, match="kea_2006: every code is partial"):
        harmonize.sector_definition("kea_2006", partial="exclude")


def test_unknown_name_lists_the_definitions() -> None:
    with pytest.raises(OptionError, match=r"name='deps'.*'essnet_deps_2012'"):
        harmonize.sector_definition("deps")


def test_definition_is_frozen() -> None:
    sector = harmonize.sector_definition("audiovisual_core")
    with pytest.raises(dataclasses.FrozenInstanceError, match="name"):
        sector.name = "other"  # type: ignore[misc]


def test_classes_expand_to_all_their_sub_classes() -> None:
    expanded = harmonize.sector_definition("dcms_2015").sub_classes()
    assert len(expanded) == 39
    film = expanded.loc[expanded["code"] == "59.11", "sub_class"]
    assert film.tolist() == ["59.11A", "59.11B", "59.11C"]


def test_sub_classes_expand_to_themselves() -> None:
    expanded = harmonize.sector_definition("audiovisual_core").sub_classes()
    assert (expanded["sub_class"] == expanded["code"]).all()


def test_codes_of_other_classifications_are_not_dropped() -> None:
    heritage = harmonize.sector_definition("heritage_crafts_seed000", partial=0.3)
    with pytest.raises(OptionError, match=r"1 code\(s\).*first '91\.30'"):
        heritage.sub_classes()
    kept = heritage.sub_classes(unmatched="keep")
    assert kept.loc[kept["sub_class"].isna(), "code"].tolist() == ["91.30"]
    assert kept["weight"].eq(0.3).all()


def test_nace_rev21_has_the_items_of_the_regulation() -> None:
    items = datasets.load("nace_rev21")
    counts = items["level"].value_counts().to_dict()
    assert counts == {"section": 22, "division": 87, "group": 287, "class": 651}
    below = items[items["level"] != "section"]
    assert below["parent"].isin(items["code"]).all()
    classes = items[items["level"] == "class"]
    assert (classes["code"].str[:4] == classes["parent"]).all()
