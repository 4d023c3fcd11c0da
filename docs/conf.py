"""How the documentation is built; everything here works without a network."""

import sys
from importlib.metadata import version as installed_version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "clusterstats"
author = "the clusterstats developers"
copyright = author
release = version = installed_version("clusterstats")

extensions = [
    "sphinx.ext.autodoc",
    "numpydoc",
    "myst_parser",
    "mathml",
    "public_api",
    "inherited",
    "measure_tables",
    "dataset_tables",
    "coverage_tables",
    "optional_parts",
]
exclude_patterns = ["_build", "_ext", "examples"]
default_role = "py:obj"

autodoc_typehints = "none"  # the docstrings say types in words
python_maximum_signature_line_length = 88
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
myst_enable_extensions = ["deflist", "dollarmath"]
myst_heading_anchors = 2

html_theme = "pydata_sphinx_theme"
html_title = "clusterstats"
html_math_renderer = "mathml"
html_static_path = ["_static"]
html_css_files = ["pages.css"]
html_copy_source = False
html_show_sourcelink = False
html_last_updated_fmt = None  # no clock: the same sources give the same bytes
html_permalinks_icon = "#"
html_theme_options = {
    "navbar_align": "left",
    "header_links_before_dropdown": 7,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
}
html_sidebars = {"*": [], "reference/**": ["sidebar-nav-bs"]}
