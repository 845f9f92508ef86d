"""Small inputs that once gave wrong numbers: what is read, and what the tests make of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from genereport.analyses.differential.result import Differential
from genereport.analyses.differential.stage import DifferentialStage
from genereport.analyses.preprocessing.result import Preprocessing
from genereport.analyses.preprocessing.stage import PreprocessingStage
from genereport.analyses.stage import Upstream, stage_rng
from genereport.cohort.model import Cohort
from genereport.cohort.reader import read_cohort
from genereport.errors import CohortError
from genereport.names import UNIT_NAMES
from genereport.settings import resolve


def read(folder: Path, *assignments: str) -> Cohort:
    named = [
        f"cohort.expression={folder / 'x.tsv.gz'}",
        f"cohort.labels={folder / 's.tsv'}",
        "cohort.label_column=class",
    ]
    return read_cohort(resolve(environment={}, assignments=[*named, *assignments]))


def compared(cohort: Cohort, *assignments: str) -> tuple[Preprocessing, Differential]:
    settings = resolve(environment={}, assignments=[*assignments, "tests.permutations=0"])
    prepared, steps = PreprocessingStage(settings.preprocess).run(cohort)
    return steps, DifferentialStage(settings).run(prepared, Upstream(), stage_rng(1, "differential"))


def codes(cohort: Cohort) -> set[str]:
    return {finding.code for finding in cohort.findings}


def test_a_code_for_a_missing_value_changes_no_scale_and_is_named(cases: Path) -> None:
    cohort = read(cases / "sentinel")
    (finding,) = [finding for finding in cohort.findings if finding.code == "GR326"]
    assert "999 (1 times), for example in gene g201 of sample S005" in finding.message
    assert (cohort.scale.name, cohort.scale.sure) == ("log2", "clear")
    assert np.isnan(cohort.expression.loc["S005", "g201"])
    assert compared(cohort)[1].table.loc["g15", "logFC"] == pytest.approx(1.9814, abs=1e-4)


def test_logarithms_of_base_10_are_converted(cases: Path) -> None:
    cohort = read(cases / "log10")
    assert (cohort.scale.name, cohort.scale.sure) == ("log10", "likely")
    assert "GR329" in codes(cohort)
    steps, found = compared(cohort)
    assert (steps.log, steps.value_unit) == ("from log10", "log2")
    assert found.table.loc["g15", "logFC"] == pytest.approx(1.9814, abs=1e-4)


def test_standardised_values_are_analysed_as_they_are_in_standard_deviations(cases: Path) -> None:
    cohort = read(cases / "zraw")
    assert (cohort.scale.name, cohort.scale.sure) == ("standardised", "clear")
    steps, found = compared(cohort)
    assert (steps.log, steps.floor, steps.array_scaling) == ("none", None, "none")
    assert "log2" not in " ".join(UNIT_NAMES[found.value_unit])


@pytest.mark.parametrize("scaling", ["auto", "none"])
def test_genes_at_the_floor_are_not_significant_and_make_no_other_gene_so(scaling: str, cases: Path) -> None:
    cohort = read(cases / "floorart")
    assert "GR325" in codes(cohort)
    steps, found = compared(cohort, f"preprocess.array_scaling={scaling}")
    at_floor = {f"g{number}" for number in range(1, 451)}
    assert not at_floor & set(found.table.index)
    assert steps.unexpressed >= 450
    null = found.table.loc[[gene for gene in found.table.index if not 1001 <= int(gene[1:]) <= 1050]]
    assert (null["P.Bonferroni"] < 0.05).sum() == 0
    assert (null["P.Value"] < 0.05).mean() < 0.08
    # of 50 genes that differ all are found; of BH's no more than chance allows at a rate of 5 % are others
    assert found.bonferroni == 50
    assert (null["adj.P.Val"] < 0.05).sum() <= 6


def test_scaling_arrays_by_themselves_would_make_others_significant(cases: Path) -> None:
    _, found = compared(read(cases / "floorart"), "preprocess.array_scaling=standardise")
    null = found.table.loc[[gene for gene in found.table.index if not 1001 <= int(gene[1:]) <= 1050]]
    assert (null["P.Value"] < 0.05).mean() > 0.3


def test_two_samples_of_each_of_twenty_patients_are_no_forty_patients(cases: Path) -> None:
    cohort = read(cases / "replicates")
    assert cohort.unit == "patient"
    assert "GR330" in codes(cohort)
    _, found = compared(cohort)
    assert found.correlation is not None
    assert found.correlation > 0.5
    assert found.bonferroni == 0
    assert (found.table["P.Value"] < 0.05).mean() < 0.08
    _, naive = compared(read(cases / "replicates", "cohort.unit=none"))
    assert naive.correlation is None
    assert (naive.table["P.Value"] < 0.05).mean() > 0.1


def test_a_lone_partner_is_left_out_of_the_paired_test_and_named(cases: Path) -> None:
    cohort = read(cases / "pairedinc")
    assert {"GR330", "GR333"} <= codes(cohort)
    _, found = compared(cohort)
    assert (found.method, found.unit, found.lone) == ("paired t", "patient", 1)
    # R: t.test(B - A) over the 11 patients with both samples
    assert found.table.loc["g14", ["t", "df", "P.Value"]].tolist() == pytest.approx(
        [5.05955464, 10, 4.923025e-04], rel=1e-6
    )


def test_copies_that_differ_in_the_ninth_digit_are_found(cases: Path) -> None:
    (finding,) = [finding for finding in read(cases / "neardup").findings if finding.code == "GR323"]
    assert "24" in finding.message


@pytest.mark.parametrize(("case", "code"), [("tinyall", "GR224"), ("huge", "GR224"), ("allconst", "GR223")])
@pytest.mark.parametrize("forced", [False, True])
def test_degenerate_values_end_in_a_clear_refusal(case: str, code: str, forced: bool, cases: Path) -> None:
    if forced and code == "GR223":
        _, found = compared(read(cases / case, "preprocess.scale=log2"))
        assert found.tested == 300
        return
    with pytest.raises(CohortError, match=code) as caught:
        read(cases / case, *(["preprocess.scale=log2"] if forced else []))
    assert len(str(caught.value)) < 500


def test_one_value_of_zero_among_intensities_changes_nothing_but_itself(tmp_path: Path) -> None:
    values = np.random.default_rng(3).lognormal(6, 1.5, (400, 12)).round(1) + 5
    names = [f"S{number}" for number in range(12)]
    frame = pd.DataFrame(values, [f"g{number}" for number in range(400)], names)
    frame.iloc[7, 2] = 0.0
    frame.to_csv(tmp_path / "x.tsv.gz", sep="\t", index_label="gene")
    sheet = pd.DataFrame({"class": ["a"] * 6 + ["b"] * 6}, pd.Index(names, name="sample"))
    sheet.to_csv(tmp_path / "s.tsv", sep="\t")
    cohort = read(tmp_path)
    (finding,) = [finding for finding in cohort.findings if finding.code == "GR328"]
    assert "1 of 4,800 intensities is zero or less" in finding.message
    steps, found = compared(cohort, "preprocess.array_scaling=none")
    assert (steps.scale, steps.floor, steps.testable, found.tested) == ("intensity", None, 400, 400)
    others = frame.index != "g7"
    logs = np.log2(frame.to_numpy()[others])
    expected = logs[:, 6:].mean(axis=1) - logs[:, :6].mean(axis=1)
    np.testing.assert_allclose(found.table.loc[frame.index[others], "logFC"], expected)
