"""The documentation builds without a warning, the same bytes twice, and needs no network."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from public_names import public

DOCS = Path(__file__).resolve().parents[2] / "docs"
LOADED = re.compile(
    r"""<(?:script|link|img|iframe|source|audio|video|object)\b[^>]*?
        (?:src|href|data|srcset)\s*=\s*["']?(?:https?:)?//[^>]*>""",
    re.VERBOSE | re.IGNORECASE,
)
LOADED_STYLE = re.compile(r"""(?:@import\s+|url\(\s*)["']?(?:https?:)?//""")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two builds, with another order of sets each."""
    pytest.importorskip("sphinx", reason="sphinx comes with the extra 'docs'")
    return [_build(tmp_path_factory.mktemp("html"), hash_seed) for hash_seed in ("1", "2")]


def _build(folder: Path, hash_seed: str) -> Path:
    command = [sys.executable, "-m", "sphinx", "-W", "-q", "-E", "-b", "html"]
    done = subprocess.run(
        [*command, "-d", str(folder.with_suffix(".doctrees")), str(DOCS), str(folder)],
        capture_output=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONHASHSEED": hash_seed},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


def test_same_bytes_twice(builds: list[Path]) -> None:
    first, second = (
        {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.html")}
        for folder in builds
    )
    assert first.keys() == second.keys()
    assert [str(path) for path in first if first[path] != second[path]] == []


def test_pages_load_nothing_from_the_network(builds: list[Path]) -> None:
    pages = [path.read_text(encoding="utf-8") for path in builds[0].rglob("*.html")]
    styles = [path.read_text(encoding="utf-8") for path in builds[0].rglob("*.css")]
    assert [found for page in pages for found in LOADED.findall(page)] == []
    assert [found for style in styles for found in LOADED_STYLE.findall(style)] == []
    assert not any(re.search("<script[^>]*mathjax", page, re.IGNORECASE) for page in pages)


def test_every_public_name_has_a_page(builds: list[Path]) -> None:
    for item in public():
        page = builds[0] / "reference" / "generated" / f"{item.path}.html"
        assert f'id="{item.path}"' in page.read_text(encoding="utf-8")


def test_links_of_the_guide_lead_somewhere(builds: list[Path]) -> None:
    for path in builds[0].glob("*.html"):
        page = path.read_text(encoding="utf-8")
        named = re.findall(r'<code class="xref py[^>]*>.*?</code>', page)
        linked = re.findall(r'<a [^>]*><code class="xref py[^>]*>.*?</code>', page)
        assert len(named) == len(linked), (path.name, named)
