"""Parts that depend on what the checkout has: command line help, changelog."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from docutils import nodes
from node_tables import text
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


class CommandHelp(SphinxDirective):
    """``command-help:: reproduce``: what ``clusterstats reproduce --help`` prints."""

    optional_arguments = 3

    def run(self) -> list[nodes.Node]:
        if not find_spec("clusterstats.cli"):
            return [text("The command line is not in this version.")]
        plain = {"COLUMNS": "88", "TERMINAL_WIDTH": "88", "NO_COLOR": "1", "TERM": "dumb"}
        command = [sys.executable, "-m", "clusterstats", *self.arguments, "--help"]
        done = subprocess.run(
            command, capture_output=True, encoding="utf-8", env=os.environ | plain, check=False
        )
        if done.returncode:
            raise self.error(f"{' '.join(command[1:])} failed: {done.stderr.strip()[-300:]}")
        lines = "\n".join(line.rstrip() for line in done.stdout.strip().splitlines())
        return [nodes.literal_block(lines, lines, language="none")]


class Changelog(SphinxDirective):
    """``changelog``: the changelog of the repository, without its title."""

    def run(self) -> list[nodes.Node]:
        file = Path(self.env.srcdir).parent / "CHANGELOG.md"
        self.env.note_dependency(str(file))
        if not file.exists():
            return [text("There is no release yet.")]
        lines = file.read_text(encoding="utf-8").splitlines()
        body = [line for line in lines if not line.startswith("# ")]
        return self.parse_text_to_nodes("\n".join(body), allow_section_headings=True)


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("command-help", CommandHelp)
    app.add_directive("changelog", Changelog)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
