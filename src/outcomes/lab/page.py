"""An executed notebook as one HTML page that asks for nothing."""

from __future__ import annotations

from typing import Any

from outcomes.lab.books import needs

__all__ = ["as_page"]

#: JupyterLab's look, light or dark as the reader's screen is, without the scripts that nbconvert loads from
#: elsewhere, and with a policy that refuses any.
TEMPLATE = """{%- extends 'lab/index.html.j2' -%}
{%- block html_head_js -%}
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:">
{%- endblock -%}
{%- block jupyter_widgets -%}{%- endblock -%}
{%- block html_head_js_mathjax -%}{%- endblock -%}
{%- block html_head_js_mermaidjs -%}{%- endblock -%}
{%- block html_head_css -%}
{%- set dark = '<style media="(prefers-color-scheme: dark)"' -%}
{{ resources.include_css("static/theme-dark.css") | replace("<style", dark) }}
<style>
:root {
  color-scheme: light dark;
  --jp-cell-prompt-not-active-opacity: 1;
  --jp-cell-prompt-not-active-font-color: light-dark(#5c5c5c, #bdbdbd);
}
main { max-width: 72rem; margin: 0 auto; padding: 1rem; }
.jp-Cell { min-width: 0; }
.highlight .c1 { color: light-dark(#2d6a6a, #85c1c1); }
.highlight .mi, .highlight .mf { color: light-dark(#006400, #7ccf7c); }
.highlight .o, .highlight .ow { color: light-dark(#8a1fd1, #cf94ff); }
.jp-OutputArea-output pre { word-break: normal; overflow-wrap: anywhere; }
</style>
{%- endblock -%}
"""


def as_page(book: Any, title: str) -> str:
    """Return the notebook as HTML: no script, no request, every style inside."""
    try:
        from nbconvert import HTMLExporter
    except ImportError:
        raise needs("nbconvert") from None
    exporter = HTMLExporter(raw_template=TEMPLATE)
    body, _ = exporter.from_notebook_node(book, resources={"metadata": {"name": title}})
    return str(body)
