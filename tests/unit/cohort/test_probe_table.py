"""Annotation files: which column holds the ids, which the symbols, and what a probe of several genes is called."""

from __future__ import annotations

import gzip
from pathlib import Path

import pandas as pd
import pytest

from genereport.cohort.probe_table import ProbeSymbols, with_probe_symbols
from genereport.errors import CohortError
from tests.unit.cohort.conftest import Study

GPL = """#ID = Affymetrix Probe Set ID
#Gene Symbol = A gene symbol, when one is available
ID\tGB_ACC\tGene Title\tGene Symbol\tENTREZ_GENE_ID
1007_s_at\tU48705\tdiscoidin "domain\tDDR1 /// MIR4640\t780 /// 100616237
1053_at\tM87338\treplication factor C\tRFC2\t5982
117_at\tX51757\t\t---\t
"""
SOFT = "^PLATFORM = GPL96\n!Platform_title = x\n" + GPL.replace("ID\tGB", "!platform_table_begin\nID\tGB")
ASSIGNMENT = """ID\tseqname\tgene_assignment
1007_s_at\tchr1\tNM_1 // DDR1 // discoidin // 6p21 // 780 /// NM_2 // DDR1 // x // 6p21 // 780 /// NR_1 // MIR4640 // y
1053_at\tchr7\tNM_3 // RFC2 // replication // 7q11 // 5982
117_at\tchr1\t---
"""
EXPORT = """"PROBEID","SYMBOL","GENENAME"
"1007_s_at","DDR1","discoidin domain receptor tyrosine kinase 1"
"1007_s_at","MIR4640","microRNA 4640"
"1053_at","RFC2","replication factor C subunit 2, large"
"117_at",NA,NA
"""
ROW_NAMES = '"SYMBOL"\t"GENENAME"\n"1007_s_at"\t"DDR1 /// MIR4640"\t"x"\n"1053_at"\t"RFC2"\t"y"\n"117_at"\tNA\tNA\n'
GCT = "#1.2\n3\t1\nName\tDescription\tS1\n1007_s_at\tDDR1 /// MIR4640\t1\n1053_at\tRFC2\t2\n117_at\tna\t3\n"
MANIFEST = """Illumina, Inc.
[Heading]
Date\t8/4/2010
[Probes]
Species\tProbe_Id\tILMN_Gene\tSymbol
Homo sapiens\t1007_s_at\tDDR1\tDDR1;MIR4640
Homo sapiens\t1053_at\tRFC2\tRFC2
[Controls]
Probe_Id\tReporter_Group_Name
117_at\tnegative
"""


def probes(*ids: str, symbol: str = "") -> pd.DataFrame:
    index = pd.Index(ids or ("1007_s_at", "1053_at", "117_at", "AFFX-x_at"), name="gene", dtype=str)
    return pd.DataFrame({"symbol": symbol, "description": "", "control": False}, index=index)


def annotate(folder: Path, content: str | bytes, genes: pd.DataFrame) -> ProbeSymbols:
    path = folder / "annotation.txt"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return with_probe_symbols(genes, path)


@pytest.mark.parametrize("text", [GPL, SOFT, ASSIGNMENT, EXPORT, ROW_NAMES, GCT, MANIFEST, EXPORT.replace(",", ";")])
def test_symbols_are_found_whatever_the_kind_of_file(tmp_path: Path, text: str) -> None:
    found = annotate(tmp_path, text, probes())
    assert found.genes["symbol"].tolist() == ["DDR1 /// MIR4640", "RFC2", "", ""]
    assert [source.role for source in found.sources] == ["annotation"]
    (finding,) = found.findings
    assert (finding.code, finding.severity) == ("GR383", "note")
    assert "names 2 of 4 genes or probes" in finding.message
    assert "1 probe has several symbols, such as 'DDR1 /// MIR4640'" in finding.message


def test_packed_files_are_read(tmp_path: Path) -> None:
    assert annotate(tmp_path, gzip.compress(GPL.encode()), probes()).genes["symbol"].iloc[1] == "RFC2"


def test_ensembl_ids_of_another_version(tmp_path: Path) -> None:
    """As featureCounts and GTF files give gene_id and gene_name."""
    table = "gene_id\tgene_name\tgene_biotype\nENSG00000141510.18\tTP53\tprotein_coding\n"
    found = annotate(tmp_path, table, probes("ENSG00000141510.16", "ENSG00000136997.19"))
    assert found.genes["symbol"].tolist() == ["TP53", ""]


def test_columns_of_the_symbols_names_that_hold_none_are_passed_over(tmp_path: Path) -> None:
    agilent = (
        "ID\tGENE\tGENE_NAME\tGENE_SYMBOL\nA_1\t780\tdiscoidin domain\tDDR1\nA_2\t5982\treplication factor\tRFC2\n"
    )
    assert annotate(tmp_path, agilent, probes("A_1", "A_2")).genes["symbol"].tolist() == ["DDR1", "RFC2"]
    numbers = "ID\tGENE\tsymbols of it\nA_1\t780\tDDR1\nA_2\t5982\tRFC2\n"
    with pytest.raises(CohortError) as caught:
        annotate(tmp_path, numbers, probes("A_1", "A_2"))
    assert caught.value.code == "GR135"
    assert "'ID', 'GENE', 'symbols of it'" in caught.value.problem


def test_symbols_of_the_matrix_are_replaced_and_counted(tmp_path: Path) -> None:
    found = annotate(tmp_path, GPL, probes(symbol="OLD"))
    assert found.genes["symbol"].tolist() == ["DDR1 /// MIR4640", "RFC2", "OLD", "OLD"]
    assert "2 symbols of the matrix were replaced" in found.findings[0].message


def test_an_annotation_of_other_probes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CohortError) as caught:
        annotate(tmp_path, GPL, probes("ILMN_1", "ILMN_2"))
    assert caught.value.code == "GR134"
    assert "'ILMN_1', 'ILMN_2'" in caught.value.problem
    assert "'1007_s_at', '1053_at', '117_at'" in caught.value.problem


def test_an_annotation_of_few_probes_is_a_warning(tmp_path: Path) -> None:
    few = annotate(tmp_path, GPL, probes("1053_at", *(f"p{row}" for row in range(9))))
    assert few.findings[0].severity == "warning"
    assert "names 1 of 10" in few.findings[0].message


@pytest.mark.parametrize("text", ["ID\tsymbol\n", "# only\n# comments\n"])
def test_a_file_without_a_table_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(CohortError) as caught:
        annotate(tmp_path, text, probes())
    assert caught.value.code == "GR102"


def test_a_cohort_is_read_with_its_annotation(study: Study) -> None:
    table = "ID\tGene Symbol\n" + "".join(f"{gene}\tSEPT{row % 9 + 1}\n" for row, gene in enumerate(study.genes))
    cohort = study.write(annotation__txt=table).read(f"cohort.annotation={study.folder / 'annotation.txt'}")
    assert cohort.genes["symbol"].iloc[:2].tolist() == ["SEPT1", "SEPT2"]
    assert "annotation.txt" in [source.name for source in cohort.sources]
    assert {"GR381", "GR383"} <= {finding.code for finding in cohort.findings}
    assert study.refusal(f"cohort.annotation={study.folder / 'none.txt'}").code == "GR101"
