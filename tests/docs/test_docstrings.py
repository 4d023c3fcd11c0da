"""Every public name is exported, and its docstring says what a reader needs."""

import inspect

import pytest
from public_names import Public, public, stub

import clusterstats

REQUIRED = {
    "GL07": "sections in the usual order",
    "GL08": "a docstring",
    "PR01": "every parameter",
    "PR02": "no parameter that is not there",
    "PR03": "parameters in their order",
    "PR04": "a type for each parameter",
    "PR07": "what each parameter is",
    "RT01": "what it returns",
    "RT03": "what the value returned is",
    "SS02": "a summary with a capital letter",
    "SS03": "a summary with a full stop",
    "SS06": "a summary of one line",
    "EX01": "an example",
}
OF_FUNCTIONS = {"PR01", "RT01", "EX01"}
FUNCTIONS = [item for item in public() if not inspect.isclass(item.object)]
CLASSES = [item for item in public() if inspect.isclass(item.object)]


def problems(item: Public) -> set[str]:
    validate = pytest.importorskip(
        "numpydoc.validate", reason="numpydoc comes with the extra 'docs'"
    )
    return {f"{code}: {said}" for code, said in validate.validate(item.path)["errors"]}


def required(found: set[str], codes: set[str]) -> list[str]:
    return sorted(problem for problem in found if problem[:4] in codes)


def test_reference_lists_the_names_of_the_package_and_no_other() -> None:
    names = {name for name, source in stub().items() if source}
    assert names == {item.name for item in public() if item.module == "clusterstats"}
    assert set(stub()) == set(clusterstats.__all__)


def test_reference_lists_each_object_once() -> None:
    paths = [item.path for item in public()]
    assert len(paths) == len(set(paths))


@pytest.mark.parametrize("item", FUNCTIONS, ids=lambda item: item.title)
def test_docstring_of_function(item: Public) -> None:
    assert not required(problems(item), set(REQUIRED))


@pytest.mark.parametrize("item", CLASSES, ids=lambda item: item.title)
def test_docstring_of_class(item: Public) -> None:
    assert not required(problems(item), set(REQUIRED) - OF_FUNCTIONS)


@pytest.mark.parametrize("item", CLASSES, ids=lambda item: item.title)
def test_every_field_of_a_class_is_described(item: Public) -> None:
    pytest.importorskip("numpydoc", reason="numpydoc comes with the extra 'docs'")
    from inherited import parameters
    from numpydoc.docscrape import NumpyDocString

    if issubclass(item.object, Exception):
        pytest.skip("errors take a message")
    attributes = NumpyDocString(inspect.getdoc(item.object) or "")["Attributes"]
    described = {
        name.strip()
        for entry in [*parameters(item.object), *attributes]
        for name in entry.name.replace("*", "").split(",")
    }
    assert set(inspect.signature(item.object).parameters) <= described
