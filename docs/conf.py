"""How the site is built: `make docs`. No network, and every warning is an error."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

import made
from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx

import outcomes

made.make()

project = "outcomes"
author = "the outcomes project"
project_copyright = "the outcomes project, Apache-2.0"
version = release = outcomes.__version__
language = "en"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "numpydoc", "sections"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["scheduling/*", "templates", "static"]
templates_path = ["templates"]

myst_heading_anchors = 3
autosummary_generate = True
autosummary_imported_members = False
autodoc_typehints = "none"
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
default_role = "code"
nitpicky = True
smartquotes = False  # they make one dash of the two before an option

html_math_renderer = (
    "mathml"  # drawn by the browser itself: no script, no request, read out by screen readers
)

html_theme = "furo"
html_title = f"outcomes {release}"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_js_files = ["search.js"]
html_sidebars = {
    "**": [
        "sidebar/brand.html",
        "sidebar/search.html",
        "sidebar/scroll-start.html",
        "sidebar/navigation.html",
        "versions.html",
        "sidebar/scroll-end.html",
    ]
}
html_show_sphinx = False
html_copy_source = False
html_show_sourcelink = False
html_show_search_summary = False  # it would fetch pages, which a browser refuses from file://


def setup(app: Sphinx) -> None:
    """Put right what the theme leaves out for keyboards and screen readers."""
    app.connect("html-page-context", _accessible, priority=900)
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))


def _inline(translator: Any, node: Any) -> None:
    """Write a formula of a sentence as MathML."""
    translator.body.append(convert(node.astext()))
    raise nodes.SkipNode


def _block(translator: Any, node: Any) -> None:
    """Write a formula that stands alone as MathML; one that is wider than the page scrolls."""
    made_of = convert(node.astext(), display="block")
    translator.body.append(f'<div class="formula" tabindex="0">{made_of}</div>')
    raise nodes.SkipNode


def _accessible(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: Any) -> None:
    """Give captions of the navigation their level; let what scrolls sideways be reached by keyboard."""
    for name in ("furo_navigation_tree", "body"):
        text = context.get(name)
        if text:
            text = text.replace('role="heading"', 'role="heading" aria-level="2"')
            text = text.replace("<pre>", '<pre tabindex="0">')
            text = text.replace('role="doc-biblioentry"', 'role="listitem"')  # what its list may hold
            context[name] = text.replace(
                '<div class="table-wrapper', '<div tabindex="0" class="table-wrapper'
            )
