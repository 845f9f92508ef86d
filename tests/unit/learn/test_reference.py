"""What a bundle remembers of its training set."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest

from genereport.errors import BundleError
from genereport.learn.archive import archive, npy
from genereport.learn.preparation import fit_scaling, prepare
from genereport.learn.reference import (
    ARRAYS,
    FACTS,
    Basis,
    Development,
    Figure,
    Measured,
    Reference,
    cloud,
    groups,
    read_development,
    read_reference,
    sample_checksums,
    write_development,
    write_reference,
)
from genereport.learn.resampling import SplitPlan

SAMPLES, GENES = 30, 400


def made() -> tuple[np.ndarray, np.ndarray, Reference]:
    rng = np.random.default_rng(4)
    codes = np.arange(SAMPLES) % 3
    values = rng.normal(8, 1, (SAMPLES, GENES)) + codes[:, None] * (np.arange(GENES) < 20)
    values[2, 5] = np.nan
    main = prepare(values, fit_scaling(values), np.arange(4), 0.95)
    quantiles = np.nanquantile(values, (0.05, 0.25, 0.5, 0.75, 0.95), axis=1).T.copy()
    names, symbols = tuple(f"g{i}" for i in range(GENES)), ("",) * GENES
    measured = Measured(
        names, symbols, np.ones(GENES, bool), np.nanmedian(values, axis=0), "log2", quantiles, quantiles
    )
    splits = SplitPlan(5, 1, seed=2).splits(codes)
    fitted = [prepare(values[s.train], fit_scaling(values[s.train]), np.arange(4), 0.95) for s in splits]
    found = cloud(values, main, zip(splits, fitted, strict=True))
    basis = Basis(np.arange(7), np.full(7, 8.0))
    return values, codes, Reference(measured, groups(values, codes), found, basis)


def test_bundles_without_checksums_are_read() -> None:
    _, _, reference = made()
    files = write_reference(reference)
    facts = json.loads(files[FACTS])
    del facts["checksums"]
    found = read_reference({**files, FACTS: json.dumps(facts).encode()}, GENES, 3)
    assert found.measured.checksums == ()


def test_checksums_are_read_back_and_tell_samples_apart() -> None:
    values, _, reference = made()
    checksums = sample_checksums(values)
    assert len(set(checksums)) == SAMPLES
    assert sample_checksums(values[::-1].copy(order="F")) == checksums[::-1]
    kept = reference._replace(measured=reference.measured._replace(checksums=tuple(sorted(checksums))))
    assert read_reference(write_reference(kept), GENES, 3).measured.checksums == tuple(sorted(checksums))


def test_moments_are_numpys() -> None:
    values, codes, reference = made()
    found = reference.groups
    assert found.sizes.tolist() == [10, 10, 10]
    np.testing.assert_allclose(found.means, [np.nanmean(values[codes == level], axis=0) for level in range(3)])
    np.testing.assert_allclose(found.spread, np.nanstd(values, axis=0, ddof=1))
    rest = values - found.means[codes]
    free = (~np.isnan(values)).sum(axis=0) - 3
    np.testing.assert_allclose(found.within, np.sqrt(np.nansum(rest**2, axis=0) / free))


def test_held_out_samples_lie_where_new_ones_do_and_training_samples_do_not() -> None:
    values, _, reference = made()
    main = prepare(values, fit_scaling(values), np.arange(4), 0.95)
    new = np.random.default_rng(5).normal(8, 1, (60, GENES))
    fresh = np.median(reference.cloud.distances(new, main), axis=0)
    held = np.median(reference.cloud.held_out, axis=0)
    own = np.median(reference.cloud.distances(values, main), axis=0)
    assert np.abs(fresh[1] / held[1] - 1) < 0.1
    assert own[1] < 0.8 * held[1]
    assert own[0] > 1.5 * held[0]


def test_one_sample_is_as_far_alone_as_among_others() -> None:
    values, _, reference = made()
    main = prepare(values, fit_scaling(values), np.arange(4), 0.95)
    together = reference.cloud.distances(values, main)
    alone = np.concatenate([reference.cloud.distances(values[[row]], main) for row in range(SAMPLES)])
    np.testing.assert_allclose(alone, together)


def test_it_reads_back_and_equal_references_give_equal_bytes() -> None:
    _, _, reference = made()
    files = write_reference(reference)
    assert files == write_reference(made()[2])
    again = read_reference(files, GENES, 3)
    assert write_reference(again) == files


def test_no_value_of_a_sample_is_stored() -> None:
    values, _, reference = made()
    files = write_reference(reference)
    with np.load(io.BytesIO(files[ARRAYS])) as stored:
        names = [name for name in stored.files if not name.endswith(".json")]
        shapes = {name: stored[name].shape for name in names}
        kept = np.concatenate([stored[name].ravel() for name in names])
    assert (SAMPLES, GENES) not in shapes.values()
    assert not np.isin(values[0], kept).any()


TEXTS = ("genes.json", "symbols.json")


def test_a_reference_of_format_3_reads_back() -> None:
    _, _, reference = made()
    files = write_reference(reference)
    with np.load(io.BytesIO(files[ARRAYS])) as stored:
        arrays = {f"{name}.npy": npy(stored[name]) for name in stored.files if not name.endswith(".json")}
    texts = {"genes": reference.measured.genes, "symbols": reference.measured.symbols}
    facts = json.dumps({**json.loads(files[FACTS]), **texts}).encode()
    again = read_reference({FACTS: facts, ARRAYS: archive(arrays)}, GENES, 3)
    assert (again.measured.genes, again.measured.symbols) == (reference.measured.genes, reference.measured.symbols)


def test_arrays_that_do_not_fit_are_not_opened() -> None:
    files = write_reference(made()[2])
    with np.load(io.BytesIO(files[ARRAYS])) as stored:
        arrays = {f"{name}.npy": npy(stored[name]) for name in stored.files if not name.endswith(".json")}
    arrays |= {name: json.dumps(list(getattr(made()[2].measured, name[:-5]))).encode() for name in TEXTS}
    assert read_reference({**files, ARRAYS: archive(arrays)}, GENES, 3).measured.genes == made()[2].measured.genes
    cut = archive({**arrays, "means.npy": npy(np.zeros((3, 7)))})
    for spoilt, code in (
        ({ARRAYS: cut}, "GR602"),
        ({ARRAYS: archive({**arrays, "more.npy": npy(np.zeros(1))})}, "GR602"),
        ({ARRAYS: archive({**arrays, "positions.npy": npy(np.arange(7) + GENES)})}, "GR602"),
        ({ARRAYS: archive({**arrays, "genes.json": b"[1]"})}, "GR602"),
        ({ARRAYS: archive({**arrays, "more.json": b"[]"})}, "GR602"),
        ({ARRAYS: archive({name: held for name, held in arrays.items() if name != "genes.json"})}, "GR602"),
        ({FACTS: json.dumps({"genes": ["a"]}).encode()}, "GR601"),
    ):
        with pytest.raises(BundleError) as caught:
            read_reference({**files, **spoilt}, GENES, 3)
        assert caught.value.code == code


def test_the_figures_of_development_read_back() -> None:
    figure = Figure("svm_rbf", "all", "cv", "roc_auc", 0.9, float("nan"), 0.95, 30)
    development = Development(True, ("svm_rbf", "all"), 0.95, (figure,))
    content = write_development(development)
    again = read_development(content)
    assert write_development(again) == content
    assert again.named == ("svm_rbf", "all")
    assert np.isnan(again.figures[0].ci_low)
    with pytest.raises(BundleError) as caught:
        read_development(b'{"named": 1}')
    assert caught.value.code == "GR601"
