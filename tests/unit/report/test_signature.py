"""Words, tables and figures of the signature and of the known biomarkers follow the numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from genereport.analyses.biomarkers.result import FUSION, Biomarkers
from genereport.analysis import Analysis
from genereport.gallery import tables_of
from genereport.report.composition import section_writer
from genereport.report.document import Block, Cite, Figure, Note, Paragraph, Section, Table, Value, flat, inlines
from tests.analyses import three_against_three
from tests.unit.report.synthetic import four_class, two_class, without_independent_set


def made(analysis: Analysis, **changes: Any) -> Analysis:
    """The analysis with changes of its signature and markers."""
    return analysis.with_results(biomarkers=replace(analysis.biomarkers, **changes))


def signature(analysis: Analysis) -> Section:
    return section_writer(analysis).section("signature")


def markers(analysis: Analysis) -> Section:
    return section_writer(analysis).section("biomarkers")


def text(*blocks: Block) -> str:
    parts = [part for block in blocks for part in inlines(block)]
    return "".join(part if isinstance(part, str) else getattr(part, "text", "") for part in parts)


def words(section: Section) -> str:
    return text(*section.blocks)


def table(section: Section, name: str) -> Table:
    return next(block for block in section.blocks if isinstance(block, Table) and block.id == name)


def figure(section: Section, name: str) -> Figure:
    return next(block for block in section.blocks if isinstance(block, Figure) and block.id == name)


def column(found: Table, head: str) -> list[str]:
    place = [each.head for each in found.columns].index(head)
    return [
        "".join(p if isinstance(p, str) else getattr(p, "text", "") for p in flat(row[place])) for row in found.rows
    ]


def test_the_signature_shows_as_many_genes_as_the_settings_ask_for() -> None:
    analysis = two_class()
    found, result = table(signature(analysis), "tab-signature"), analysis.biomarkers
    assert len(found.rows) == analysis.settings["biomarkers"]["top"] == 30
    assert column(found, "Gene") == list(result.signature["gene"].head(30))
    assert column(found, "Rank") == [str(rank) for rank in range(1, 31)]
    assert column(found, "Freq.") == [f"{100 * share:.0f} %" for share in result.signature["frequency"].head(30)]
    assert "The first genes of the signature. Freq.: selection frequency" in words(signature(analysis))
    biomarkers = analysis.settings["biomarkers"] | {"top": 1}
    one = signature(replace(analysis, settings=analysis.settings | {"biomarkers": biomarkers}))
    assert len(table(one, "tab-signature").rows) == 1


def test_the_cells_of_the_signature_are_traced() -> None:
    row = table(signature(two_class()), "tab-signature").rows[3]
    ids = [cell.id for cell in row if isinstance(cell, Value)]
    assert ids[:3] == [f"biomarkers.signature[3].{name}" for name in ("rank", "symbol", "logFC")]
    assert ids[-1] == "biomarkers.signature[3].evidence"


def test_a_signature_by_p_values_alone_has_no_ranks_side_by_side() -> None:
    alone = made(two_class(), methods=("test",))
    section = signature(alone)
    assert "ranked by p-value alone, because" in words(section)
    assert "of the signature. The complete table" in words(section)
    assert not {"Test", "RFE", "L1", "Forest"} & {each.head for each in table(section, "tab-signature").columns}
    assert not any(isinstance(block, Figure) and block.id == "fig-importance" for block in section.blocks)
    assert not [part for block in section.blocks for part in inlines(block) if isinstance(part, Cite)]
    (told,) = (block for block in section_writer(alone).write("biomarkers", "abstract") if isinstance(block, Paragraph))
    assert text(told).startswith("The first genes of the signature, ranked by p-value alone, are ")


def test_columns_that_hold_nothing_are_left_out() -> None:
    result = two_class().biomarkers
    plain = made(two_class(), signature=result.signature.assign(symbol="", evidence="", logFC=np.nan))
    heads = [each.head for each in table(signature(plain), "tab-signature").columns]
    assert heads == ["Rank", "Gene", "P.Bonferroni", "Freq.", "", "Test", "RFE", "L1", "Forest"]


def test_the_abstract_calls_genes_by_their_symbols_or_else_their_ids() -> None:
    result = two_class().biomarkers
    named = result.signature.assign(symbol=["A", "B", "", "D", "E", *result.signature["symbol"].iloc[5:]])
    (told,) = section_writer(made(two_class(), signature=named)).write("biomarkers", "abstract")
    gene = result.signature["gene"].iloc[2]
    assert text(told) == f"The first genes of the signature are A, B, {gene}, D and E."
    values = [part.id for part in inlines(told) if isinstance(part, Value)]
    assert values[1:3] == ["biomarkers.signature[1].symbol", "biomarkers.signature[2].gene"]


@pytest.mark.parametrize(
    ("opposed", "told"),
    [
        (0, "; in none of them do significant probes have fold changes of opposite sign."),
        (1, "; in 1 of them, significant probes have fold changes of opposite sign."),
        (2, "; in 2 of them, significant probes have fold changes of opposite sign."),
    ],
)
def test_probes_of_one_gene_are_compared(opposed: int, told: str) -> None:
    section = signature(made(two_class(), several=3, opposed=opposed))
    assert f"3 genes of the table are measured by several probes (){told}" in words(section)
    assert column(table(section, "tab-probes"), "Rank") == ["3", "–"]


def test_without_genes_of_several_probes_nothing_is_said_of_any() -> None:
    section = signature(made(two_class(), probes=two_class().biomarkers.probes.head(0)))
    assert "several probes" not in words(section)
    assert not any(isinstance(block, Table) and block.id == "tab-probes" for block in section.blocks)


def test_several_classes_have_no_sign_to_agree_on() -> None:
    probes = two_class().biomarkers.probes
    section = signature(made(four_class(), probes=probes, several=1, opposed=0))
    assert "1 gene of the table is measured by several probes ()." in words(section)
    assert "no single difference with which a listed direction could be compared" in words(
        markers(made(four_class(), measured=1))
    )


def test_the_alternative_texts_tell_what_is_drawn() -> None:
    analysis = four_class()
    section, result = signature(analysis), analysis.biomarkers
    heatmap = figure(section, "fig-heatmap").alt
    assert heatmap.startswith(
        "Heat map of 30 genes by 72 samples, from left to right 8 BL (training), 3 BL (independent), "
    )
    assert "15 RMS (training) and 5 RMS (independent); z-scores from −3 (blue, low) to 3 (red, high)." in heatmap
    assert "truncated at three standard deviations" in text(figure(section, "fig-heatmap"))
    importance = figure(section, "fig-importance").alt
    assert "Ranks of the first 25 genes by four methods, and their selection frequency. The first are " in importance
    ranks = result.signature[["rank_test", "rank_rfe", "rank_l1", "rank_forest"]].iloc[0]
    told = [f"{rank:.0f}" if rank == rank else "–" for rank in ranks]
    assert "(p-value {}, RFE {}, L1 {}, forest {}); ".format(*told) in importance
    assert importance.count("; ") == 2
    expression = figure(section, "fig-expression").alt
    assert "by class, with a point for each of 72 samples. The median of " in expression
    assert " in NB and " in expression
    for alt in (heatmap, importance, expression):
        assert alt.endswith(".")


def test_hollow_points_are_explained_where_there_are_some() -> None:
    assert "points: samples (hollow: independent)." in text(figure(signature(two_class()), "fig-expression"))
    assert "hollow" not in text(figure(signature(without_independent_set()), "fig-expression"))


def test_markers_that_are_not_measured_are_told_in_one_sentence() -> None:
    section = markers(made(two_class(), measured=0))
    assert len(section.blocks) == 1
    assert words(section) == (
        "None of the 112 entries of the bundled marker list (with a citation for each entry) matches a testable gene "
        "of this cohort by probe id or symbol."
    )
    assert words(markers(made(two_class(), measured=0, markers=1))).startswith("None of the 1 entry of ")


def test_a_list_of_ones_own_is_called_by_its_name() -> None:
    analysis = two_class()
    own = replace(analysis, settings=analysis.settings | {"biomarkers": {"file": "our *markers*.tsv", "top": 30}})
    assert "entries of the marker list our *markers*.tsv " in words(markers(own))
    methods = section_writer(own).write("biomarkers", "methods")
    assert "with the 112 entries of the marker list our *markers*.tsv." in text(*methods[0].blocks)  # type: ignore[union-attr]


def test_agreement_is_told_of_directed_markers_alone() -> None:
    told = words(markers(made(two_class(), directed=1, agreeing=1, agreement=1.0)))
    assert (
        "1 of them has independent evidence for a direction between these classes; for 1 of these (100 %), the log"
        in told
    )
    none = words(markers(made(two_class(), directed=0, agreeing=0, agreement=float("nan"))))
    assert "None of them has independent evidence for a direction between these classes." in none


def test_circular_evidence_is_warned_of() -> None:
    analysis = made(two_class(), circular=("Golub50", "other"))
    (planted,) = (block for block in markers(analysis).blocks if isinstance(block, Note))
    assert planted.severity == "warning"
    assert "any class of evidence (Golub50 and other) shows that the simulation works" in text(planted)
    (own,) = (block for block in markers(replace(analysis, simulated=False)).blocks if isinstance(block, Note))
    assert "Evidence of class Golub50 and other was derived from this cohort itself." in text(own)
    assert not [block for block in markers(made(two_class(), circular=())).blocks if isinstance(block, Note)]


def test_sources_are_cited_where_the_bibliography_has_all_of_them() -> None:
    result = two_class().biomarkers
    sources = ["PMID:10521349", "PMID:10521349;PMID:1", "PMID:1", *[""] * (len(result.matched) - 3)]
    section = markers(made(two_class(), matched=result.matched.assign(source=sources)))
    cells = [row[-1] for row in table(section, "tab-markers").rows]
    assert cells[0] == Cite(("golub1999",))
    assert cells[1] == Value("biomarkers.matched[1].source", "PMID:10521349, PMID:1")
    assert cells[2] == Value("biomarkers.matched[2].source", "PMID:1")


def test_the_first_markers_are_shown_and_all_are_counted() -> None:
    result = two_class().biomarkers
    many = result.matched.iloc[np.resize(np.arange(len(result.matched)), 50)]
    section = markers(made(two_class(), matched=many, listed=50))
    assert len(table(section, "tab-markers").rows) == 40
    assert "one row for each probe (50 in all)" in words(section)


def test_tables_of_markers_keep_columns_without_content() -> None:
    result = two_class().biomarkers
    bare = made(two_class(), matched=result.matched.assign(agrees="", rank=np.nan, direction=""))
    heads = [each.head for each in table(markers(bare), "tab-markers").columns]
    assert {"Agrees", "Rank", "Direction"} <= set(heads)
    assert [each.head for each in table(markers(bare), "tab-evidence").columns][-1] == "Circular"


def test_methods_tell_how_the_ranks_were_joined() -> None:
    (fused,) = section_writer(two_class()).write("biomarkers", "methods")
    assert isinstance(fused, Section)
    assert fused.id == "sec-methods-signature"
    assert f"The four rankings were combined by reciprocal rank fusion (constant {FUSION}) " in words(fused)
    (alone,) = section_writer(made(two_class(), methods=("test",))).write("biomarkers", "methods")
    assert words(alone).startswith("Genes were ranked by p-value on the training set.")  # type: ignore[arg-type]


def test_the_class_levels_are_those_of_the_cohort() -> None:
    for analysis in (two_class(), three_against_three()):
        assert isinstance(analysis.biomarkers, Biomarkers)
        assert analysis.biomarkers.classes == tuple(analysis.quality.counts.index)


def test_the_data_folder_gets_the_whole_tables() -> None:
    analysis = two_class()
    written = dict(tables_of(analysis))
    for name, frame in (("signature", analysis.biomarkers.signature), ("biomarkers", analysis.biomarkers.matched)):
        assert list(written[name].columns) == [frame.index.name, *frame.columns]
        assert len(written[name]) == len(frame)
    assert "gene_sets" not in dict(tables_of(analysis.with_results(enrichment=None)))
