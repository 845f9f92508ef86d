"""Find errors in templates that can be found before there are any results to fill them in with."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from jinja2 import Environment, TemplateSyntaxError, meta, nodes

from genereport.errors import RenderError, nearest
from genereport.report.bibliography import library
from genereport.report.filters import lineage
from genereport.report.result_types import ANYTHING, Types, attribute, item, names_of
from genereport.report.templating import file_of, parsed
from genereport.version import __version__

_OF_JINJA = ("self", "super", "caller", "varargs", "kwargs", "loop")
_WITH_WORDS = ("figure", "table", "plain_table", "note")
"""Functions that take their text from a block: ``{% call figure("pca") %} … {% endcall %}``."""


@dataclass(frozen=True)
class Vocabulary:
    """The names that templates of a kind may use.

    Attributes:
        templates: Environment of the templates, with its filters and tests.
        variables: Values and functions → their types.
        results: Top-level names for ids in ``value("…")`` → their types.
        figures: Names of figures.
        tables: Names of tables.
        targets: Patterns of the ids that ``ref`` may refer to.
        find_asset: Raises RenderError if the folder has no such file.
        written_for: Version that the templates were written for; empty if it is not known.
    """

    templates: Environment
    variables: Mapping[str, Types]
    results: Mapping[str, Types]
    figures: Collection[str] = ()
    tables: Collection[str] = ()
    targets: Collection[str] = ()
    find_asset: Callable[[str], object] | None = None
    written_for: str = ""

    def absent(self, name: str) -> str:
        """Return the message on a name that does not exist."""
        other = self.written_for not in ("", __version__)
        told = f"; the template was written for {self.written_for}" if other else ""
        return f"'{name}' is not in this version ({__version__}){told}."


class Problem(NamedTuple):
    """An error in a template.

    Attributes:
        line: Line in the file.
        text: What is wrong, as a whole sentence.
        remedy: What to do about it, as a whole sentence.
    """

    line: int
    text: str
    remedy: str


def check_template(name: str, known: Vocabulary, more: Collection[str] = (), blocks: Collection[str] = ()) -> None:
    """Refuse a template that has an error.

    Args:
        name: Name of the template.
        known: The names that it may use.
        more: Further names that it is given.
        blocks: Names of the blocks that are printed; if empty, all are.

    Raises:
        RenderError: GR503 with file and line of the first problem.
    """
    tree = parsed(known.templates, name)
    _refuse_first([*_Check(tree, known, more).problems(), *_check_blocks(tree, known, blocks)], name, known)


def check_references(name: str, known: Vocabulary) -> None:
    """Refuse a template that extends, includes or imports a template that does not exist.

    Args:
        name: Name of the template.
        known: The names that it may use.

    Raises:
        RenderError: GR503 with file and line of the first problem.
    """
    _refuse_first(list(_other_templates(name, parsed(known.templates, name), known)), name, known)


def _refuse_first(problems: list[Problem], name: str, known: Vocabulary) -> None:
    if problems:
        refuse(min(problems, key=lambda problem: problem.line), file_of(known.templates, name))


def refuse(problem: Problem, file: str) -> None:
    """Raise a problem of a template.

    Raises:
        RenderError: GR503 with file and line.
    """
    raise RenderError("GR503", problem.text, problem.remedy, f"{file}, line {problem.line}")


def undeclared(tree: nodes.Template) -> set[str]:
    """Return the names that a template must be given; none if it cannot be compiled."""
    try:
        return meta.find_undeclared_variables(tree)
    except TemplateSyntaxError:
        return set()


def bound(tree: nodes.Node) -> set[str]:
    """Return the names to which a template itself assigns a value, anywhere."""
    stored = {each.name for each in tree.find_all(nodes.Name) if each.ctx != "load"}
    macros = {each.name for each in tree.find_all(nodes.Macro)}
    modules = {each.target for each in tree.find_all(nodes.Import)}
    return stored | macros | modules | {name for each in tree.find_all(nodes.FromImport) for name in _aliases(each)}


def exported(tree: nodes.Template) -> set[str]:
    """Return the names to which a template assigns a value outside its blocks."""
    kinds = (nodes.Assign, nodes.AssignBlock, nodes.Macro, nodes.Import, nodes.FromImport)
    return {name for each in tree.body if isinstance(each, kinds) for name in bound(nodes.Template([each]))}


def shown(tree: nodes.Node) -> Iterator[tuple[str, str, int]]:
    """Yield the figures and tables that a template shows: ``figure`` or ``table``, the name, and the line."""
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in ("figure", "table") and _constant(call) is not None:
            yield call.node.name, str(_constant(call)), call.lineno


def asks_for_parent(tree: nodes.Node) -> bool:
    """Return whether a template or block prints text from elsewhere: of the block that it replaces, or of a part."""
    calls = (each.node for each in tree.find_all(nodes.Call))
    supers = any(isinstance(each, nodes.Name) and each.name == "super" for each in calls)
    return supers or any(True for _ in tree.find_all(nodes.Include))


def _aliases(node: nodes.FromImport) -> Iterator[str]:
    for each in node.names:
        yield each if isinstance(each, str) else each[1]


def _constant(call: nodes.Call) -> object:
    """Return the first argument of a call if it is a constant."""
    return call.args[0].value if call.args and isinstance(call.args[0], nodes.Const) else None


class _Found(NamedTuple):
    """The value of an expression: its whole name, empty if it is not known, and the types that it may have."""

    path: str
    types: Types


_NOTHING_KNOWN = _Found("", ANYTHING)


class _Check:
    def __init__(self, tree: nodes.Template, known: Vocabulary, more: Collection[str]) -> None:
        self.tree = tree
        self.known = known
        self.more = more

    def problems(self) -> Iterator[Problem]:
        filters = list(self._check_filters())
        yield from filters or self._check_names()
        yield from self._check_attributes()
        yield from self._check_calls()

    def _absent_problem(self, line: int, name: str, names: Collection[str], kind: str = "") -> Problem:
        told = f"The {kind} {self.known.absent(name)}" if kind else self.known.absent(name)
        return Problem(line, told, nearest(name.rpartition(".")[2], names))

    def _check_filters(self) -> Iterator[Problem]:
        for kind, there in ((nodes.Filter, self.known.templates.filters), (nodes.Test, self.known.templates.tests)):
            for each in self.tree.find_all(kind):
                if each.name not in there:
                    yield self._absent_problem(each.lineno, each.name, there, kind.__name__.lower())

    def _check_names(self) -> Iterator[Problem]:
        try:
            names = meta.find_undeclared_variables(self.tree)
        except TemplateSyntaxError as error:
            yield Problem(error.lineno, f"{str(error.message).rstrip('.')}.", "Correct it.")
            return
        outside = exported(self.tree) if any(self.tree.find_all(nodes.Block)) else set()
        for name in sorted(names - {*self.known.variables, *self.more, *self._optional_names, *_OF_JINJA}):
            loads = (each for each in self.tree.find_all(nodes.Name) if each.ctx == "load")
            line = min(each.lineno for each in loads if each.name == name)
            if name in outside:
                yield Problem(line, f"'{name}' is set outside the block that uses it.", "Set it inside the block.")
            else:
                yield self._absent_problem(line, name, {*self.known.variables, *self.more})

    def _check_attributes(self) -> Iterator[Problem]:
        for node in self.tree.find_all((nodes.Getattr, nodes.Getitem)):
            name = _attribute_of(node)
            if name is None or _dotted_name(node) in self._optional_names:
                continue
            owner = self._lookup(node.node, ())  # type: ignore[attr-defined]
            if owner.path and not _has_attribute(owner.types, name):
                yield self._absent_problem(node.lineno, f"{owner.path}.{name}", names_of(owner.types))

    def _check_calls(self) -> Iterator[Problem]:
        with_words = {id(each.call): each for each in self.tree.find_all(nodes.CallBlock)}
        own = bound(self.tree)
        for call in self.tree.find_all(nodes.Call):
            if not isinstance(call.node, nodes.Name) or call.node.name in own:
                continue
            function = call.node.name
            yield from self._check_arguments(call, function)
            if function in _WITH_WORDS and function in self.known.variables and id(call) not in with_words:
                told = f"'{function}' is called without text."
                yield Problem(call.lineno, told, f"Write '{{% call {function}(…) %}} text {{% endcall %}}'.")
            if function == "figure" and id(call) in with_words and _lacks_alt(with_words[id(call)]):
                name = _constant(call)
                told = f"{'The figure' if name is None else repr(name)} has no alternative text."
                yield Problem(call.lineno, told, "Begin a paragraph of its text with 'Alt:'.")

    def _check_arguments(self, call: nodes.Call, function: str) -> Iterator[Problem]:
        """Yield the errors in names that are given as arguments."""
        checks = {
            "value": self._check_value,
            "asset": self._check_asset,
            "ref": self._check_target,
            "cite": self._check_citation,
            "figure": self._check_figure,
            "table": self._check_table,
        }
        for argument in call.args[: None if function == "cite" else 1]:
            if isinstance(argument, nodes.Const) and function in checks:
                yield from checks[function](call.lineno, str(argument.value))

    def _check_figure(self, line: int, name: str) -> Iterator[Problem]:
        if name not in self.known.figures:
            yield self._absent_problem(line, name, self.known.figures, "figure")

    def _check_table(self, line: int, name: str) -> Iterator[Problem]:
        if name not in self.known.tables:
            yield self._absent_problem(line, name, self.known.tables, "table")

    def _check_target(self, line: int, name: str) -> Iterator[Problem]:
        if not any(re.fullmatch(each, name) for each in self.known.targets):
            yield self._absent_problem(line, name, self.known.targets, "section, figure or table")

    def _check_citation(self, line: int, name: str) -> Iterator[Problem]:
        if name not in library().entries:
            yield self._absent_problem(line, name, library().entries, "reference")

    def _check_asset(self, line: int, name: str) -> Iterator[Problem]:
        try:
            if self.known.find_asset:
                self.known.find_asset(name)
        except RenderError as error:
            yield Problem(line, error.problem, error.remedy)

    def _check_value(self, line: int, id: str) -> Iterator[Problem]:  # noqa: A002 - what it is called everywhere
        """Yield an error if the results cannot have a number at an id."""
        path, held, names = "", ANYTHING, list(self.known.results)
        for step in re.findall(r"[^.\[\]]+|\[\d+\]", id):
            if step.startswith("["):
                path, held = path + step, item(held)
            elif (step in self.known.results) if not path else _has_attribute(held, step):
                held = attribute(held, step) if path else self.known.results[step]
                path = f"{path}.{step}".lstrip(".")
            else:
                yield self._absent_problem(line, f"{path}.{step}".lstrip("."), names)
                return
            if not held:
                return
            names = names_of(held)

    @cached_property
    def _optional_names(self) -> set[str]:
        """The names that the template itself tests for before it uses them."""
        tests = [each.node for each in self.tree.find_all(nodes.Test) if each.name in ("defined", "undefined")]
        filters = [each.node for each in self.tree.find_all(nodes.Filter) if each.name in ("default", "d")]
        return {_dotted_name(each) for each in (*tests, *filters) if each is not None} - {""}

    @cached_property
    def _values(self) -> dict[str, list[nodes.Node | None]]:
        """Name → the expressions that are assigned to it; None for an assignment whose value is not known."""
        found: dict[str, list[nodes.Node | None]] = {name: [] for name in bound(self.tree)}
        told = set()
        given: list[tuple[nodes.Node, nodes.Node]] = []
        given += [(each.target, each.node) for each in self.tree.find_all(nodes.Assign)]
        any_item = nodes.Const(None)
        given += [(each.target, nodes.Getitem(each.iter, any_item, "load")) for each in self.tree.find_all(nodes.For)]
        for target, value in given:
            if isinstance(target, nodes.Name):
                found[target.name].append(value)
                told.add(id(target))
        for name in self.tree.find_all(nodes.Name):
            if name.ctx != "load" and id(name) not in told:
                found[name.name].append(None)
        return found

    def _lookup(self, node: nodes.Node, within: tuple[str, ...]) -> _Found:
        """Return the name and the types of the value of an expression.

        Args:
            node: The expression.
            within: The names whose values are being looked up.
        """
        if isinstance(node, nodes.Name):
            return self._variable(node.name, within)
        if not isinstance(node, nodes.Getattr | nodes.Getitem):
            return _NOTHING_KNOWN
        owner = self._lookup(node.node, within)
        name = _attribute_of(node)
        if not owner.path or not owner.types:
            return _NOTHING_KNOWN
        if name is None:
            return _Found(f"{owner.path}[…]", item(owner.types))
        return (
            _Found(f"{owner.path}.{name}", attribute(owner.types, name))
            if _has_attribute(owner.types, name)
            else _NOTHING_KNOWN
        )

    def _variable(self, name: str, within: tuple[str, ...]) -> _Found:
        if name not in self._values:
            return _Found(name, self.known.variables.get(name, ANYTHING))
        values = self._values[name]
        if name in within or name in self.known.variables or not values:
            return _NOTHING_KNOWN
        found = [self._lookup(each, (*within, name)) if each else _NOTHING_KNOWN for each in values]
        if not all(each.types for each in found):
            return _NOTHING_KNOWN
        return _Found(found[0].path, tuple(one for each in found for one in each.types))


def _attribute_of(node: nodes.Node) -> str | None:
    """Return the attribute that an expression takes; None if it takes an item."""
    if isinstance(node, nodes.Getattr):
        return node.attr
    constant = node.arg.value if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const) else None
    return constant if isinstance(constant, str) else None


def _dotted_name(node: nodes.Node) -> str:
    """Return an expression of names alone as it is written; an empty text for any other."""
    if isinstance(node, nodes.Name):
        return node.name
    name = _attribute_of(node)
    owner = _dotted_name(node.node) if name is not None and isinstance(node, nodes.Getattr | nodes.Getitem) else ""
    return f"{owner}.{name}" if owner else ""


def _has_attribute(held: Types, name: str) -> bool:
    try:
        attribute(held, name)
    except AttributeError:
        return False
    return True


def _lacks_alt(block: nodes.CallBlock) -> bool:
    """Return whether no paragraph of the text of a figure can be its alternative text."""
    inside = nodes.Template(block.body)
    data = [each.data for each in inside.find_all(nodes.TemplateData)]
    data += [str(each.value) for each in inside.find_all(nodes.Const)]
    elsewhere = any(True for _ in inside.find_all((nodes.Include, nodes.Call)))
    return not elsewhere and not any("Alt:" in text for text in data)


def _other_templates(own: str, tree: nodes.Template, known: Vocabulary) -> Iterator[Problem]:
    """Yield an error for each template, or name in it, that a template refers to and that does not exist.

    Args:
        own: Name of the template.
        tree: Syntax tree of the template.
        known: The names that it may use.
    """
    there = known.templates.list_templates()
    for each in tree.find_all((nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)):
        other = getattr(each, "template", None)
        name = other.value if isinstance(other, nodes.Const) else None
        if not isinstance(name, str) or getattr(each, "ignore_missing", False):
            continue
        if name not in there:
            yield Problem(each.lineno, f"The template {known.absent(name)}", nearest(name, there))
        elif isinstance(each, nodes.Extends) and own in lineage(known.templates, name):
            yield Problem(
                each.lineno, "The template extends itself.", f"Write 'genereport/{name}' to extend the bundled one."
            )
        elif isinstance(each, nodes.FromImport):
            names = exported(parsed(known.templates, name))
            wanted = [one if isinstance(one, str) else one[0] for one in each.names]
            for absent in (one for one in wanted if one not in names):
                yield Problem(each.lineno, f"In {name}: {known.absent(absent)}", nearest(absent, names))


def _check_blocks(tree: nodes.Template, known: Vocabulary, filled: Collection[str]) -> Iterator[Problem]:
    """Yield an error for each block, or text outside blocks, that is never printed."""
    blocks = [each for each in tree.body if isinstance(each, nodes.Block)]
    for block in blocks if filled else ():
        if block.name not in filled:
            text = f"The block {known.absent(block.name)}"
            yield Problem(block.lineno, text, nearest(block.name, filled))
    if not filled or not (blocks or any(True for _ in tree.find_all(nodes.Extends))):
        return
    outside = [part for each in tree.body if isinstance(each, nodes.Output) for part in each.nodes]
    for part in outside:
        text = part.data if isinstance(part, nodes.TemplateData) else "…"
        if text.strip():
            line = part.lineno + text[: len(text) - len(text.lstrip())].count("\n")
            yield Problem(line, "Text outside the blocks is not printed.", "Put it into a block.")


def blocks_of(templates: Environment, name: str) -> set[str]:
    """Return the blocks of a template and of those that it extends."""
    trees = [parsed(templates, each) for each in lineage(templates, name)]
    return {block.name for tree in trees for block in tree.find_all(nodes.Block)}
