"""Folders with one file a sample, as the quantification programs write them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

SAMPLES = tuple(f"S{number:02d}" for number in range(1, 9))
LABELS = ("control", "treated") * 4
GENES = tuple(f"ENSG{number:011d}.{number % 3 + 1}" for number in range(40))
COUNTS = np.random.default_rng(8).negative_binomial(2, 0.01, (8, 40)) * (np.arange(40) > 1) + 1
"""Counts, samples × genes; every gene has reads."""


def rows(*lines) -> str:
    return "".join("\t".join(map(str, line)) + "\n" for line in lines)


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def sheet(folder: Path, ids=SAMPLES, name: str = "samples.tsv") -> Path:
    return write(folder / name, rows(("sample", "condition"), *zip(ids, LABELS, strict=True)))


def star(counts, shares=(0.02, 0.98)) -> str:
    """ReadsPerGene.out.tab: the second and third column are the given shares of the reads."""
    head = (("N_unmapped", 900, 900, 900), ("N_multimapping", 80, 80, 80), ("N_noFeature", 70, 999_999, 60))
    strands = [(gene, n, *(round(n * share) for share in shares)) for gene, n in zip(GENES, counts, strict=True)]
    return rows(*head, ("N_ambiguous", 5, 1, 2), *strands)


def htseq(counts, genes=GENES) -> str:
    return rows(*zip(genes, counts, strict=True), ("__no_feature", 1000), ("__ambiguous", 7))


def feature_counts(sample: str, counts) -> str:
    command = f'# Program:featureCounts v2.0.3; Command:"featureCounts" "-o" "{sample}.txt"\n'
    head = ("Geneid", "Chr", "Start", "End", "Strand", "Length", f"/data/{sample}.Aligned.sortedByCoord.out.bam")
    return command + rows(
        head, *((gene, "1;1", "1;9", "5;20", "+;+", 17, n) for gene, n in zip(GENES, counts, strict=True))
    )


def gdc(counts) -> str:
    head = ("gene_id", "gene_name", "gene_type", "unstranded", "stranded_first", "stranded_second")
    head = (*head, "tpm_unstranded", "fpkm_unstranded", "fpkm_uq_unstranded")
    aside = [(name, "", "", 10, 20, 30, "", "", "") for name in ("N_unmapped", "N_ambiguous")]
    found = [
        (gene, f"SYM{place}", "protein_coding", n, n // 2, n - n // 2, 1.5, 1.5, 1.5)
        for place, (gene, n) in enumerate(zip(GENES, counts, strict=True))
    ]
    return "# gene-model: GENCODE v36\n" + rows(head, *aside, *found)


def rsem_genes(counts) -> str:
    head = ("gene_id", "transcript_id(s)", "length", "effective_length", "expected_count", "TPM", "FPKM")
    return rows(
        head, *((gene, "T1,T2", 900.0, 750.5, n + 0.25, 3.1, 2.2) for gene, n in zip(GENES, counts, strict=True))
    )


class Transcripts:
    """Two to four transcripts of each gene with counts, effective lengths and TPM, all samples × transcripts."""

    def __init__(self) -> None:
        rng = np.random.default_rng(5)
        self.gene = np.repeat(np.arange(40), rng.integers(2, 5, 40))
        size = len(self.gene)
        self.ids = tuple(f"ENST{number:011d}.{number % 4 + 1}" for number in range(size))
        lengths = rng.uniform(300, 5000, size)
        self.lengths = (lengths * rng.uniform(0.9, 1.1, (8, 1))).round(3)
        self.counts = rng.gamma(0.7, 200, (8, size)).round(3)
        self.counts[:, self.gene == 3] = 0  # a gene without abundance in any sample
        self.counts[2:5, self.gene == 4] = 0  # and one without it in some
        rate = self.counts / self.lengths
        self.tpm = (1e6 * rate / rate.sum(axis=1, keepdims=True)).round(6)

    def table(self, header: str = "") -> str:
        named = zip(self.ids, self.gene, strict=True)
        return header + rows(*((name, GENES[gene], f"SYM{gene}") for name, gene in named))

    def salmon(self, sample: int) -> str:
        head = ("Name", "Length", "EffectiveLength", "TPM", "NumReads")
        return rows(head, *zip(self.ids, [1000] * len(self.ids), *self._of(sample), strict=True))

    def kallisto(self, sample: int) -> str:
        length, tpm, counts = self._of(sample)
        head = ("target_id", "length", "eff_length", "est_counts", "tpm")
        return rows(head, *zip(self.ids, [1000] * len(self.ids), length, counts, tpm, strict=True))

    def isoforms(self, sample: int) -> str:
        length, tpm, counts = self._of(sample)
        head = ("transcript_id", "gene_id", "length", "effective_length", "expected_count", "TPM", "FPKM", "IsoPct")
        genes, same = [GENES[gene] for gene in self.gene], [1000] * len(self.ids)
        return rows(head, *zip(self.ids, genes, same, length, counts, tpm, same, same, strict=True))

    def _of(self, sample: int):
        return self.lengths[sample].tolist(), self.tpm[sample].tolist(), self.counts[sample].tolist()
