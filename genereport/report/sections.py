"""From templates to the document: the words of ``templates``, with the numbers, figures and tables of a result.

A template is Markdown with Jinja. Its blocks are ``body``, the section itself, and ``abstract``, ``methods`` and
``limits``, which hold the text of the analysis for these parts of the report. A template sees the results by their
names and chooses between sentences; it computes nothing. A template without any block is a body as a whole.
``docs/templates.md`` lists what a template may use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

from markupsafe import Markup

from genereport import formats
from genereport.analyses.columns import Cell, Grid, Piece, Printed, Sources, Style, Table, Typed
from genereport.analyses.spec import Figure, PageSpec
from genereport.errors import RenderError, nearest
from genereport.report import document as nodes_of
from genereport.report.bibliography import by_identifier
from genereport.report.document import Block, Cite, Code, Inline, Note, Paragraph, Phrase, Section, Value
from genereport.report.filters import code, lineage, section_environment
from genereport.report.markdown import to_blocks, to_paragraph, to_text
from genereport.report.templating import file_of, guarded
from genereport.report.traced import (
    block_mark,
    finalize,
    mark,
    plain,
    printed,
    split_marks,
    trace,
)

Caller = Callable[..., Markup]
Declared = TypeVar("Declared")

_ALT, _FOOTNOTE = "Alt:", "Note:"


class SectionWriter:
    """Fills in the templates of sections with the results of an analysis, or of anything else that is stored.

    Args:
        content: Name → value that templates see; each value is stored under that name in the JSON.
        results: Name of an analysis → its result, for its figures and tables.
        figures: Name → the figure and the name of its analysis.
        tables: Name → the table and the name of its analysis.
        style: How numbers print.
        parts: Templates whose other blocks are joined in the abstract, the methods and the limits, in their order.
        own: Folder of a lab's own templates.
        folder: Folder of the templates, below ``templates``.
        files: Paths of files as templates name them → their true paths, where these differ.
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
        folder: str = "sections",
        files: Mapping[str, str] | None = None,
    ) -> None:
        self._results = results
        self._figures = figures
        self._tables = tables
        self._style = style
        self._parts = parts
        self._folder = folder
        self._environment = section_environment(own)
        self._blocks: list[Block] = []
        self._variables = {name: trace(value, name) for name, value in content.items()} | {
            "style": style,
            "code": lambda text: code((files or {}).get(str(plain(text)), text)),
            "p": self._print_p,
            "p_below": self._print_p_limit,
            "p_letter": "P" if style.p_values == "AMA" else "p",
            "level": f"{formats.general(100 * style.confidence)} %",
            "figure": self._place_figure,
            "table": self._place_table,
            "plain_table": self._place_plain_table,
            "note": self._place_note,
            "each": self._join_blocks,
        }

    @classmethod
    def of_page(cls, page: PageSpec, content: Mapping[str, Any], result: object, style: Style, folder: str) -> Self:
        """Return the writer of a page outside the report, whose figures and tables are all made from one result."""
        figures = {figure.name: (figure, "") for figure in page.figures}
        tables = {table.name: (table, "") for table in page.tables}
        return cls(content, {"": result}, figures, tables, style, folder=folder)

    @property
    def names(self) -> frozenset[str]:
        """The names of the values and functions that every template sees, without those of Jinja's environment."""
        return frozenset(self._variables)

    def write(self, template: str, block: str = "body", **more: Any) -> tuple[Block, ...]:
        """Return the nodes that a block of a template makes; none if the template has no such block.

        Args:
            template: File name in the folder without ``.md.j2``, or path below ``templates`` with it.
            block: Name of the block.
            more: Further values that the template sees.

        Raises:
            RenderError: GR503 with file and line, if the template fails.
        """
        name = self._file(template)
        with guarded(file_of(self._environment, name)):
            return self._parse(self._fill(name, block, more))

    def paragraph(self, template: str, block: str = "body", **more: Any) -> Paragraph:
        """Return all text of a block of a template as one paragraph; empty if the template has no such block.

        Raises:
            RenderError: GR503 with file and line, if the template fails.
        """
        name = self._file(template)
        with guarded(file_of(self._environment, name)):
            return to_paragraph(self._fill(name, block, more))

    def sections(self, templates: Iterable[str]) -> tuple[Section, ...]:
        """Return the sections that the bodies of templates make; empty bodies are left out.

        Raises:
            RenderError: GR503 if a body is not one section.
        """
        return tuple(self._only_section(template, made) for template in templates if (made := self.write(template)))

    def section(self, template: str, **more: Any) -> Section:
        """Return the section that the body of a template makes.

        Raises:
            RenderError: GR503 if the body is not one section.
        """
        return self._only_section(template, self.write(template, **more))

    def _only_section(self, template: str, made: tuple[Block, ...]) -> Section:
        if len(made) != 1 or not isinstance(made[0], Section):
            problem = "The body of a section must have one heading of the first level, at its beginning."
            place = file_of(self._environment, self._file(template))
            raise RenderError("GR503", problem, "Begin it with a line such as '# Title {: #sec-name }'.", place)
        return made[0]

    def alternative_text(self, template: str, figure: str) -> str:
        """Return the alternative text of a figure from the template that shows it, without the rest of the section.

        Args:
            template: File name below ``sections``, without ``.md.j2``.
            figure: Name of the figure.

        Returns:
            An empty text if the template does not show the figure.

        Raises:
            RenderError: GR503 with file and line, if the template fails.
        """
        texts: list[str] = []

        def find(name: str, caller: Caller, **_placed: Any) -> Markup:
            if name == figure:
                texts.append(to_text(self._words_of(name, caller)[1]))
            return Markup()

        def skip(*_: Any, **__: Any) -> Markup:
            return Markup()

        name = self._file(template)
        with guarded(file_of(self._environment, name)):
            self._fill(name, "body", {"figure": find, "table": skip, "plain_table": skip, "note": skip})
        return "".join(texts)

    def text(self, template: str, **more: Any) -> str:
        """Fill in a template of plain text: lines stay as they are, and values are printed without their ids.

        Args:
            template: File name with its ending.
            more: Further values that the template sees.

        Raises:
            RenderError: GR503 with file and line, if the template fails.
        """
        name = f"{self._folder}/{template}"
        with guarded(file_of(self._environment, name)):
            filled = self._environment.get_template(name).render(self._variables | more)
            return to_text(Paragraph(tuple(part for part in split_marks(filled) if not isinstance(part, int))))

    def _file(self, template: str) -> str:
        return template if template.endswith(".md.j2") else f"{self._folder}/{template}.md.j2"

    def _fill(self, name: str, block: str, more: Mapping[str, Any]) -> str:
        """Return a block of a template as Markdown; empty if there is none."""
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
        except Exception:  # noqa: BLE001 - raised again with lines of the template in place of those of compiled code
            self._environment.handle_exception()

    def _join_blocks(self, block: str) -> Markup:
        """Return the texts of a block from all analyses, one after the other; sentences and bullets are joined."""
        filled = [self._fill(self._file(part), block, {}) for part in self._parts]
        lines = [text if text.endswith("\n") else f"{text}\n" for text in filled if text.strip()]
        return Markup("").join(Markup(text) for text in lines)  # noqa: S704 - Markdown of the bundled templates

    def _parse(self, text: str) -> tuple[Block, ...]:
        return to_blocks(text, self._blocks)

    def _place(self, block: Block) -> Markup:
        self._blocks.append(block)
        return block_mark(len(self._blocks) - 1)

    def _print_p(self, value: Any) -> Markup:
        """Print a p-value in running text, with its letter: ``p = 0.012``."""
        text = formats.p_spaced(formats.p_value(plain(value), self._style.p_values))
        lead = formats.p_lead(text, self._style.p_values)
        return mark(Phrase((lead, printed(value, text))))

    def _print_p_limit(self, limit: Any) -> Markup:
        """Print a limit of p-values with their letter: ``p < 0.05``."""
        text = formats.p_value(plain(limit), self._style.p_values)
        return mark(Phrase((f"{formats.p_letter(self._style.p_values)} < ", printed(limit, text))))

    def _place_figure(
        self, name: str, caller: Caller, *, printed: bool = True, width: Literal["full", "half"] = "full"
    ) -> Markup:
        """Place a figure.

        Args:
            name: Its name in the declaration of an analysis.
            caller: Returns the caption and the alternative text.
            printed: Whether it is printed; otherwise it is on the screen only.
            width: ``half``: two such figures, one after the other, stand side by side.
        """
        figure, analysis = _find_declared(name, self._figures, "figure")
        result = self._results[analysis]
        if not figure.applies_to(result):
            return Markup()
        caption, alt = self._words_of(name, caller)
        interactive = figure.interactive(result) if figure.interactive else None
        return self._place(
            nodes_of.Figure(
                figure.id,
                partial(figure.draw, result),
                caption,
                to_text(alt),
                interactive,
                on_paper=bool(plain(printed)),
                half=width == "half",
            )
        )

    def _words_of(self, name: str, caller: Caller) -> tuple[Paragraph, Paragraph]:
        """Return caption and alternative text of a figure."""
        figure, analysis = _find_declared(name, self._figures, "figure")
        seen = (figure.describe(self._results[analysis]),) if figure.describe else ()
        asked = len(getattr(caller, "arguments", ()))  # none for {% call figure("pca") %}
        words = _Words(self._parse(caller(*seen[:asked])))
        if not words.alt:
            raise ValueError(f"The figure '{name}' has no alternative text; begin a paragraph with 'Alt:'.")
        return words.caption, words.alt

    def _place_table(self, name: str, caller: Caller, rows: int | None = None, *, printed: bool | int = True) -> Markup:
        """Place a table.

        Args:
            name: Its name in the declaration of an analysis.
            caller: Returns the caption and the footnote.
            rows: Largest number of rows; None: all.
            printed: Whether it is printed, or the largest number of rows on paper.
        """
        table, analysis = _find_declared(name, self._tables, "table")
        words = _Words(self._parse(caller()))
        grid = table.print(self._results[analysis], self._style, rows)
        node = table_node(table, analysis, grid, words.caption, words.footnote, self._style)
        return self._place(replace(node, printed=_rows_on_paper(plain(printed))))

    def _place_plain_table(
        self,
        id: str,  # noqa: A002
        heads: Sequence[str],
        rows: Iterable[Sequence[Any]] | None = None,
        *,
        caller: Caller,
        numeric: Sequence[int] = (),
        drop_empty: bool = False,
        printed: bool | int = True,
    ) -> Markup:
        """Place a table whose cells the template gives, for values that are in no frame.

        If `rows` is None, the template adds each row by ``row(…)``. With `drop_empty`, columns without content are left
        out. `printed`: whether the table is printed, or the largest number of rows on paper.
        """
        added: list[Sequence[Any]] = []

        def row(*cells: Any) -> Markup:
            added.append(cells)
            return Markup()

        words = _Words(self._parse(caller(row) if rows is None else caller()))
        columns = tuple(nodes_of.Column(head, numeric=place in numeric) for place, head in enumerate(heads))
        cells = tuple(tuple(self._make_cell(cell) for cell in row) for row in (added if rows is None else rows))
        kept = [
            place
            for place in range(len(columns))
            if not (drop_empty and cells)
            or any(to_text(Paragraph((row[place],))) not in ("", formats.MISSING) for row in cells)
        ]
        columns = tuple(columns[place] for place in kept)
        cells = tuple(tuple(row[place] for place in kept) for row in cells)
        on_paper = _rows_on_paper(plain(printed))
        return self._place(nodes_of.Table(id, words.caption, columns, cells, words.footnote, printed=on_paper))

    def _make_cell(self, cell: Any) -> Inline:
        parts = [part for block in self._parse(finalize(cell)) if isinstance(block, Paragraph) for part in block.parts]
        return parts[0] if len(parts) == 1 else Phrase(tuple(parts)) if parts else ""

    def _place_note(self, severity: str, caller: Caller) -> Markup:
        return self._place(Note(str(plain(severity)), _Words(self._parse(caller())).caption))


def _rows_on_paper(printed: bool | int) -> int | None:
    """Return the number of printed rows, as `document.Table` has it."""
    return (None if printed else 0) if isinstance(printed, bool) else printed


class _Words:
    """The text between the tags of a figure or table: its caption, and paragraphs that begin with a sign."""

    def __init__(self, blocks: tuple[Block, ...]) -> None:
        paragraphs = [block for block in blocks if isinstance(block, Paragraph)]
        if len(paragraphs) < len(blocks):
            raise ValueError("A caption may hold paragraphs only.")
        self.alt = _take_paragraph(paragraphs, _ALT)
        self.footnote = _take_paragraph(paragraphs, _FOOTNOTE)
        self.caption = nodes_of.joined(*paragraphs)


def _take_paragraph(paragraphs: list[Paragraph], sign: str) -> Paragraph | None:
    """Remove the paragraph that begins with a sign from the list, and return it without the sign."""
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
    """Return a printed table as a node of the document.

    Args:
        table: Declaration of the table.
        path: Path of the result in the stored JSON; empty if the frame is at the top level.
        grid: Cells of the table.
        caption: Text above the table.
        footnote: Text below the table.
        style: How numbers print.
    """
    columns = tuple(
        nodes_of.Column(
            column.printed_head(style),
            numeric=column.format.numeric,
            source=column.names if table.whole else (),
            form=column.format.name if table.whole else "text",
        )
        for column in grid.columns
    )
    start = f"{path}." if path else ""
    rows = tuple(tuple(_inline(cell, f"{start}{cell.frame or table.frame}") for cell in row) for row in grid.rows)
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
        case Sources():
            keys = tuple(by_identifier().get(identifier, "") for identifier in piece.identifiers)
            row, name = cell.places[piece.place]
            return Cite(keys) if all(keys) else Value(f"{frame}[{row}].{name}", piece.text)
        case _:
            return piece


def _find_declared(name: str, declared: Mapping[str, Declared], kind: str) -> Declared:
    """Return a figure or table by its name; lab templates cannot declare any.

    Raises:
        ValueError: If there is none of that name.
    """
    if name not in declared:
        raise ValueError(f"There is no {kind} '{name}'. {nearest(name, declared)}")
    return declared[name]
