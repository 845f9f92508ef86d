"""The reference list, from ``data/references.bib``."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from pybtex.database import BibliographyData, Entry, Person, parse_file
from pybtex.richtext import Text

from genereport.report.document import Reference
from genereport.resources import folder

_MOST_AUTHORS = 6


@cache
def library() -> BibliographyData:
    """Return all entries of the bundled bibliography."""
    return parse_file(str(folder("data") / "references.bib"), bib_format="bibtex")


def reference(key: str) -> Reference:
    """Return an entry as the reference list prints it.

    Raises:
        KeyError: If the bibliography has no such entry.
    """
    entry = library().entries[key]
    doi = entry.fields.get("doi", "")
    link = f"https://doi.org/{doi}" if doi else entry.fields.get("url", "")
    people = entry.persons.get("author") or entry.persons.get("editor") or []
    parts = [f"{_authors(people)} ({entry.fields['year']}).", f"{_plain(entry.fields['title'])}.", _place(entry)]
    return Reference(key, " ".join(filter(None, parts)), link)


@cache
def by_identifier() -> dict[str, str]:
    """Return identifier, ``PMID:…`` or ``DOI:…`` as in the marker list → key of the entry."""
    fields = {"PMID": "pmid", "DOI": "doi"}
    return {
        f"{prefix}:{entry.fields[field]}": key
        for key, entry in library().entries.items()
        for prefix, field in fields.items()
        if field in entry.fields
    }


def bibtex(keys: Iterable[str]) -> str:
    """Return the entries with these keys as BibTeX, in alphabetical order of the keys."""
    chosen = {key: library().entries[key] for key in sorted(set(keys))}
    return str(BibliographyData(entries=chosen).to_string("bibtex"))


def _place(entry: Entry) -> str:
    fields = entry.fields
    where = next((fields[name] for name in ("journal", "booktitle", "publisher", "howpublished") if name in fields), "")
    volume = str(fields.get("volume", "")) + (f"({fields['number']})" if "number" in fields else "")
    text: str = ", ".join(filter(None, [_plain(where), volume, fields.get("pages", "")])).replace("--", "–")
    return f"{text}." if text else ""


def _authors(people: list[Person]) -> str:
    names = [_name(person) for person in people if "others" not in person.last_names]
    if len(names) <= _MOST_AUTHORS:
        return ", ".join(names) + (" et al." if len(names) < len(people) else "")
    return f"{', '.join(names[:3])} et al."


def _name(person: Person) -> str:
    family = _plain(" ".join([*person.prelast_names, *person.last_names]))
    initials = "".join(_plain(name)[:1] for name in [*person.first_names, *person.middle_names])
    return f"{family} {initials}".strip()


def _plain(text: str) -> str:
    return str(Text.from_latex(text))
