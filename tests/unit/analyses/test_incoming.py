"""New samples are brought to the scale of a model by its stored constants, bit for bit as the build did."""

from __future__ import annotations

from dataclasses import asdict, replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from genereport.analyses.new_samples.incoming import bring, read_constants
from genereport.analyses.preprocessing.stage import PreprocessingStage, measured, unscaled
from genereport.cohort.simulate import Plan, simulated_cohort
from genereport.errors import BundleError, CohortError
from genereport.learn.arrays import fit_scaling_of_arrays
from genereport.learn.frozen import FinalModels, load_models
from genereport.learn.reference import Basis
from genereport.settings import PreprocessSettings
from genereport.types import Undo
from tests import analyses, applications


@cache
def final() -> FinalModels:
    return opened(applications.model())


def opened(folder: Path) -> FinalModels:
    return load_models({path.name: path.read_bytes() for path in folder.iterdir()})


def test_the_independent_set_is_prepared_to_the_bit_as_in_the_build() -> None:
    prepared, _ = PreprocessingStage(PreprocessSettings()).run(simulated_cohort(1999, Plan(genes=500)))
    expected = prepared.subset("test").expression
    raw = applications.newcomers().expression
    np.testing.assert_array_equal(bring(final(), raw).values, expected.to_numpy(), strict=True)
    alone = bring(final(), raw.iloc[[3]][raw.columns[::-1]])
    np.testing.assert_array_equal(alone.values[0], expected.iloc[3])


def test_probes_are_collapsed_as_in_the_build(tmp_path: Path) -> None:
    cohort = simulated_cohort(1999, Plan(genes=500))
    symbols = [f"S{number // 3}" if number % 2 else "" for number in range(500)]
    cohort = replace(cohort, genes=cohort.genes.assign(symbol=symbols))
    settings = PreprocessSettings(collapse="median")
    prepared, found = PreprocessingStage(settings).run(cohort)
    before = unscaled(cohort, found)
    arrays = fit_scaling_of_arrays(before.values, cohort.subset("train").codes, before.rule)
    model = final()
    constants = {name: getattr(found, name) for name in model.preprocessing}
    basis = Basis(arrays.basis, arrays.reference)
    reference = model.reference._replace(measured=measured(cohort, found), basis=basis)
    changed = replace(model, preprocessing=constants, reference=reference, genes=tuple(prepared.expression))
    brought = bring(changed, cohort.subset("test").expression)
    np.testing.assert_array_equal(brought.values, prepared.subset("test").expression.to_numpy())


@pytest.mark.parametrize("scaling", ["none", "stable_genes", "standardise", "quantile"])
def test_a_gene_that_is_missing_everywhere_stays_missing_and_moves_the_others_little(scaling: str) -> None:
    model = replace(final(), preprocessing={**final().preprocessing, "array_scaling": scaling})
    if scaling != "stable_genes":
        known = model.reference.measured
        varying = [gene for gene, varies in zip(known.genes, known.testable, strict=True) if varies]
        basis = Basis(np.flatnonzero(np.isin(varying, model.genes)), np.zeros(len(model.genes)))
        model = replace(model, reference=model.reference._replace(basis=basis))
    raw = applications.newcomers().expression
    whole, part = bring(model, raw), bring(model, raw.drop(columns=list(model.genes[:30])))
    assert part.lacking[:30].all()
    assert not part.lacking[30:].any()
    assert np.isnan(part.values[:, :30]).all()
    moved = np.abs(part.values[:, 30:] - whole.values[:, 30:])
    assert np.nanmax(moved) < 0.7
    assert np.nanmedian(moved) < 0.1


def test_values_without_a_logarithm_are_refused_where_the_model_has_no_floor() -> None:
    model = replace(final(), preprocessing={**final().preprocessing, "floor": None})
    with pytest.raises(CohortError) as caught:
        bring(model, applications.newcomers().expression)
    assert caught.value.code == "GR617"
    assert "look like raw intensities" in caught.value.problem


def test_constants_that_genereport_does_not_write_are_not_trusted() -> None:
    known = final().preprocessing
    counts_without_libraries = {**known, "scale": "counts"}
    for spoilt in ({"scale": "log2"}, {**known, "spread": "wide"}, {**known, "x": 1}, counts_without_libraries):
        with pytest.raises(BundleError) as caught:
            read_constants(spoilt)
        assert caught.value.code == "GR602"


def test_the_models_remember_how_they_did() -> None:
    models, development = analyses.two_class().models, final().development
    assert development is not None
    stored = pd.DataFrame(development.figures)
    pd.testing.assert_frame_equal(stored, models.metrics[list(stored)], check_dtype=False)  # type: ignore[union-attr]
    assert development.named == (models.named.model, models.named.features)  # type: ignore[union-attr]
    assert development.simulated


def test_new_values_are_converted_back_as_the_training_values_were() -> None:
    model, raw = final(), applications.newcomers().expression
    values = pd.DataFrame(np.random.default_rng(1).poisson(30, raw.shape), raw.index, raw.columns).astype(float)
    counted = replace(model, preprocessing={**model.preprocessing, "floor": None, "cap": None})
    logged = replace(counted, preprocessing={**counted.preprocessing, "undo": asdict(Undo(2.0, 1.0))})
    np.testing.assert_array_equal(bring(logged, np.log2(values + 1)).values, bring(counted, values).values)
    with pytest.raises(
        CohortError, match=r"GR617.*are base-2 logarithms of x \+ 1, where x stands for raw intensities"
    ):
        bring(logged, values * 100)
