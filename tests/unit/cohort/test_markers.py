"""One's own marker list, line by line."""

from __future__ import annotations

from pathlib import Path

import pytest

from genereport.cohort.annotation import load_markers
from genereport.cohort.markers import COLUMNS, OWN, read_knowledge, read_markers
from genereport.errors import CohortError
from genereport.settings import BiomarkerSettings

CLASSES = ("ALL", "AML")


def write(folder: Path, text: str, name: str = "mine.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_list_becomes_what_the_bundled_one_is(tmp_path: Path) -> None:
    known = read_markers(
        write(tmp_path, "Symbol,Direction,Evidence,note\nCD19,ALL,panel,x\nMPO,NA,,y\nCD3E,T-ALL,panel,\n"), CLASSES
    )
    assert list(known.markers.columns) == list(COLUMNS) == list(load_markers().columns)
    assert known.markers["symbol"].tolist() == ["CD19", "MPO", "CD3E"]
    assert known.markers["direction"].tolist() == ["ALL", "", "T-ALL"]
    assert known.markers["evidence"].tolist() == ["panel", OWN, "panel"]
    assert [(found.code, "'note'" in found.message) for found in known.findings] == [("GR314", True)]
    assert [source.role for source in known.sources] == ["biomarkers"]


def test_probes_are_enough(tmp_path: Path) -> None:
    known = read_markers(write(tmp_path, "probes\tsource\nM1_at;M2_at\tPMID:1\n", "mine.tsv"), CLASSES)
    assert known.markers.iloc[0].to_dict() == dict.fromkeys(COLUMNS, "") | {
        "probes": "M1_at;M2_at", "source": "PMID:1", "evidence": OWN
    }  # fmt: skip
    assert known.findings == ()


@pytest.mark.parametrize(
    ("text", "code", "hints"),
    [
        ("gene,direction\nCD19,ALL\n", "GR126", ["'gene'", "'symbol' or 'probes'"]),
        ("symbols,direction\nCD19,ALL\n", "GR126", ["Did you mean 'symbols'?"]),
        (
            "symbol,direction\nCD19,lymphoid\nMPO,AML\n",
            "GR127",
            ["row 2 (CD19): a direction that is no class", "'AML'", "'B-ALL'"],
        ),
        ("symbol,probes\nCD19,\n,\nMPO,x\n", "GR127", ["row 3 (no symbol): neither symbol nor probes"]),
        ("symbol\nCD19\nMPO\ncd19\n", "GR127", ["row 4 (cd19): a symbol that another row has"]),
        ("symbol,probes\nCD19,a_at\nMPO,b_at;a_at\n", "GR127", ["row 3 (MPO): a probe that another row has"]),
        ("symbol,direction\n" + "".join(f"G{n},x\n" for n in range(9)), "GR127", ["row 6 (G4)", "and 4 more"]),
        ("", "GR102", ["empty"]),
    ],
)
def test_every_bad_row_is_named(tmp_path: Path, text: str, code: str, hints: list[str]) -> None:
    with pytest.raises(CohortError, match=code) as refusal:
        read_markers(write(tmp_path, text), CLASSES)
    assert all(hint in str(refusal.value) for hint in hints), str(refusal.value)


def test_both_files_are_read_and_their_sources_kept(tmp_path: Path) -> None:
    sets = write(tmp_path, "A\tx\tCD19\n", "sets.gmt")
    own = write(tmp_path, "symbol\nCD19\n")
    known = read_knowledge(BiomarkerSettings(file=own, gene_sets=sets), CLASSES)
    assert [source.name for source in known.sources] == ["mine.csv", "sets.gmt"]
    assert [found.name for found in known.gene_sets] == ["A"]
    assert len(read_knowledge(BiomarkerSettings(), CLASSES).markers) == len(load_markers())


@pytest.mark.parametrize("setting", ["file", "gene_sets"])
def test_a_missing_file_is_named_by_its_setting(setting: str) -> None:
    with pytest.raises(CohortError, match=rf"GR101.*biomarkers\.{setting}"):
        read_knowledge(BiomarkerSettings(**{setting: Path("nowhere")}), CLASSES)
