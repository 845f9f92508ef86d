"""From templates to the document: the words of ``templates/sections``, with the numbers, figures and tables of a result.

A template is Markdown with Jinja. It has blocks: ``body``, the section itself, and what the analysis says elsewhere,
``abstract``, ``methods`` and ``limits``. It sees the results by their names and chooses between sentences; it computes
nothing. A template without any block is a body as a whole. ``docs/templates.md`` lists what it may use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from jinja2 import Environment, StrictUndefined, nodes
from markupsafe import Markup

from genereport import __version__, formats, names
from genereport.analyses.columns import Cell, Grid, Piece, Printed, Style, Table, Typed
from genereport.analyses.spec import Figure
from genereport.errors import RenderError, nearest
from genereport.report import document as nodes_of
from genereport.report.document import Block, Cite, Code, Inline, Link, Note, Paragraph, Phrase, Ref, Section, Value
from genereport.report.markdown import to_blocks, to_text
from genereport.report.templating import environment, file_of, guarded, parsed
from genereport.report.traced import (
    block_mark,
    finalize,
    id_of,
    is_skipped,
    joined,
    mark,
    name_of,
    plain,
    printed,
    trace,
)

Caller = Callable[..., Markup]
Declared = TypeVar("Declared")

_ALT, _FOOTNOTE = "Alt:", "Note:"


class SectionWriter:
    """Fills the templates of sections in with the results of an analysis, or of anything else that is stored.

    Args:
        content: What templates see: name → value, each of which stands under that name in the stored JSON.
        results: Name of an analysis → its result, for its figures and tables.
        figures: Name → the figure and the name of the analysis that it is of.
        tables: Name → the table and the name of the analysis that it is of.
        style: How numbers print.
        parts: Templates whose other blocks speak in the abstract, the methods and the limits, in their order.
        own: Folder of a lab's own templates.
    """

    def __init__(
        self,
        content: Mapping[str, Any],
        results: Mapping[str, Any],
        figures: Mapping[str, tuple[Figure, str]],
        tables: Mapping[str, tuple[Table, str]],
        style: Style,
        parts: Sequence[str] = (),
        own: Path | None = None,
    ) -> None:
        self._results = results
        self._figures = figures
        self._tables = tables
        self._style = style
        self._parts = parts
        self._environment = section_environment(own)
        self._blocks: list[Block] = []
        self._variables = {name: trace(value, name) for name, value in content.items()} | {
            "style": style,
            "p": self._p,
            "p_letter": "P" if style.p_values == "AMA" else "p",
            "level": f"{formats.general(100 * style.confidence)} %",
            "figure": self._figure,
            "table": self._table,
            "plain_table": self._plain_table,
            "note": self._note,
            "each": self._each,
        }

    @property
    def names(self) -> frozenset[str]:
        """The values and functions that every template sees; those of Jinja's environment come on top."""
        return frozenset(self._variables)

    def write(self, template: str, block: str = "body", **more: Any) -> tuple[Block, ...]:
        """The nodes that a block of a template makes; none if the template has no such block.

        Args:
            template: Its file below ``sections`` without ``.md.j2``, or below the folder of templates with it.
            block: The block.
            more: What it sees besides.

        Raises:
            RenderError: GR503 with file and line, if the template fails.
        """
        name = _file_name(template)
        with guarded(file_of(self._environment, name)):
            return self._parsed(self._filled(name, block, more))

    def section(self, template: str, **more: Any) -> Section:
        """The section that the body of a template makes.

        Raises:
            RenderError: GR503 if the body is not one section.
        """
        made = self.write(template, **more)
        if len(made) != 1 or not isinstance(made[0], Section):
            problem = "The body of a section must have one heading of the first level, at its beginning."
            place = file_of(self._environment, _file_name(template))
            raise RenderError("GR503", problem, "Begin it with a line such as '# Title {: #sec-name }'.", place)
        return made[0]

    def _filled(self, name: str, block: str, more: Mapping[str, Any]) -> str:
        """A block of a template as Markdown; empty if there is none."""
        loaded = [self._environment.get_template(each) for each in lineage(self._environment, name)]
        context = loaded[0].new_context({**self._variables, **more})
        for parent in loaded[1:]:
            for each, filled in parent.blocks.items():
                context.blocks.setdefault(each, []).append(filled)
        whole = block == "body" and not context.blocks
        if not whole and block not in context.blocks:
            return ""
        try:
            return "".join(loaded[0].root_render_func(context) if whole else context.blocks[block][0](context))
        except Exception:  # noqa: BLE001 - raised again, with the lines of the template in place of those of its code
            self._environment.handle_exception()

    def _each(self, block: str) -> Markup:
        """What every analysis says in a block, one after the other."""
        filled = [self._filled(_file_name(part), block, {}) for part in self._parts if self._has(part)]
        return Markup("\n").join(Markup(text) for text in filled)  # noqa: S704 - Markdown of our own templates

    def _has(self, part: str) -> bool:
        return _file_name(part) in self._environment.list_templates()

    def _parsed(self, text: str) -> tuple[Block, ...]:
        return to_blocks(text, self._blocks)

    def _placed(self, block: Block) -> Markup:
        self._blocks.append(block)
        return block_mark(len(self._blocks) - 1)

    def _p(self, value: Any) -> Markup:
        """A p-value in running text, with its letter: ``p = 0.012``."""
        text = formats.p_spaced(formats.p_value(plain(value), self._style.p_values))
        lead = formats.p_lead(text, self._style.p_values)
        return mark(Phrase((lead, printed(value, text))))

    def _figure(self, name: str, caller: Caller) -> Markup:
        figure, analysis = _named(name, self._figures, "figure")
        seen = (figure.describe(self._results[analysis]),) if figure.describe else ()
        asked = len(getattr(caller, "arguments", ()))  # {% call figure("pca") %} does without
        words = _Words(self._parsed(caller(*seen[:asked])))
        if not words.alt:
            raise ValueError(f"The figure '{name}' has no alternative text; begin a paragraph with 'Alt:'.")
        result = self._results[analysis]
        interactive = figure.interactive(result) if figure.interactive else None
        return self._placed(
            nodes_of.Figure(figure.id, lambda: figure.draw(result), words.caption, to_text(words.alt), interactive)
        )

    def _table(self, name: str, caller: Caller, rows: int | None = None) -> Markup:
        table, analysis = _named(name, self._tables, "table")
        words = _Words(self._parsed(caller()))
        grid = table.print(self._results[analysis], self._style, rows)
        return self._placed(table_node(table, analysis, grid, words.caption, words.footnote, self._style))

    def _plain_table(
        self,
        id: str,  # noqa: A002 - what it is called everywhere
        heads: Sequence[str],
        rows: Iterable[Sequence[Any]],
        caller: Caller,
        numeric: Sequence[int] = (),
    ) -> Markup:
        """A table whose cells the template gives, for what is no frame."""
        words = _Words(self._parsed(caller()))
        columns = tuple(nodes_of.Column(head, numeric=place in numeric) for place, head in enumerate(heads))
        cells = tuple(tuple(self._cell(cell) for cell in row) for row in rows)
        return self._placed(nodes_of.Table(id, words.caption, columns, cells, words.footnote))

    def _cell(self, cell: Any) -> Inline:
        parts = [part for block in self._parsed(finalize(cell)) if isinstance(block, Paragraph) for part in block.parts]
        return parts[0] if len(parts) == 1 else Phrase(tuple(parts))

    def _note(self, severity: str, caller: Caller) -> Markup:
        return self._placed(Note(str(severity), _Words(self._parsed(caller())).caption))


class _Words:
    """What stands between the tags of a figure or table: its caption, and what begins with a sign of its own."""

    def __init__(self, blocks: tuple[Block, ...]) -> None:
        paragraphs = [block for block in blocks if isinstance(block, Paragraph)]
        if len(paragraphs) < len(blocks):
            raise ValueError("A caption holds paragraphs and nothing else.")
        self.alt = _taken(paragraphs, _ALT)
        self.footnote = _taken(paragraphs, _FOOTNOTE)
        self.caption = nodes_of.joined(*paragraphs)


def _taken(paragraphs: list[Paragraph], sign: str) -> Paragraph | None:
    """Take the paragraph that begins with a sign out of the list."""
    for place, paragraph in enumerate(paragraphs):
        first = paragraph.parts[0] if paragraph.parts else ""
        if isinstance(first, str) and first.startswith(sign):
            del paragraphs[place]
            rest = first.removeprefix(sign).lstrip()
            return Paragraph((rest, *paragraph.parts[1:]) if rest else paragraph.parts[1:])
    return None


def table_node(
    table: Table, path: str, grid: Grid, caption: Paragraph, footnote: Paragraph | None, style: Style
) -> nodes_of.Table:
    """A printed table as a node of the document.

    Args:
        table: Its declaration.
        path: Path of the result in the stored JSON; empty where the frame stands at the top.
        grid: Its cells.
        caption: Above it.
        footnote: Below it.
        style: How numbers print.
    """
    frame = f"{path}.{table.frame}" if path else table.frame
    columns = tuple(
        nodes_of.Column(
            column.printed_head(style),
            numeric=column.format.numeric,
            source=column.names if table.whole else (),
            form=column.format.name if table.whole else "text",
        )
        for column in grid.columns
    )
    rows = tuple(tuple(_inline(cell, frame) for cell in row) for row in grid.rows)
    return nodes_of.Table(table.id, caption, columns, rows, footnote, table.whole)


def _inline(cell: Cell, frame: str) -> Inline:
    parts = tuple(_node(piece, cell, frame) for piece in cell.pieces)
    return parts[0] if len(parts) == 1 else Phrase(parts)


def _node(piece: Piece, cell: Cell, frame: str) -> Inline:
    match piece:
        case Printed():
            row, name = cell.places[piece.place]
            return Value(f"{frame}[{row}].{name}", piece.text)
        case Typed():
            return Code(piece.text)
        case _:
            return piece


def _file_name(template: str) -> str:
    return template if template.endswith(".md.j2") else f"sections/{template}.md.j2"


def _named(name: str, declared: Mapping[str, Declared], kind: str) -> Declared:
    """A figure or table by its name, which is always the analyses' own.

    Raises:
        ValueError: if there is none.
    """
    if name not in declared:
        raise ValueError(f"There is no {kind} '{name}'. {nearest(name, declared)}")
    return declared[name]


def lineage(templates: Environment, name: str) -> list[str]:
    """A template and those that it extends, itself first."""
    found = [name]
    while True:
        parents = [each.template for each in parsed(templates, found[-1]).find_all(nodes.Extends)]
        constants = [str(each.value) for each in parents if isinstance(each, nodes.Const)]
        if not constants or constants[0] in found:
            return found
        found.append(constants[0])


class _Absent(StrictUndefined):
    """What a template names and the results do not have; an error tells it by its whole name."""

    __slots__ = ()

    @property
    def _undefined_message(self) -> str:
        owner = name_of(self._undefined_obj)
        if self._undefined_hint or not owner:
            return super()._undefined_message
        return f"'{owner}.{self._undefined_name}' is not in this version ({__version__})"


@cache
def section_environment(own: Path | None = None) -> Environment:
    """The environment of all templates, with what those of sections use besides."""
    made = environment(own).overlay(finalize=finalize, undefined=_Absent)
    made.globals = made.globals | {"ref": _ref, "cite": _cite, "code": _code, "link": _link}
    made.filters = made.filters | _FILTERS
    made.tests = made.tests | {
        "skipped": is_skipped,
        "missing": _is_missing,
        "none": lambda value: plain(value) is None,
    }
    return made


def _ref(target: str) -> Markup:
    return mark(Ref(str(target)))


def _cite(*keys: str) -> Markup:
    return mark(Cite(tuple(map(str, keys))))


def _code(text: Any) -> Markup:
    return mark(Code(str(plain(text))))


def _link(part: Any, target: Any) -> Markup:
    return mark(Link(printed(part), str(plain(target))))


def _is_missing(value: Any) -> bool:
    """Whether a value is None or NaN."""
    held = plain(value)
    return held is None or held != held  # noqa: PLR0124 - NaN is not equal to itself


def _form(form: Callable[..., str]) -> Callable[..., Markup]:
    """A filter that prints a value with its id; extra arguments go to the format."""

    def print_value(value: Any, *options: Any) -> Markup:
        held = plain(value)
        return mark(printed(value, formats.MISSING if held is None else form(held, *options)))

    return print_value


def _count(value: float, none: str = "") -> str:
    return none if none and value == 0 else formats.count(value)


def _plural(number: Any, one: str, many: str | None = None) -> str:
    return formats.plural(plain(number), one, many)


def _interval(row: Any, low: str = "ci_low", high: str = "ci_high", digits: int = 3) -> Markup:
    return _limits(row[low], row[high], digits)


def _limits(low: Any, high: Any, digits: int = 3) -> Markup:
    text = formats.fixed(plain(low), digits)
    if text == formats.MISSING:
        return mark(printed(low, formats.NOT_ESTIMABLE))
    return mark(Phrase((printed(low, text), " to ", printed(high, formats.fixed(plain(high), digits)))))


def _model(record: Any) -> str:
    return names.model_name(str(plain(record.model)), str(plain(record.features)))


def _as_words(value: Any, *words: str) -> Markup:
    """A small number in words, from 0 on: ``{{ n | words("none", "one") }}``; others as they are."""
    held = plain(value)
    return mark(printed(value, words[held] if 0 <= held < len(words) else formats.count(held)))


def _upper_first(text: str) -> str:
    return text[:1].upper() + text[1:]


_FILTERS: dict[str, Callable[..., Any]] = {
    "count": _form(_count),
    "percent": _form(formats.percent),
    "whole_percent": _form(lambda share: f"{100 * share:.4g} %"),
    "fixed": _form(formats.fixed),
    "two": _form(formats.two),
    "general": _form(formats.general),
    "printed": _form(str),
    "words": _as_words,
    "plural": _plural,
    "interval": _interval,
    "limits_to": _limits,
    "code": _code,
    "listed": joined,
    "model": _model,
    "model_name": lambda model: names.bare_name(str(plain(model))),
    "in_sentence": names.in_sentence,
    "upper_first": _upper_first,
    "scale_name": lambda scale: names.scale_name(str(plain(scale))),
    "unit_name": lambda unit, part: getattr(names.UNIT_NAMES[plain(unit)], part),
    "plain": plain,
    "id": id_of,
}
