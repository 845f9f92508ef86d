"""Render views of results as HTML."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from genereport.display import Shown, to_html
from genereport.notebook.view import make_view
from genereport.resources import folder


@to_html.register
def render_html(result: Shown) -> str:
    """Render a result as HTML that stands alone: no script, no style sheet, nothing that is fetched.

    Raises:
        TypeError: If no view is registered for its type.
    """
    return _template().render(view=make_view(result))


@cache
def _template() -> Template:
    loader = FileSystemLoader(folder("templates"))
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("notebook.html.j2")
