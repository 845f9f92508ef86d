"""One small cohort of counts, written as each kind of file that users have; the table in README.md names the kinds."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from tests.binary_files import rows_of, write_h5ad, write_xlsx

Writer = Callable[[Path], None]

SAMPLES = [f"P{number:02d}" for number in range(1, 13)]
GENES = [f"GENE{number}" for number in range(1, 61)]
CONDITION = ["control"] * 6 + ["treated"] * 6


def draw_counts() -> pd.DataFrame:
    """Draw counts, genes × samples; six genes are four times as high in the treated samples."""
    rng = np.random.default_rng(15)
    mean = np.repeat(rng.lognormal(4, 1.6, len(GENES))[:, None], len(SAMPLES), axis=1)
    mean[:6, 6:] *= 4
    return pd.DataFrame(rng.poisson(rng.gamma(8, mean / 8)), index=pd.Index(GENES, name="gene"), columns=SAMPLES)


def describe_samples(ids: list[str] | None = None) -> pd.DataFrame:
    """Return the sample sheet."""
    sheet = {"sample": ids or SAMPLES, "condition": CONDITION, "age": [*range(41, 53)]}
    return pd.DataFrame(sheet).set_index("sample")


def write_matrix_and_sheet(folder: Path) -> None:
    """Write a matrix with decimal commas and a sample sheet, as German spreadsheet programs export them."""
    draw_counts().to_csv(folder / "matrix.csv", sep=";")
    describe_samples().to_csv(folder / "samples.csv", sep=";")


def write_htseq(folder: Path) -> None:
    """Write counts with the summary rows of htseq-count."""
    counts = draw_counts()
    counts.loc["__no_feature"] = 901
    counts.loc["__ambiguous"] = 77
    counts.to_csv(folder / "counts.tsv", sep="\t")
    describe_samples().to_csv(folder / "samples.tsv", sep="\t")


def write_feature_counts(folder: Path) -> None:
    """Write a table of featureCounts, whose columns are called by BAM files."""
    counts = draw_counts().rename(columns="results/bam/{}.sorted.bam".format).rename_axis("Geneid").reset_index()
    for place, (name, cell) in enumerate({"Chr": "chr1", "Start": 1, "End": 900, "Strand": "+", "Length": 900}.items()):
        counts.insert(place + 1, name, cell)
    text = '# Program:featureCounts v2.0.3; Command:"featureCounts" "-a" "genes.gtf"\n' + counts.to_csv(
        sep="\t", index=False
    )
    (folder / "featurecounts.txt").write_text(text)
    describe_samples().to_csv(folder / "samples.tsv", sep="\t")


def write_cbioportal(folder: Path) -> None:
    """Write expression and clinical data in the layout of cBioPortal."""
    barcodes = [f"TCGA-AB-{number:04d}-01" for number in range(2801, 2813)]
    counts = draw_counts().set_axis(barcodes, axis=1).rename_axis("Hugo_Symbol").reset_index()
    counts.insert(1, "Entrez_Gene_Id", range(1, len(counts) + 1))
    counts.to_csv(folder / "data_mrna_seq_v2_rsem.txt", sep="\t", index=False)
    lines = [
        "#Sample Identifier\tSubtype",
        "#Sample identifier\tSubtype",
        "#STRING\tSTRING",
        "#1\t1",
        "SAMPLE_ID\tSUBTYPE",
    ]
    rows = [f"{barcode}\t{condition}" for barcode, condition in zip(barcodes, CONDITION, strict=True)]
    (folder / "data_clinical_sample.txt").write_text("\n".join([*lines, *rows]) + "\n")


def _series_lines(ids: list[str]) -> list[str]:
    def line(name: str, cells: list[str]) -> str:
        return "\t".join([name, *(f'"{cell}"' for cell in cells)])

    return [
        '!Series_title\t"A small study"',
        '!Series_geo_accession\t"GSE1"',
        line("!Sample_title", SAMPLES),
        line("!Sample_geo_accession", ids),
        line("!Sample_characteristics_ch1", [f"diagnosis: {name}" for name in CONDITION]),
        line("!Sample_characteristics_ch1", [f"age: {age}" for age in range(41, 53)]),
    ]


def write_series(folder: Path) -> None:
    """Write a GEO series matrix with values."""
    ids = [f"GSM{number}" for number in range(1001, 1013)]
    counts = draw_counts().set_axis(ids, axis=1).rename_axis("ID_REF")
    table = counts.to_csv(sep="\t").rstrip("\n")
    lines = [*_series_lines(ids), "!series_matrix_table_begin", table, "!series_matrix_table_end", ""]
    with gzip.open(folder / "GSE1_series_matrix.txt.gz", "wt") as file:
        file.write("\n".join(lines))


def write_series_without_values(folder: Path) -> None:
    """Write a GEO series matrix without values, and the supplementary file that holds them."""
    ids = [f"GSM{number}" for number in range(1001, 1013)]
    lines = [*_series_lines(ids), "!series_matrix_table_begin", '"ID_REF"', "!series_matrix_table_end", ""]
    with gzip.open(folder / "GSE1_series_matrix.txt.gz", "wt") as file:
        file.write("\n".join(lines))
    draw_counts().to_csv(folder / "GSE1_counts.txt.gz", sep="\t")


def write_gct(folder: Path) -> None:
    """Write a GCT file of version 1.2 and its CLS file."""
    counts = draw_counts()
    counts.insert(0, "Description", "na")
    head = f"#1.2\n{len(GENES)}\t{len(SAMPLES)}\n"
    (folder / "cohort.gct").write_text(head + counts.rename_axis("NAME").to_csv(sep="\t"))
    (folder / "cohort.cls").write_text("12 2 1\n# control treated\n" + " ".join(["0"] * 6 + ["1"] * 6) + "\n")


def write_one_table(folder: Path) -> None:
    """Write one table, samples × genes, with the class and a covariate as columns."""
    sheet = describe_samples().rename(columns={"condition": "diagnosis"})
    sheet.join(draw_counts().T).to_csv(folder / "cohort.csv")


def write_logarithms(folder: Path) -> None:
    """Write log2(count + 1) of shallow samples with four decimals, and a sample sheet."""
    np.log2(draw_counts() // 16 + 1).round(4).to_csv(folder / "log2.tsv", sep="\t")
    describe_samples().to_csv(folder / "samples.tsv", sep="\t")


def write_workbook(folder: Path) -> None:
    """Write a workbook with a title above the matrix, and the sample sheet in a sheet of its own."""
    sheets = {"Raw counts": [["Table S1"], [], *rows_of(draw_counts())], "Samples": rows_of(describe_samples())}
    write_xlsx(folder / "cohort.xlsx", sheets)


def write_workbooks(folder: Path) -> None:
    """Write two workbooks, one for the matrix and one for the sample sheet."""
    write_xlsx(folder / "matrix.xlsx", {"Sheet1": rows_of(draw_counts())})
    write_xlsx(folder / "samples.xlsx", {"Sheet1": rows_of(describe_samples())})


def write_parquet(folder: Path) -> None:
    """Write matrix and sample sheet as Parquet files."""
    draw_counts().to_parquet(folder / "matrix.parquet")
    describe_samples().to_parquet(folder / "samples.parquet")


def write_anndata(folder: Path) -> None:
    """Write an .h5ad file with a layer of counts."""
    counts, var = draw_counts().T, pd.DataFrame(index=pd.Index(GENES))
    write_h5ad(folder / "cohort.h5ad", np.log2(counts + 1), describe_samples(), var, {"counts": counts.to_numpy()})


def write_r_objects(folder: Path) -> None:
    """Copy files that R wrote, of another draw of the counts."""
    for name in ("experiment.RData", "matrix.rds", "samples.rds"):
        shutil.copy(Path(__file__).parent / "cases" / "r_objects" / name, folder)


def write_star(folder: Path) -> None:
    """Write one file a sample, as STAR does with --quantMode GeneCounts, unstranded."""
    counts = draw_counts()
    (folder / "star").mkdir()
    for sample in SAMPLES:
        head = "".join(
            f"{name}\t90\t90\t90\n" for name in ("N_unmapped", "N_multimapping", "N_noFeature", "N_ambiguous")
        )
        lines = (f"{gene}\t{count}\t{count // 2}\t{count - count // 2}\n" for gene, count in counts[sample].items())
        (folder / "star" / f"{sample}_ReadsPerGene.out.tab").write_text(head + "".join(lines))
    describe_samples().to_csv(folder / "samples.csv")


def write_salmon(folder: Path) -> None:
    """Write one folder a sample, as salmon does, two transcripts a gene, and the table of transcripts and genes."""
    counts = draw_counts()
    pairs = [(f"{gene}.{number}", gene, share) for gene in GENES for number, share in ((1, 0.75), (2, 0.25))]
    for sample in SAMPLES:
        (folder / "salmon" / sample).mkdir(parents=True)
        reads = [counts.loc[gene, sample] * share for _, gene, share in pairs]
        tpm = 1e6 * np.array(reads) / sum(reads)
        lines = (f"{pair[0]}\t1000\t800\t{rate}\t{read}\n" for pair, rate, read in zip(pairs, tpm, reads, strict=True))
        head = "Name\tLength\tEffectiveLength\tTPM\tNumReads\n"
        (folder / "salmon" / sample / "quant.sf").write_text(head + "".join(lines))
    (folder / "tx2gene.tsv").write_text("".join(f"{transcript}\t{gene}\t{gene}\n" for transcript, gene, _ in pairs))
    describe_samples().to_csv(folder / "samples.csv")


def write_nfcore(folder: Path) -> None:
    """Write the output folder of nf-core/rnaseq, whose table of TPM is not to be read, and its sample sheet."""
    counts = draw_counts().rename_axis("gene_id")
    counts.insert(0, "gene_name", GENES)
    place = folder / "results" / "star_salmon"
    place.mkdir(parents=True)
    for name in ("gene_counts", "gene_counts_length_scaled", "gene_tpm"):
        counts.to_csv(place / f"salmon.merged.{name}.tsv", sep="\t")
    sheet = describe_samples()
    sheet.insert(0, "fastq_1", [f"{sample}_R1.fastq.gz" for sample in SAMPLES])
    sheet.to_csv(folder / "samplesheet.csv")


def write_contrasts(folder: Path) -> None:
    """Write counts, a sample sheet, and a table of contrasts as nf-core/differentialabundance takes it."""
    write_htseq(folder)
    rows = [
        "id,variable,reference,target,blocking",
        "treatment,condition,control,treated,",
        "by_age,condition,control,treated,",
    ]
    (folder / "contrasts.csv").write_text("\n".join(rows) + "\n")


def write_family(folder: Path) -> None:
    """Write a SOFT family of GEO with one table a sample."""
    logs = np.log2(draw_counts() + 60).round(4)
    parts = [
        "^SERIES = GSE1",
        "!Series_title = A small study",
        "^PLATFORM = GPL1",
        "!platform_table_begin",
        "ID\tGene Symbol",
    ]
    parts += [*(f"{gene}\tSYMBOL{place}" for place, gene in enumerate(GENES)), "!platform_table_end"]
    for sample, condition in zip(SAMPLES, CONDITION, strict=True):
        parts += [
            f"^SAMPLE = GSM{sample[1:]}",
            f"!Sample_title = {sample}",
            f"!Sample_characteristics_ch1 = diagnosis: {condition}",
        ]
        parts += ["!Sample_platform_id = GPL1", "!sample_table_begin", "ID_REF\tVALUE"]
        parts += [*(f"{gene}\t{value}" for gene, value in logs[sample].items()), "!sample_table_end"]
    with gzip.open(folder / "GSE1_family.soft.gz", "wt") as file:
        file.write("\n".join(parts) + "\n")


def write_probes(folder: Path) -> None:
    """Write a matrix of probes, a sample sheet, and the table of the platform."""
    draw_counts().to_csv(folder / "matrix.tsv", sep="\t")
    describe_samples().to_csv(folder / "samples.tsv", sep="\t")
    rows = [f"{gene}\tSYMBOL{place}" for place, gene in enumerate(GENES)]
    (folder / "GPL96.txt").write_text(
        "\n".join(["#ID = probe", "#Gene Symbol = symbol", "ID\tGene Symbol", *rows]) + "\n"
    )


WRITERS: dict[str, Writer] = {
    "a CSV or TSV matrix and a sample sheet": write_matrix_and_sheet,
    "counts of htseq-count or STAR in one matrix": write_htseq,
    "a table of featureCounts": write_feature_counts,
    "a study of cBioPortal": write_cbioportal,
    "a GEO series matrix with values": write_series,
    "a GEO series whose values are in a supplementary file": write_series_without_values,
    "a GCT file": write_gct,
    "log2(x + 1) or another logarithm of counts or TPM, CPM, or normalised counts": write_logarithms,
    "one table, samples × genes, with the class as a column": write_one_table,
    "an Excel workbook with a sheet for the matrix and one for the samples": write_workbook,
    "a workbook for each, of Excel or LibreOffice": write_workbooks,
    "Parquet files": write_parquet,
    "an .h5ad file of bulk samples": write_anndata,
    "an R file": write_r_objects,
    "one file a sample of STAR, htseq-count, featureCounts, RSEM or the GDC": write_star,
    "one folder a sample of salmon or kallisto": write_salmon,
    "the output folder of nf-core/rnaseq": write_nfcore,
    "the contrasts of nf-core/differentialabundance": write_contrasts,
    "a SOFT family or a data set (GDS) of GEO": write_family,
    "probes, and the table of their platform": write_probes,
}
"""First words of the row in README.md, up to the semicolon → what writes such files."""
