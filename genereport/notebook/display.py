"""What a notebook shows of a result: a heading, the key numbers, the first rows of its main table, where to go on."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from genereport import notebook as cards  # noqa: F401 - registers them
from genereport.notebook.summary import card
from genereport.resources import folder


def display(result: object) -> str:
    """A result as HTML that stands alone: no script, no style sheet, nothing that is fetched.

    Raises:
        TypeError: if it is no result.
    """
    return _template().render(card=card(result))


@cache
def _template() -> Template:
    loader = FileSystemLoader(folder("templates"))
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("display.html.j2")
