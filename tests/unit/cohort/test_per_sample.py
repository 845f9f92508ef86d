"""Folders with one file a sample: what is recognised, which column counts, and how transcripts become genes."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from genereport.cli.study import list_files
from genereport.cohort.model import Cohort, Source
from genereport.cohort.new_samples import read_new_samples
from genereport.cohort.reader import read_cohort
from genereport.cohort.recognition import recognise
from genereport.errors import CohortError
from genereport.settings import resolve
from tests.unit.cohort.quantified import (
    COUNTS,
    GENES,
    LABELS,
    SAMPLES,
    Transcripts,
    feature_counts,
    gdc,
    htseq,
    rows,
    rsem_genes,
    sheet,
    star,
    write,
)


def read(folder: Path, *assignments: str) -> Cohort:
    return read_cohort(resolve(environment={}, assignments=assignments, overrides={"cohort": {"study": folder}}))


def refusal(folder: Path, *assignments: str) -> CohortError:
    with pytest.raises(CohortError) as caught:
        read(folder, *assignments)
    return caught.value


def told(cohort: Cohort, code: str) -> str:
    return " ".join(finding.message for finding in cohort.findings if finding.code == code)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("{}ReadsPerGene.out.tab", lambda sample: star(COUNTS[sample], (0.5, 0.48))),
        ("{}_ReadsPerGene.out.tab", lambda sample: star(COUNTS[sample], (0.5, 0.48))),
        ("{}/ReadsPerGene.out.tab", lambda sample: star(COUNTS[sample], (0.5, 0.48))),
        ("{}.counts", lambda sample: htseq(COUNTS[sample])),
        ("{}.htseq.counts.txt", lambda sample: htseq(COUNTS[sample])),
        ("{}/counts.txt", lambda sample: htseq(COUNTS[sample])),
        ("{}.featureCounts.txt", lambda sample: feature_counts(SAMPLES[sample], COUNTS[sample])),
        ("{}.genes.results", lambda sample: rsem_genes(COUNTS[sample] - 0.25)),
        ("{}.rna_seq.augmented_star_gene_counts.tsv", lambda sample: gdc(COUNTS[sample])),
    ],
)
def test_counts_of_genes_of_each_program(name: str, text: Callable[[int], str], tmp_path: Path) -> None:
    sheet(tmp_path)
    for place, sample in reversed(list(enumerate(SAMPLES))):
        path = write(tmp_path / name.format(sample), text(place))
        if place % 2:
            path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes()))
            path.unlink()
    cohort = read(tmp_path)
    assert cohort.layout == "one file a sample"
    found = cohort.expression.loc[list(SAMPLES), list(GENES)]
    np.testing.assert_array_equal(found, COUNTS)
    assert cohort.expression.shape == (8, 40)
    assert cohort.samples.loc[list(SAMPLES), "class"].tolist() == list(LABELS)
    assert "8 files" in told(cohort, "GR360")
    assert len(cohort.sources) == 9
    assert len({source.name for source in cohort.sources}) == 9


def test_the_strand_of_star_is_inferred_and_named(tmp_path: Path) -> None:
    sheet(tmp_path)
    for place, sample in enumerate(SAMPLES):
        write(tmp_path / f"{sample}ReadsPerGene.out.tab", star(COUNTS[place], (0.01, 0.97)))
    cohort = read(tmp_path)
    np.testing.assert_array_equal(cohort.expression[list(GENES)], np.round(COUNTS * 0.97))
    forward, reverse = np.round(COUNTS * 0.01).sum(), np.round(COUNTS * 0.97).sum()
    assert f"{forward:,.0f} reads forward and {reverse:,.0f} reverse over 8 samples" in told(cohort, "GR361")
    chosen = read(tmp_path, "cohort.strand=unstranded")
    np.testing.assert_array_equal(chosen.expression[list(GENES)], COUNTS)
    assert "cohort.strand" in told(chosen, "GR361")


@pytest.mark.parametrize(
    ("shares", "said"), [((0.97, 0.02), "1 sample is forward"), ((0.3, 0.6), "1 sample is unclear")]
)
def test_samples_that_disagree_on_the_strand_are_refused(shares, said: str, tmp_path: Path) -> None:
    sheet(tmp_path)
    for place, sample in enumerate(SAMPLES):
        text = star(COUNTS[place], shares if place == 3 else (0.02, 0.98))
        write(tmp_path / f"{sample}ReadsPerGene.out.tab", text)
    error = refusal(tmp_path)
    assert error.code == "GR192"
    assert "7 samples are reverse" in error.problem
    assert f"{said} (S04 with" in error.problem


def test_the_gdc_is_unstranded_unless_a_setting_says_otherwise(tmp_path: Path) -> None:
    names = [f"{number}{number}-aa.rna_seq.augmented_star_gene_counts.tsv" for number in range(8)]
    sheet(tmp_path / "sheet", names)  # as the sample sheet of the portal: by file name
    for place, name in enumerate(names):
        write(tmp_path / "files" / f"uuid{place}" / name, gdc(COUNTS[place]))
    labels = f"cohort.labels={tmp_path / 'sheet' / 'samples.tsv'}"
    cohort = read(tmp_path / "files", labels)
    assert list(cohort.samples.index) == names
    np.testing.assert_array_equal(cohort.expression[list(GENES)], COUNTS)
    assert cohort.genes.loc[GENES[7], "symbol"] == "SYM7"
    reverse = read(tmp_path / "files", labels, "cohort.strand=reverse")
    np.testing.assert_array_equal(reverse.expression[list(GENES)], COUNTS - COUNTS // 2)


def test_names_of_gene_expression_omnibus(tmp_path: Path) -> None:
    ids = [f"GSM10{number}" for number in range(8)]
    sheet(tmp_path, ids)
    for place, name in enumerate(ids):
        write(tmp_path / f"{name}_{'KO' if place % 2 else 'WT'}{place}.counts.txt", htseq(COUNTS[place]))
    assert list(read(tmp_path).samples.index) == ids


def test_genes_without_reads_are_zero_only_if_the_program_leaves_them_out(tmp_path: Path) -> None:
    sheet(tmp_path)
    for place, sample in enumerate(SAMPLES):
        write(tmp_path / f"{sample}.counts", htseq(COUNTS[place][place:], GENES[place:]))
    cohort = read(tmp_path)
    expected = np.where(np.arange(40) < np.arange(8)[:, None], 0, COUNTS)
    np.testing.assert_array_equal(cohort.expression[list(GENES)], expected)
    assert "7 of the 42 genes are missing from some files" in told(cohort, "GR363")
    write(tmp_path / "S03.counts", htseq([0, *COUNTS[2][3:]], GENES[2:]))
    error = refusal(tmp_path)
    assert error.code == "GR191"
    assert f"'S02.counts' lacks 1 of 42, such as '{GENES[0]}'" in error.problem


def test_another_order_of_the_genes(tmp_path: Path) -> None:
    sheet(tmp_path)
    for place, sample in enumerate(SAMPLES):
        order = np.random.default_rng(place).permutation(40)
        write(tmp_path / f"{sample}.counts", htseq(COUNTS[place][order], [GENES[each] for each in order]))
    np.testing.assert_array_equal(read(tmp_path).expression[list(GENES)], COUNTS)
    write(tmp_path / "S02.counts", htseq(COUNTS[1], (GENES[1], *GENES[1:])))
    assert refusal(tmp_path).code == "GR191"


def test_a_sample_that_is_found_twice_is_refused(tmp_path: Path) -> None:
    sheet(tmp_path)
    for place, sample in enumerate(SAMPLES):
        write(tmp_path / f"{sample}.counts", htseq(COUNTS[place]))
    write(tmp_path / "again" / "S02.counts.txt", htseq(COUNTS[1]))
    error = refusal(tmp_path)
    assert error.code == "GR109"
    assert "'S02': S02.counts, again/S02.counts.txt" in error.problem


def test_files_of_two_programs_are_refused(tmp_path: Path) -> None:
    sheet(tmp_path)
    for place, sample in enumerate(SAMPLES):
        write(tmp_path / f"{sample}.counts", htseq(COUNTS[place]))
    write(tmp_path / "S02ReadsPerGene.out.tab", star(COUNTS[1]))
    error = refusal(tmp_path)
    assert (error.code, "8 of htseq-count" in error.problem, "1 of STAR" in error.problem) == ("GR190", True, True)
    write(tmp_path / "expression.tsv", rows(("gene", *SAMPLES), *zip(GENES, *COUNTS, strict=True)))
    assert read(tmp_path).layout == "matrix"


def test_a_folder_without_a_sheet_is_first_named_for_what_it_is(tmp_path: Path) -> None:
    for place, sample in enumerate(SAMPLES):
        write(tmp_path / f"{sample}.counts", htseq(COUNTS[place]))
    error = refusal(tmp_path)
    assert error.code == "GR112"
    assert error.problem.startswith("This is a folder with 8 files of htseq-count, one sample each. No sample sheet")


def test_check_sums_up_many_files() -> None:
    sources = [Source("expression", f"S{number}.counts", 10, "0" * 64) for number in range(30)]
    listed = list_files([*sources, Source("labels", "samples.tsv", 5, "1" * 64)])
    assert len(listed) == 9
    assert listed[7] == ("  expression", "and 23 more", "230 bytes", "")
    assert listed[8][1] == "samples.tsv"


def test_a_row_that_was_cut_off_is_named(tmp_path: Path) -> None:
    sheet(tmp_path)
    for place, sample in enumerate(SAMPLES):
        text = star(COUNTS[place])
        write(tmp_path / f"{sample}ReadsPerGene.out.tab", text[: text.rindex("\t")] if place == 5 else text)
    error = refusal(tmp_path)
    assert (error.code, error.where) == ("GR108", "S06ReadsPerGene.out.tab, row 44")
    write(tmp_path / "S06ReadsPerGene.out.tab", star(COUNTS[5]).replace(GENES[9] + "\t", GENES[9] + "\tx", 1))
    assert (refusal(tmp_path).code, refusal(tmp_path).where) == (
        "GR106",
        "S06ReadsPerGene.out.tab, row 14, column 'unstranded'",
    )


def written(folder: Path, name: str, text: Callable[[int], str]) -> None:
    sheet(folder)
    for place, sample in enumerate(SAMPLES):
        write(folder / name.format(sample), text(place))


def tximport(transcripts: Transcripts) -> pd.DataFrame:
    """lengthScaledTPM, gene by gene from the published definition."""
    frame = pd.DataFrame(index=list(SAMPLES), columns=list(GENES), dtype=float)
    sums, names = [], np.array(GENES)[transcripts.gene]
    for gene in GENES:
        mine = names == gene
        tpm, length = transcripts.tpm[:, mine], transcripts.lengths[:, mine]
        with np.errstate(invalid="ignore"):
            average = (tpm * length).sum(axis=1) / tpm.sum(axis=1)
        if np.isnan(average).all():
            average[:] = length.mean()
        average[np.isnan(average)] = np.exp(np.log(average[~np.isnan(average)]).mean())
        frame[gene] = tpm.sum(axis=1) * average.mean()
        sums.append(transcripts.counts[:, mine].sum(axis=1))
    return frame.mul(np.sum(sums, axis=0) / frame.sum(axis=1), axis=0)


@pytest.mark.parametrize("name", ["{}/quant.sf", "{}_quant.sf", "{}_quant/quant.sf", "{}/abundance.tsv"])
@pytest.mark.parametrize("header", ["", "transcript_id\tgene_id\tgene_name\n"])
def test_transcripts_are_summed_to_genes_as_tximport_does(name: str, header: str, tmp_path: Path) -> None:
    transcripts = Transcripts()
    written(tmp_path, name, transcripts.kallisto if "abundance" in name else transcripts.salmon)
    write(tmp_path / "tx2gene.tsv", transcripts.table(header))
    table = f"cohort.transcripts={tmp_path / 'tx2gene.tsv'}"
    cohort = read(tmp_path, table)
    expected = tximport(transcripts)
    np.testing.assert_allclose(cohort.expression[list(GENES)], expected, rtol=1e-12)
    assert cohort.genes.loc[GENES[7], "symbol"] == "SYM7"
    assert "lengthScaledTPM" in told(cohort, "GR362")
    summed = read(tmp_path, "cohort.transcript_counts=summed").expression  # with the table of the folder
    plain = (
        pd.DataFrame(transcripts.counts, list(SAMPLES), np.array(GENES)[transcripts.gene]).T.groupby(level=0).sum().T
    )
    np.testing.assert_allclose(summed[list(GENES)], plain[list(GENES)], rtol=1e-12)


def test_an_independent_set_is_scaled_by_the_lengths_of_the_training_samples(tmp_path: Path) -> None:
    transcripts = Transcripts()
    written(tmp_path / "one", "{}/quant.sf", transcripts.salmon)
    write(tmp_path / "one" / "tx2gene.tsv", transcripts.table())
    training = read(tmp_path / "one").expression.loc["S01", list(GENES)].to_numpy()
    write(tmp_path / "two" / "tx2gene.tsv", transcripts.table())
    for place in (0, 3):  # samples whose own average lengths differ from those of all
        write(tmp_path / "two" / f"T{place}" / "quant.sf", transcripts.salmon(place))
    ids = [*zip(SAMPLES, LABELS, strict=True), ("T0", "control"), ("T3", "treated")]
    write(tmp_path / "all.tsv", rows(("sample", "condition"), *ids))
    named = (f"cohort.labels={tmp_path / 'all.tsv'}", f"cohort.test_expression={tmp_path / 'two'}")
    independent = read(tmp_path / "one", *named).expression.loc["T0", list(GENES)].to_numpy()
    np.testing.assert_allclose(independent, training, rtol=1e-12)
    alone = read_new_samples(tmp_path / "two", GENES, ("control", "treated")).expression.loc["T0"].to_numpy()
    assert np.abs(alone / np.where(training, training, 1) - 1).max() > 1e-3


def test_the_examples(cases: Path) -> None:
    for name, layout in (
        ("star_folder", "one file a sample"),
        ("salmon_folder", "one file a sample"),
        ("nfcore", "nf-core"),
    ):
        cohort = read(cases / name)
        assert (cohort.layout, cohort.expression.shape) == (layout, (8, 40))
    assert read(cases / "soft" / "GSE1_family.soft.gz").expression.shape == (12, 60)
    assert read(cases / "soft" / "GDS1.soft.gz", "cohort.label_column=agent").expression.shape == (12, 60)


def test_versions_of_transcripts_and_those_that_the_table_lacks(tmp_path: Path) -> None:
    transcripts = Transcripts()
    written(tmp_path, "{}/quant.sf", transcripts.salmon)
    lines = [line.replace(".1\t", ".9\t", 1) for line in transcripts.table().splitlines()[2:]]
    write(tmp_path / "t2g.csv", "\n".join(",".join(line.split("\t")[:2]) for line in lines))
    cohort = read(tmp_path, f"cohort.transcripts={tmp_path / 't2g.csv'}", "cohort.transcript_counts=summed")
    lost = transcripts.counts[:, :2].sum() / transcripts.counts.sum()
    message = told(cohort, "GR362")
    assert "without versions" in message
    assert f"2 transcripts have no gene in the table and were left out, with {lost:.2%} of the counts" in message
    assert "The counts of the transcripts of a gene were added." in message


def test_rsem_names_the_genes_of_its_isoforms(tmp_path: Path) -> None:
    transcripts = Transcripts()
    written(tmp_path, "{}.isoforms.results", transcripts.isoforms)
    cohort = read(tmp_path)
    np.testing.assert_allclose(cohort.expression[list(GENES)], tximport(transcripts), rtol=1e-12)
    written(tmp_path, "{}.genes.results", lambda place: rsem_genes(COUNTS[place]))
    both = read(tmp_path)
    np.testing.assert_array_equal(both.expression[list(GENES)], COUNTS + 0.25)


def test_transcripts_without_their_genes_are_refused(tmp_path: Path) -> None:
    transcripts = Transcripts()
    written(tmp_path, "{}/quant.sf", transcripts.salmon)
    error = refusal(tmp_path)
    assert (error.code, "cohort.transcripts=" in error.remedy) == ("GR193", True)
    write(tmp_path / "a.tsv", rows(("NM_1", "G1"), ("NM_2", "G2")))
    assert "knows none of the transcripts" in refusal(tmp_path, f"cohort.transcripts={tmp_path / 'a.tsv'}").problem
    write(tmp_path / "b.tsv", rows(("NM_1",), ("NM_2",)))
    assert "single column" in refusal(tmp_path, f"cohort.transcripts={tmp_path / 'b.tsv'}").problem
    doubled = transcripts.table() + rows((transcripts.ids[0], GENES[5], "x"))
    write(tmp_path / "c.tsv", doubled)
    assert "names two genes" in refusal(tmp_path, f"cohort.transcripts={tmp_path / 'c.tsv'}").problem
    write(tmp_path / "tx2gene.tsv", transcripts.table())
    write(tmp_path / "S02" / "quant.sf", transcripts.salmon(1).replace(transcripts.ids[4], "ENST9", 1))
    assert refusal(tmp_path, f"cohort.transcripts={tmp_path / 'tx2gene.tsv'}").code == "GR191"


def test_an_independent_folder_and_the_files_that_init_names(tmp_path: Path) -> None:
    written(tmp_path / "one", "{}.counts", lambda place: htseq(COUNTS[place]))
    assert recognise(tmp_path / "one").files.matrix == tmp_path / "one"
    assert recognise(tmp_path / "one").label == "condition"
    for place, sample in enumerate(SAMPLES):
        write(tmp_path / "two" / f"T{sample}.counts", htseq(COUNTS[place]))
    both = rows(("sample", "condition"), *zip(SAMPLES, LABELS, strict=True))
    both += rows(*((f"T{sample}", label) for sample, label in zip(SAMPLES, LABELS, strict=True)))
    write(tmp_path / "all.tsv", both)
    cohort = read(
        tmp_path / "one", f"cohort.labels={tmp_path / 'all.tsv'}", f"cohort.test_expression={tmp_path / 'two'}"
    )
    assert cohort.samples["set"].tolist() == ["train"] * 8 + ["test"] * 8


def test_new_samples_in_a_folder(tmp_path: Path) -> None:
    written(tmp_path, "{}ReadsPerGene.out.tab", lambda place: star(COUNTS[place]))
    found = read_new_samples(tmp_path, GENES[3:20], ("control", "treated"), labels=tmp_path / "samples.tsv")
    np.testing.assert_array_equal(found.expression[list(GENES[3:20])], np.round(COUNTS[:, 3:20] * 0.98))
    assert found.labels.tolist() == list(LABELS)
    assert {"GR360", "GR361"} <= {finding.code for finding in found.findings}
    assert found.extra == 40 - 17
    assert read_new_samples(tmp_path, GENES, ("control", "treated")).expression.index.tolist() == list(SAMPLES)
