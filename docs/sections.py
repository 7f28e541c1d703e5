"""The words of each section of the site, for its search: Sphinx's own index knows pages only."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.nodes import clean_astext


def setup(app: Sphinx) -> dict[str, bool]:
    """Write the sections beside the search's script when a site has been made."""
    app.connect("html-page-context", load)
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def load(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: Any) -> None:
    """Load the sections where they are searched, and nowhere else."""
    if page == "search":
        app.add_js_file("sections.js")


def write(app: Sphinx, failed: Exception | None) -> None:
    """Write `_static/sections.js`: page, anchor, heading and stems of every section."""
    if failed is not None or app.builder.name != "html":
        return
    found = [section for page in sorted(app.env.found_docs) for section in sections(app, page)]
    text = f"const SECTIONS = {json.dumps(found, ensure_ascii=False, separators=(',', ':'))};\n"
    (Path(app.outdir) / "_static" / "sections.js").write_text(text, encoding="utf-8")


def sections(app: Sphinx, page: str) -> list[list[str]]:
    """Return the sections of a page, each without those within it."""
    tree = app.env.get_doctree(page)
    return [
        [page, node["ids"][0] if node["ids"] else "", clean_astext(node[0]), " ".join(stems(app, node))]
        for node in tree.findall(nodes.section)
    ]


def stems(app: Sphinx, section: nodes.section) -> list[str]:
    """Return the different words of a section, as the search's own stemmer leaves them."""
    language = app.builder.indexer.lang
    own = [node.astext() for node in section.children if not isinstance(node, (nodes.section, nodes.title))]
    words = language.split(" ".join(own).lower())
    return sorted({language.stem(word) for word in words if language.word_filter(word)})
