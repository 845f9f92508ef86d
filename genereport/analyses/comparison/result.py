"""The result of a comparison of two stored runs.

A `Comparison` is stored as a `genereport.analysis.Analysis` is: numbers and labels, whose ids are paths in its JSON.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from pydantic import computed_field

from genereport.analyses.result import Skipped, Stored
from genereport.display import to_text
from genereport.frames import Frame, Number

COMPARISON_VERSION = 1


@dataclass(frozen=True)
class Side:
    """The facts about one of the two runs that can tell it from the other.

    Attributes:
        title: Title of its report.
        date: Date of its report, or None.
        fingerprint: First 16 hex digits of the SHA-256 over the roles and digests of its inputs; empty if it had none.
        simulated: Whether its cohort is simulated.
        seed: Seed of its random numbers.
        version: Version of genereport that made it.
        classes: Class levels, the reference first.
        scale: Scale of the values in the files.
        log: How the values were brought to the log2 scale.
        array_scaling: How arrays were scaled.
        samples: Number of all samples.
        train: Number of training samples.
        test: Number of independent samples.
        genes: Number of genes or probes in the files, controls included.
        method: Test of each gene, or empty.
        design: Formula of the linear model, or empty.
        tested: Number of genes with a p-value.
    """

    title: str
    date: str | None
    fingerprint: str
    simulated: bool
    seed: int
    version: str
    classes: tuple[str, ...]
    scale: str
    log: str
    array_scaling: str
    samples: int
    train: int
    test: int
    genes: int
    method: str
    design: str
    tested: int


@dataclass(frozen=True, eq=False)
class SampleChanges:
    """Changes of the samples, matched by their ids.

    Attributes:
        shared: Number of samples in both runs.
        added: Number of samples in the later run only.
        removed: Number of samples in the earlier run only.
        relabelled: Number of samples in both runs with another class.
        moved: Number of samples in both runs that moved from the training to the independent set or back.
        table: One row per change: index sample; columns change (``added``, ``removed``, ``relabelled``, ``moved``),
            earlier_class, later_class, earlier_set, later_set; empty where the sample is not in that run.
    """

    shared: int
    added: int
    removed: int
    relabelled: int
    moved: int
    table: Frame


@dataclass(frozen=True, eq=False)
class GeneChanges:
    """Changes of the genes, matched by their ids; control probes are not stored by name and do not count.

    Attributes:
        measured: Number of genes measured in both runs.
        measured_earlier: Number measured in the earlier run only.
        measured_later: Number measured in the later run only.
        tested: Number with a p-value in both runs.
        tested_earlier: Number with a p-value in the earlier run only.
        tested_later: Number with a p-value in the later run only.
        table: Genes measured, or tested, in one run only: index gene; columns symbol, measured_earlier, tested_earlier,
            measured_later, tested_later (``yes`` or ``no``).
    """

    measured: int
    measured_earlier: int
    measured_later: int
    tested: int
    tested_earlier: int
    tested_later: int
    table: Frame


@dataclass(frozen=True, eq=False)
class ListChanges:
    """Changes of a ranked list of genes between the runs.

    Attributes:
        earlier: Number of genes of the earlier list.
        later: Number of genes of the later list.
        shared: Number of genes in both lists.
        entered: Number of genes in the later list only.
        left: Number of genes in the earlier list only.
        moved: Number of genes in both lists, at another rank.
        universe: Number of genes that either run tested, from which random lists are drawn.
        jaccard: shared / (shared + entered + left); NaN if a list is empty.
        jaccard_expected: Mean of jaccard between random sets of these sizes.
        jaccard_p: Share of such pairs of sets that have at least as many genes in common (hypergeometric).
        overlap: Extrapolated rank-biased overlap; NaN if a list is empty.
        overlap_expected: Mean of overlap between random lists of these lengths.
        overlap_p: (random lists with at least this overlap + 1) / (permutations + 1).
        permutations: Number of random lists.
        table: Index gene, by the later rank, then by the earlier; columns symbol, change (``stayed``, ``entered``,
            ``left``), earlier and later (ranks, 1 is best; NaN where it is not in the list), rise (earlier − later).
    """

    earlier: int
    later: int
    shared: int
    entered: int
    left: int
    moved: int
    universe: int
    jaccard: Number
    jaccard_expected: Number
    jaccard_p: Number
    overlap: Number
    overlap_expected: Number
    overlap_p: Number
    permutations: int
    table: Frame

    @computed_field
    @property
    def same(self) -> bool:
        """Whether both lists hold the same genes, at any ranks."""
        return self.entered == 0 and self.left == 0


@dataclass(frozen=True, eq=False)
class Effects:
    """Agreement of the log fold changes of the genes that both runs tested.

    Attributes:
        genes: Number of genes tested in both.
        concordance: The lowest concordance among the contrasts.
        agreement: Index contrast (``B-A``: B − A); columns pairs, concordance (Lin), ci_low, ci_high, pearson,
            same_sign (share), bias (mean of later − earlier, log2 units), below, above (limits of agreement, log2
            units). All NaN where they are not defined.
        table: Index gene; columns symbol, contrast, earlier, later (logFC), difference (later − earlier); by contrast,
            the largest differences first.
    """

    genes: int
    concordance: Number
    agreement: Frame
    table: Frame

    @computed_field
    @property
    def different(self) -> int:
        """The number of rows of the table whose log fold changes are not equal."""
        return int((self.table["difference"] != 0).sum())


@dataclass(frozen=True, eq=False)
class ModelChanges:
    """Changes of the metrics of the models that both runs compare, without the majority class.

    Tables of metrics have the columns set (``cv`` or ``test``), metric (``balanced_accuracy``, ``accuracy``,
    ``roc_auc``; ``pooled_auc`` if cross-validation is paired), earlier, earlier_low, earlier_high, later, later_low,
    later_high (estimates and intervals as either report prints them, except that ``pooled_auc`` is the area for each
    sample's mean probability over the repeats), difference (later − earlier), ci_low, ci_high, interval (``paired
    bootstrap``, ``DeLong``, ``unpaired``), test (``McNemar``, ``DeLong`` or empty), only_earlier and only_later
    (samples that only one run classifies correctly; NaN except for McNemar), p, P.Holm.models (Holm over the models of
    a set and metric).

    Attributes:
        earlier_model: Model that the earlier run names.
        earlier_features: Features of that model.
        later_model: Model that the later run names.
        later_features: Features of that model.
        same: Whether these two are the same.
        compared: Number of models in both runs.
        tests: Number of paired tests.
        clear: Number of those with P.Holm.models < alpha.
        pairing: Index set; columns earlier, later, shared (samples), paired (``yes`` if they are the same samples with
            the same classes).
        named: The named models of both runs compared by balanced accuracy; columns as above.
        figures: The metrics of each model that both runs compare; columns model and features, then as above.
        alone: Models in one run only: columns model, features, run (``earlier`` or ``later``).
    """

    earlier_model: str
    earlier_features: str
    later_model: str
    later_features: str
    same: bool
    compared: int
    tests: int
    clear: int
    pairing: Frame
    named: Frame
    figures: Frame
    alone: Frame


@dataclass(frozen=True, eq=False)
class Verdict:
    """Whether the later run differs materially from the earlier one.

    Attributes:
        material: Whether any check found a material change.
        checks: Index check (``classes``, ``reference``, ``scale``, ``relabelled``, ``signature``, ``effects``,
            ``named``, ``cv``, ``test``, ``tests``, ``parts``); columns value (what was found; NaN where it is no
            number), limit (NaN where any change is material), outcome (``material``, ``within`` or ``not compared``).
    """

    material: bool
    checks: Frame


@dataclass(frozen=True, eq=False)
class Comparison(Stored):
    """A comparison of two runs, made from their stored results alone.

    Attributes:
        earlier: The run that was named first.
        later: The run that was named second.
        settings: Settings of the comparison: section ``compare``, and of the later run ``seed``,
            ``tests.confidence``, ``evaluation.bootstrap``, ``report.page`` and ``report.p_values``.
        inputs: Index role; columns earlier, later (file names), earlier_sha256, later_sha256, same (``yes``, ``no``);
            empty where a run has none.
        changed_settings: Index setting (dotted name); columns earlier, later (as JSON; empty where a run has none).
        versions: Index package; columns earlier, later (empty where a run has none), same (``yes`` or ``no``).
        samples: Changes of the samples.
        genes: Changes of the genes measured and tested.
        signature: The genes chosen on the whole training set.
        bonferroni: The genes with P.Bonferroni < tests.alpha of either run, by their p-values.
        effects: Log fold changes.
        models: Metrics of the models.
        notes: What could not be compared, or only with care, as whole sentences.
        verdict: Whether any change is material.
        made_with: Version of genereport that made the comparison.
    """

    earlier: Side
    later: Side
    settings: dict[str, Any]
    inputs: Frame
    changed_settings: Frame
    versions: Frame
    samples: SampleChanges
    genes: GeneChanges
    signature: ListChanges | Skipped
    bonferroni: ListChanges | Skipped
    effects: Effects | Skipped
    models: ModelChanges | Skipped
    notes: tuple[str, ...]
    verdict: Verdict
    made_with: str
    schema_version: int = field(default=COMPARISON_VERSION)

    @computed_field
    @property
    def files(self) -> int:
        """The number of input files, by role; one that both runs read counts once."""
        return len(self.inputs)

    @computed_field
    @property
    def same_files(self) -> int:
        """The number of input files that are the same in both runs, byte for byte."""
        return int((self.inputs["same"] == "yes").sum())

    @computed_field
    @property
    def same_versions(self) -> bool:
        """Whether both runs were made with the same versions of all packages."""
        return bool((self.versions["same"] == "yes").all())

    @property
    def stated(self) -> tuple[str, ...]:
        """The names of the fields of `Side` that are neither None nor empty in at least one run."""
        sides = [vars(side) for side in (self.earlier, self.later)]
        return tuple(name for name in sides[0] if any(side[name] not in (None, "") for side in sides))

    @property
    def lists(self) -> pd.DataFrame:
        """The compared lists of genes: index list; columns as the attributes of `ListChanges`."""
        names = ["earlier", "later", "entered", "left", "jaccard", "overlap", "overlap_p"]
        lists = {"Signature": self.signature, "Bonferroni": self.bonferroni}
        known = {name: found for name, found in lists.items() if isinstance(found, ListChanges)}
        rows = [[getattr(found, name) for name in names] for found in known.values()]
        return pd.DataFrame(rows, index=pd.Index(list(known), name="list", dtype="str"), columns=names)

    @property
    def remarks(self) -> tuple[str, ...]:
        """The notes, and why parts were not compared; each sentence once."""
        parts = (self.signature, self.bonferroni, self.effects, self.models)
        return tuple(dict.fromkeys([*self.notes, *(part.skipped for part in parts if isinstance(part, Skipped))]))

    def __repr__(self) -> str:
        """Return the summary that the command prints, verdict first, once `genereport.notebook` is imported."""
        return to_text(self)
