"""Printed table of the choices."""

from __future__ import annotations

from genereport.analyses.columns import COUNT, TWO, Table, column

CHOICES = Table(
    name="choices",
    id="tab-sensitivity",
    frame="choices",
    columns=(
        column("choice", "Choice"),
        column("tested", "Genes tested", COUNT),
        column("bonferroni", "Bonferroni", COUNT),
        column("bh", "BH", COUNT),
        column("shared", "In both lists", COUNT),
        column("jaccard", "Jaccard index", TWO),
        column("first", "Of the first 50", COUNT),
        column("correlation", "Rank correlation", TWO),
    ),
)
