"""Printed table of the library sizes."""

from __future__ import annotations

from genereport.analyses.columns import CODE, COUNT, ROUNDED, THREE, Table, column, name_format

LIBRARIES = Table(
    name="libraries",
    id="tab-libraries",
    frame="libraries.sizes",
    columns=(
        column("sample", "Sample", CODE),
        column("class", "Class"),
        column("set", "Set"),
        column("counts", "Counts of all genes", ROUNDED),
        column("library_size", "Library size", ROUNDED),
        column("factor", "TMM factor", THREE),
    ),
)

STEPS = Table(
    name="gene_steps",
    id="tab-gene-steps",
    frame="steps",
    columns=(
        column(
            "step",
            "Step",
            name_format(
                {
                    "file": "Rows of the file",
                    "no gene": "Rows that are no genes",
                    "repeated": "Further rows of a gene",
                    "empty": "No value in any training sample",
                    "control": "Control probes",
                    "uncounted": "No count in any training sample, or a missing one",
                    "constant": "The same value in all training samples",
                    "collapsed": "Replaced by the median of the gene's probes",
                    "unexpressed": "Not expressed by the rule",
                }
            ),
        ),
        column("genes", "Set aside", COUNT),
        column("left", "Left", COUNT),
    ),
)
