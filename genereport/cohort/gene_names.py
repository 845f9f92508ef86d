"""Give genes their symbols: from ids that name a gene, and from names that spreadsheet software changed.

The ids of a cohort stay what the file says, and so do its symbols; only empty symbols are filled. No rows are merged.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

import pandas as pd

from genereport.cohort.gene_table import TABLE, are_entrez, are_human, load_genes, resolve_name
from genereport.cohort.spreadsheet import changed_names, possible_genes
from genereport.cohort.wording import counted, quoted
from genereport.errors import Finding, listed

_COPY_ON_Y = re.compile(r"ENSG\d{11}(\.\d+)?_PAR_Y|ENSGR\d{10}(\.\d+)?")
_WITH_SYMBOL = re.compile(r"(ENSG\d{11}(?:\.\d+)?)[|_]([^|_].*)|([^|]+)\|(\d+)")
"""An id that holds a symbol: ``ENSG00000141510.18_TP53``, or TCGA's ``TP53|7157`` and ``?|100130426``."""
_ENSEMBL = re.compile(r"ENS([A-Z]{3,4})?G\d{11}(\.\d+)?(_PAR_Y)?")
_SPECIES = {
    "MUS": "mouse",
    "RNO": "rat",
    "DAR": "zebrafish",
    "SSC": "pig",
    "BTA": "cattle",
    "GAL": "chicken",
    "MMU": "rhesus macaque",
    "CAF": "dog",
    "CAFG": "dog",
    "OCU": "rabbit",
    "OAR": "sheep",
}


class Named(NamedTuple):
    """Genes with their symbols.

    Attributes:
        genes: Index gene id, column ``symbol`` and the others as they were.
        findings: What was filled in, by which rule, and what was left alone.
    """

    genes: pd.DataFrame
    findings: tuple[Finding, ...]


class _Found(NamedTuple):
    symbol: str
    rule: str


def with_gene_names(genes: pd.DataFrame) -> Named:
    """Fill in the symbols that ids and descriptions give, and repair names that are dates where one gene is possible.

    Args:
        genes: Index gene id, columns ``symbol``, ``description``, ``control``.
    """
    ids = [str(gene) for gene in genes.index]
    species = _other_species(ids)
    if species:
        return Named(genes, (*_describe_species(species), *_describe_changed(genes, {}, human=False)))
    found = _symbols_of_ids(ids)
    described = _descriptions_are_symbols(genes)
    written = genes["description"] if described else genes["symbol"]
    ours = [
        not _is_symbol(own, gene) and other.symbol != "" for own, gene, other in zip(written, ids, found, strict=True)
    ]
    symbols = [other.symbol if from_id else own for own, from_id, other in zip(written, ours, found, strict=True)]
    filled = pd.Series(symbols, index=genes.index, dtype=str)
    used = Counter(other.rule for from_id, other in zip(ours, found, strict=True) if from_id)
    named = genes.assign(symbol=filled)
    human = are_human(names_of(named))
    repaired = _repaired(named) if human else {}
    filled = filled.where(~filled.index.isin(repaired), filled.index.to_series().map(repaired))
    findings = (
        *_describe_filled(named, found, used, described=described),
        *(_describe_outdated(named) if human else ()),
        *_describe_changed(genes, repaired, human=human),
    )
    return Named(genes.assign(symbol=filled), findings)


def names_of(genes: pd.DataFrame) -> pd.Series[str]:
    """Return what genes are called: their symbols, and the ids of those without a symbol.

    Args:
        genes: Index gene id, column ``symbol``.
    """
    return genes["symbol"].where(genes["symbol"] != "", genes.index.to_series())


def have_human_names(genes: pd.DataFrame) -> bool:
    """Return whether genes are called as human genes are; judged by their symbols, or by their ids if they have none.

    Args:
        genes: Index gene id, column ``symbol``.
    """
    symbols = genes["symbol"][genes["symbol"] != ""]
    ids = [str(gene) for gene in genes.index]
    return not _other_species(ids) and are_human(symbols if len(symbols) else ids)


def current_symbols(genes: pd.DataFrame) -> dict[str, str]:
    """Return gene id → current symbol of the human genes that are called by a former symbol or an alias.

    Args:
        genes: Index gene id, column ``symbol``.
    """
    if not have_human_names(genes):
        return {}
    found = {str(gene): resolve_name(name) for gene, name in names_of(genes).items()}
    return {gene: one.symbol for gene, one in found.items() if one.symbol and one.rule in ("previous", "alias")}


def _is_symbol(own: str, gene: str) -> bool:
    """Return whether the file itself gives a symbol, which is neither the id again nor an Ensembl id."""
    return own not in ("", gene) and not _ENSEMBL.fullmatch(own)


def _symbols_of_ids(ids: list[str]) -> list[_Found]:
    """Return the symbol that each id gives, and the rule."""
    if sum(_WITH_SYMBOL.fullmatch(name) is not None for name in ids) > len(ids) / 2:
        parts = [_split(name) for name in ids]
        if are_human(part.symbol for part in parts):
            return parts
    if are_entrez(ids):
        entrez = load_genes().entrez
        return [_Found(entrez.get(name, ""), "entrez" if name in entrez else "unknown number") for name in ids]
    return [_of_ensembl(name) for name in ids]


def _of_ensembl(name: str) -> _Found:
    if _COPY_ON_Y.fullmatch(name):
        return _Found("", "copy")
    if not _ENSEMBL.fullmatch(name):
        return _Found("", "")
    found = resolve_name(name)
    return _Found(found.symbol, found.rule if found.symbol else "unknown id")


def _split(name: str) -> _Found:
    parts = _WITH_SYMBOL.fullmatch(name)
    if parts is None or _COPY_ON_Y.match(name):
        return _Found("", "copy") if parts else _of_ensembl(name)
    if parts[1]:
        return _Found("" if parts[2].startswith("ENSG") else parts[2].split("|")[0], "part")
    if parts[3] != "?":
        return _Found(parts[3], "part")
    symbol = load_genes().entrez.get(parts[4], "")
    return _Found(symbol, "entrez" if symbol else "unknown number")


def _descriptions_are_symbols(genes: pd.DataFrame) -> bool:
    """Return whether the file has symbols only in its descriptions, as GTEx's GCT files have."""
    other = bool((genes["description"] != genes.index.to_series()).any())
    return other and not (genes["symbol"] != "").any() and are_human(genes["description"])


def _repaired(genes: pd.DataFrame) -> dict[str, str]:
    """Return gene id → symbol of names that were changed into dates, where one gene is possible and not there yet."""
    names = names_of(genes)
    there = {resolve_name(name).symbol for name in names}
    found = {str(gene): possible_genes(name) for gene, name in names[names.isin(changed_names(names))].items()}
    times = Counter(symbol for symbols in found.values() for symbol in symbols)
    single = {gene: symbols[0] for gene, symbols in found.items() if len(symbols) == 1}
    return {gene: symbol for gene, symbol in single.items() if symbol not in there and times[symbol] == 1}


def _other_species(ids: list[str]) -> str:
    """Return the letters by which Ensembl marks the species of most ids; empty if it is none or human."""
    found = Counter(match[1] for match in map(_ENSEMBL.fullmatch, ids) if match is not None)
    if not found:
        return ""
    letters, times = found.most_common(1)[0]
    return letters or "" if times > len(ids) / 2 else ""


def _describe_species(letters: str) -> tuple[Finding, ...]:
    told = f"of {_SPECIES[letters]}" if letters in _SPECIES else "not of human genes"
    message = (
        f"The gene ids are {told} (ENS{letters}G…). genereport has a table of human genes only, so names of genes are "
        "printed and compared as the file writes them."
    )
    return (Finding("GR382", "note", "genes", message),)


def _describe_filled(
    genes: pd.DataFrame, found: list[_Found], used: Counter[str], *, described: bool
) -> tuple[Finding, ...]:
    """Say how many symbols were filled in by each rule, and what was left alone."""
    told = []
    for rule, kind in (("ensembl", "Ensembl ids"), ("entrez", "ids, which are Entrez numbers")):
        if used[rule]:
            told.append(f"{counted(used[rule], 'gene got its symbol', 'genes got their symbols')} by their {kind}")
    sentences = [f"{', and '.join(told)}, from {TABLE}."] if told else []
    if used["part"]:
        sentences.append(
            f"{counted(used['part'], 'symbol is part of its id', 'symbols are parts of their ids')}, as in "
            f"'{next(str(gene) for gene, one in zip(genes.index, found, strict=True) if one.rule == 'part')}'."
        )
    if described:
        sentences.append("The descriptions in the file are symbols, and were taken as such.")
    if not sentences:
        return ()
    sentences += _left_alone(genes, found)
    return (Finding("GR380", "note", "genes", f"{' '.join(sentences)} The gene ids are as in the file."),)


def _left_alone(genes: pd.DataFrame, found: list[_Found]) -> Iterable[str]:
    """Yield sentences about ids without a symbol, and about symbols of several ids."""
    nameless = (genes["symbol"] == "").to_numpy()
    unknown = [str(gene) for gene, one in zip(genes.index, found, strict=True) if one.rule.startswith("unknown")]
    copies = [str(gene) for gene, one in zip(genes.index, found, strict=True) if one.rule == "copy"]
    shared = genes["symbol"][~nameless].value_counts()
    shared = shared[shared > 1]
    if unknown:
        yield f"{counted(len(unknown), 'id is', 'ids are')} not in the table: {quoted(unknown)}."
    if copies:
        yield (
            f"{counted(len(copies), 'id of a copy', 'ids of copies')} on the Y chromosome got no symbol, which keeps "
            f"the rows apart from those of the X chromosome: {quoted(copies)}."
        )
    if len(shared):
        yield (
            f"{counted(len(shared), 'symbol is', 'symbols are')} shared by several ids, whose rows stay apart: "
            f"{quoted(shared.index)}."
        )


def _describe_outdated(genes: pd.DataFrame) -> tuple[Finding, ...]:
    """Name the symbols that are not current: how they are compared, and which are ambiguous."""
    symbols = [str(name) for name in dict.fromkeys(names_of(genes))]
    found = {name: resolve_name(name) for name in symbols}
    known = [
        (words, [f"{name} ({one.symbol})" for name, one in found.items() if one.rule == rule])
        for rule, words in (("previous", ("former symbol", "former symbols")), ("alias", ("alias", "aliases")))
    ]
    unsure = [name for name, one in found.items() if one.rule == "ambiguous"]
    told = [f"{counted(len(names), *words)} such as {listed(names, 4)}" for words, names in known if names]
    sentences = []
    if told:
        sentences.append(
            f"Some names of genes are not the current symbols of {TABLE}: {' and '.join(told)}. They are printed as in "
            "the file, and compared with markers and gene sets by the current symbols."
        )
    if unsure:
        names = counted(len(unsure), "name", "names")
        sentences.append(f"{names} may stand for several genes, and no current symbol replaces it: {quoted(unsure)}.")
    return (Finding("GR381", "note", "genes", " ".join(sentences)),) if sentences else ()


def _describe_changed(genes: pd.DataFrame, repaired: dict[str, str], *, human: bool) -> tuple[Finding, ...]:
    """Name the ids and symbols that are dates or numbers: which were repaired, and which were not."""
    found = changed_names([*(str(gene) for gene in genes.index), *genes["symbol"]])
    if not found:
        return ()
    fixed = {names_of(genes)[gene]: symbol for gene, symbol in repaired.items()}
    rest = [name for name in found if name not in fixed]
    message = (
        f"{counted(len(found), 'gene name is a date or a number', 'gene names are dates or numbers')}, which "
        "spreadsheet software puts in place of names such as MARCH1 and SEPT2."
    )
    if fixed:
        names = listed((f"'{name}' is {symbol}" for name, symbol in fixed.items()), 20)
        message += f" One gene is possible for {len(fixed)} of them, and its symbol was put beside the id: {names}."
    if rest:
        why = (
            "no single gene is possible, or it is in the file already"
            if human
            else "it is not known that the genes are human"
        )
        message += (
            f" Left as they are, because {why}: {listed(map(_with_possible, rest), 20)}. Different genes may have the "
            "same name now, and no list of genes holds these names; take the names from the original file."
        )
    return (Finding("GR356", "warning", "genes", message),)


def _with_possible(name: str) -> str:
    genes = possible_genes(name)
    return f"'{name}' (of human genes {' or '.join(genes)})" if genes else f"'{name}'"
