"""Frozen models come back as they were, in equal bytes, and nothing else comes back."""

from __future__ import annotations

import hashlib
import io
import json
import os
import pickle
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skops.io
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from genereport.errors import BundleError
from genereport.learn import estimators, frozen
from genereport.learn.archive import REMEDY, archive, canonical_json, npy
from genereport.learn.frozen import FinalModels, keep_models, load_models, save_models
from genereport.learn.manifest import require_whole
from genereport.learn.models import CLASSIFIERS, NETWORKS
from genereport.learn.network import MlpConfig, Network, Task, initial_layers
from genereport.learn.preparation import Preparation, fit_scaling, prepare
from genereport.learn.reference import QUANTILES, Basis, Measured, Reference, cloud, groups
from genereport.learn.resampling import SplitPlan
from genereport.settings import ModelSettings

GENES, SAMPLES = 40, 30
L1, L2, SVM, FOREST, MLP = (
    (name, "selected") for name in ("logistic_l1", "logistic_l2", "svm_rbf", "random_forest", "mlp_selected")
)
FILES = {key: f"{key[0]}.selected.{'npz' if key == MLP else 'skops'}" for key in (L1, L2, SVM, FOREST, MLP)}


class OneOfOnesOwn(LogisticRegression):
    """A type that no list can know."""


def cohort(classes: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(classes)
    codes = np.arange(SAMPLES) % classes
    values = rng.normal(8, 2, (SAMPLES, GENES))
    values[:, :classes] += 2 * np.eye(classes)[codes]
    values[3, 5] = np.nan
    return values, codes


def trained(classes: int = 2) -> FinalModels:
    values, codes = cohort(classes)
    scaling = fit_scaling(values)
    main = prepare(values, scaling, np.array([2, 0, 7, 1]), 0.8)
    preparations = {"main": main, "logistic_l1/selected": Preparation(scaling, main.selected[:2], main.axes)}
    models: dict[tuple[str, str], Any] = {}
    settings = ModelSettings(trees=10)
    for classifier in CLASSIFIERS:
        for features in classifier.features:
            key = classifier.name, features
            views = preparations.get("/".join(key), main).views(values)
            models[key] = classifier.build(settings, codes, 1).fit(views[features], codes)
    for features, name in NETWORKS.items():
        task = Task(main.views(values)[features], codes, np.empty((0, 4)), codes[:0], seed=3)
        models[name, features] = Network(initial_layers(task, MlpConfig(classes)), np.ones((5, 4)))
    names = tuple(f"gene {index}" for index in range(GENES))
    choices = {L1: {"genes": 2, "C": 0.1}}
    constants = {"scale": "log2", "floor": 20.0, "cap": None}
    versions = {"scikit-learn": frozen._installed_version("scikit-learn")}
    reference = remembered(values, codes, main)
    return FinalModels(names, tuple("ABC"[:classes]), constants, versions, preparations, models, reference, choices)


def remembered(values: np.ndarray, codes: np.ndarray, main: Preparation) -> Reference:
    splits = [(split, main) for split in SplitPlan(3, 1, seed=1).splits(codes)]
    quantiles = np.nanquantile(values, QUANTILES, axis=1).T.copy()
    names = tuple(f"gene {index}" for index in range(GENES))
    testable, levels = np.ones(GENES, dtype=bool), np.nanmedian(values, axis=0)
    basis = Basis(np.arange(3), levels[:3])
    measured = Measured(names, ("",) * GENES, testable, levels, "log2", quantiles, quantiles)
    return Reference(measured, groups(values, codes), cloud(values, main, splits), basis)


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def by_hand(files: dict[str, bytes], **changed: Any) -> dict[str, bytes]:
    """The bundle with other fields in its manifest, and every hash made to agree."""
    manifest = {**json.loads(files["manifest.json"]), **changed}
    manifest["files"] = {
        name: {"sha256": digest(content), "size": len(content)}
        for name, content in files.items()
        if name != "manifest.json"
    }
    del manifest["sha256"]
    manifest["sha256"] = digest(canonical_json(manifest))
    return {**files, "manifest.json": canonical_json(manifest)}


def with_file(files: dict[str, bytes], name: str, content: bytes) -> dict[str, bytes]:
    return by_hand({**files, name: content})


def members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def npz(**arrays: Any) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def refused(files: dict[str, bytes], code: str, where: str) -> str:
    with pytest.raises(BundleError) as caught:
        load_models(files)
    assert (caught.value.code, caught.value.where.split(",")[0]) == (code, where)
    assert caught.value.remedy == REMEDY
    assert "\n" not in str(caught.value)
    return caught.value.problem


@pytest.fixture(scope="module", params=[2, 3], ids=["two classes", "three classes"])
def final(request: pytest.FixtureRequest) -> FinalModels:
    return trained(request.param)


@pytest.fixture(scope="module")
def two() -> FinalModels:
    return trained()


@pytest.fixture(scope="module")
def bundle(two: FinalModels) -> dict[str, bytes]:
    return save_models(two)


def test_every_model_predicts_bit_for_bit_as_before(final: FinalModels) -> None:
    again = load_models(save_models(final))
    values = np.random.default_rng(9).normal(8, 3, (50, GENES))
    values[values < 3] = np.nan
    before, after = final.predict(values), again.predict(values)
    assert list(before) == list(after) == list(final.models)
    for key, probabilities in before.items():
        np.testing.assert_array_equal(after[key], probabilities, strict=True)
        assert probabilities.shape == (50, len(final.classes))
        np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert again.genes == final.genes
    assert again.classes == final.classes
    assert again.preprocessing == final.preprocessing
    assert again.versions == final.versions
    assert again.choices == final.choices
    assert again.left_out == {}


def test_a_model_draws_on_its_own_preparation(final: FinalModels) -> None:
    values, _ = cohort(len(final.classes))
    view = final.preparations["logistic_l1/selected"].views(values)["selected"]
    assert view.shape[1] == 2
    np.testing.assert_array_equal(final.predict(values)[L1], final.models[L1].predict_proba(view))


def test_no_samples_have_no_probabilities(final: FinalModels) -> None:
    found = final.predict(np.empty((0, GENES)))
    assert {probabilities.shape for probabilities in found.values()} == {(0, len(final.classes))}


def test_other_genes_are_refused(final: FinalModels) -> None:
    with pytest.raises(ValueError, match="40 genes"):
        final.predict(np.zeros((3, 39)))


def test_the_history_of_a_network_stays_behind(bundle: dict[str, bytes]) -> None:
    assert load_models(bundle).models[MLP].history.shape == (0, 4)


def test_a_loaded_study_is_saved_as_the_same_bytes(final: FinalModels) -> None:
    files = save_models(final)
    assert save_models(load_models(files)) == files


def test_bytes_do_not_depend_on_the_process(bundle: dict[str, bytes], tmp_path: Path) -> None:
    code = (
        "import hashlib\nfrom tests.unit.learn.test_frozen import save_models, trained\n"
        "for name, content in save_models(trained()).items(): print(name, hashlib.sha256(content).hexdigest())"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[3],
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
        for seed in ("1", "2")
    ]
    expected = "".join(f"{name} {digest(content)}\n" for name, content in bundle.items())
    assert [process.communicate()[0] for process in processes] == [expected, expected]


def test_archives_carry_no_dates_and_no_addresses(bundle: dict[str, bytes]) -> None:
    for name, content in bundle.items():
        if name.endswith(".json"):
            continue
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert "__id__" not in members(content).get("schema.json", b"").decode()


@pytest.mark.parametrize("key", [L1, L2, SVM, FOREST], ids="/".join)
def test_a_canonical_archive_is_still_one_of_skops(
    two: FinalModels, bundle: dict[str, bytes], key: tuple[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "model.skops"
    path.write_bytes(bundle[FILES[key]])
    model = skops.io.load(path, trusted=skops.io.get_untrusted_types(file=path))
    x = two.preparations[two.preparation(key)].views(cohort(2)[0])["selected"]
    np.testing.assert_array_equal(model.predict_proba(x), two.models[key].predict_proba(x))


def test_equal_arrays_are_stored_once(bundle: dict[str, bytes]) -> None:
    names = {"main.columns", "main.medians", "main.centre", "main.spread", "main.selected", "main.axes"}
    found = {name.removesuffix(".npy") for name in members(bundle["preparations.npz"])}
    assert found == names | {"logistic_l1.selected.selected"}


def test_a_bundle_is_held_against_its_manifest_without_being_opened(bundle: dict[str, bytes]) -> None:
    require_whole(bundle)
    for name in bundle:
        with pytest.raises(BundleError, match="GR601"):
            require_whole({**bundle, name: bundle[name] + b" "})
    with pytest.raises(BundleError, match=r"GR601.*does not belong"):
        require_whole({**bundle, "more.npz": b""})


def test_the_manifest_tells_what_is_in_the_bundle(final: FinalModels) -> None:
    files = save_models(final)
    manifest = json.loads(files["manifest.json"])
    entry = next(entry for entry in manifest["models"] if (entry["model"], entry["features"]) == L1)
    assert entry == {
        "model": "logistic_l1",
        "features": "selected",
        "type": "genereport.learn.l1.L1LogisticRegression",
        "file": "logistic_l1.selected.skops",
        "threshold": 0.5 if len(final.classes) == 2 else None,
        "choices": {"genes": 2, "C": 0.1},
    }
    assert manifest["writer"] == "genereport"
    assert set(manifest["files"]) | {"manifest.json"} == set(files)
    assert manifest["gene_order"] == digest(files["genes.json"])


def test_golden_samples_are_no_patients(bundle: dict[str, bytes]) -> None:
    with np.load(io.BytesIO(bundle["golden.npz"])) as golden:
        made_up = golden["values"]
    assert made_up.shape == (4, GENES)
    assert np.argwhere(np.isnan(made_up)).tolist() == [[0, 2]]
    assert not np.isin(made_up, cohort(2)[0]).any()


def test_types_off_the_list_are_left_out_and_listed(two: FinalModels) -> None:
    x, codes = two.preparations["main"].views(cohort(2)[0])["selected"], cohort(2)[1]
    strangers = {
        ("own", "selected"): OneOfOnesOwn().fit(x, codes),
        ("forest", "selected"): RandomForestClassifier(5).fit(x, codes),
        ("pipeline", "selected"): make_pipeline(StandardScaler(), LogisticRegression()).fit(x, codes),
        ("warm", "selected"): LogisticRegression(random_state=np.random.RandomState(0)).fit(x, codes),
    }
    files = save_models(replace(two, models={**two.models, **strangers}))
    again = load_models(files)
    assert list(again.models) == list(two.models)
    assert list(again.left_out) == list(strangers)
    assert again.left_out["own", "selected"].type == "tests.unit.learn.test_frozen.OneOfOnesOwn"
    assert "RandomState" in again.left_out["warm", "selected"].reason
    entry = json.loads(files["manifest.json"])["left_out"][2]
    assert (entry["model"], entry["type"]) == ("pipeline", "sklearn.pipeline.Pipeline")
    assert entry["reason"].endswith("is not on it.")
    assert save_models(again) == files


@pytest.mark.parametrize("name", ["manifest.json", "genes.json", "preparations.npz", "golden.npz", *FILES.values()])
def test_a_missing_file_and_any_flipped_byte_are_noticed(bundle: dict[str, bytes], name: str) -> None:
    refused({other: content for other, content in bundle.items() if other != name}, "GR601", name)
    content = bundle[name]
    for position in {*range(0, len(content), len(content) // 12), len(content) - 1}:
        for mask in (0x01, 0x80):
            flipped = bytearray(content)
            flipped[position] ^= mask
            refused({**bundle, name: bytes(flipped)}, "GR601", name)
    refused({**bundle, name: content[:-1]}, "GR601", name)
    refused({**bundle, name: content + b"\n"}, "GR601", name)


def test_every_byte_of_the_manifest_counts(bundle: dict[str, bytes]) -> None:
    content = bundle["manifest.json"]
    for position in range(0, len(content), 7):
        flipped = bytearray(content)
        flipped[position] ^= 0x04
        refused({**bundle, "manifest.json": bytes(flipped)}, "GR601", "manifest.json")


def test_an_extra_file_is_refused(bundle: dict[str, bytes]) -> None:
    refused({**bundle, "more.skops": b""}, "GR601", "more.skops")
    refused(with_file(bundle, "more.skops", b""), "GR601", "manifest.json")


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 100_000, b'{"format": 3}', b'{"format": "1"}']
)
def test_what_is_no_manifest_is_refused(bundle: dict[str, bytes], content: bytes) -> None:
    refused({**bundle, "manifest.json": content}, "GR601", "manifest.json")


@pytest.mark.parametrize("field", ["versions", "classes", "genes", "preparations", "models", "files", "sha256"])
def test_a_manifest_without_a_field_is_refused(bundle: dict[str, bytes], field: str) -> None:
    manifest = json.loads(bundle["manifest.json"])
    del manifest[field]
    content = canonical_json(manifest)
    assert field in refused({**bundle, "manifest.json": content}, "GR601", "manifest.json")


@pytest.mark.parametrize("version", [1, 2])
def test_another_format_is_refused(bundle: dict[str, bytes], version: int) -> None:
    told = refused(by_hand(bundle, format=version), "GR601", "manifest.json")
    assert told == f"The bundle has format {version}, and this genereport reads formats 3 and 4."


@pytest.mark.parametrize("genes", [["gene 1"], "gene 1", [1] * GENES])
def test_other_genes_in_a_bundle_made_by_hand_are_refused(bundle: dict[str, bytes], genes: Any) -> None:
    refused(with_file(bundle, "genes.json", canonical_json(genes)), "GR601", "genes.json")


class Bomb:
    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return os.mkdir, ("pickle_was_run",)


@pytest.fixture
def bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(tmp_path)
    yield Bomb()
    assert not list(tmp_path.iterdir())


def test_a_pickle_is_not_opened(bundle: dict[str, bytes], bomb: Bomb) -> None:
    for name in (FILES[L1], FILES[MLP], "preparations.npz", "golden.npz"):
        refused(with_file(bundle, name, pickle.dumps(bomb)), "GR602", name)


def test_an_array_of_objects_is_not_opened(bundle: dict[str, bytes], bomb: Bomb) -> None:
    for name in (FILES[MLP], "preparations.npz", "golden.npz"):
        first = next(iter(members(bundle[name]))).removesuffix(".npy")
        problem = refused(with_file(bundle, name, npz(**{first: np.array([bomb])})), "GR602", name)
        assert "objects" in problem
    inside = members(bundle[FILES[L1]])
    stream = io.BytesIO()
    np.save(stream, np.array([bomb]), allow_pickle=True)
    refused(with_file(bundle, FILES[L1], archive({**inside, "0.npy": stream.getvalue()})), "GR602", FILES[L1])
    refused(with_file(bundle, FILES[L1], archive({**inside, "0.npy": pickle.dumps(bomb)})), "GR602", FILES[L1])


@pytest.mark.parametrize(
    "stranger", [OneOfOnesOwn(), StandardScaler(), {"func": os.mkdir}, np.random.default_rng(0), Path, {1, 2}]
)
def test_a_type_off_the_list_is_refused_by_name(bundle: dict[str, bytes], stranger: Any) -> None:
    problem = refused(with_file(bundle, FILES[L1], skops.io.dumps(stranger)), "GR602", FILES[L1])
    assert "types that are not trusted: " in problem


def test_a_trusted_type_in_the_wrong_place_is_refused(bundle: dict[str, bytes]) -> None:
    assert "but the manifest lists" in refused(with_file(bundle, FILES[L1], bundle[FILES[FOREST]]), "GR602", FILES[L1])
    refused(with_file(bundle, FILES[L1], skops.io.dumps({"a": [1]})), "GR602", FILES[L1])
    models = json.loads(bundle["manifest.json"])["models"]
    models[0]["type"] = "os.mkdir"
    assert "os.mkdir" in refused(by_hand(bundle, models=models), "GR602", models[0]["file"])


def test_an_archive_that_would_fill_the_memory_is_refused(bundle: dict[str, bytes]) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as opened, opened.open("values.npy", "w") as member:
        for _ in range(160):
            member.write(bytes(2**20))
    assert "unpack" in refused(with_file(bundle, "golden.npz", stream.getvalue()), "GR602", "golden.npz")
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (2**45,)})
    huge = archive({"values.npy": header.getvalue()})
    assert "as long as its header says" in refused(with_file(bundle, "golden.npz", huge), "GR602", "golden.npz")


def with_array(
    files: dict[str, bytes], name: str, change: Callable[[np.ndarray], Any], fits: Callable[..., bool]
) -> Any:
    """The bundle with every array of a file changed that fits."""
    inside = members(files[name])
    for member, content in inside.items():
        if member.endswith(".npy") and fits(array := np.load(io.BytesIO(content))):
            change(array)
            inside[member] = npy(array)
    return with_file(files, name, archive(inside))


def test_trees_that_would_read_beyond_their_arrays_are_refused(bundle: dict[str, bytes]) -> None:
    def change(features: np.ndarray) -> None:
        features[0] = 9999

    files = with_array(bundle, FILES[FOREST], change, lambda array: array.dtype == np.int64 and array.max() == 3)
    assert files[FILES[FOREST]] != bundle[FILES[FOREST]]
    assert "gene that does not exist" in refused(files, "GR602", FILES[FOREST])


def test_a_support_vector_machine_that_would_read_beyond_its_arrays_is_refused(bundle: dict[str, bytes]) -> None:
    def change(support: np.ndarray) -> None:
        support += 1000

    files = with_array(bundle, FILES[SVM], change, lambda array: array.dtype == np.int32 and array.shape == (2,))
    assert files[FILES[SVM]] != bundle[FILES[SVM]]
    assert "do not fit" in refused(files, "GR602", FILES[SVM])


@pytest.mark.parametrize("part", ["main.columns", "main.selected", "main.centre", "main.axes"])
def test_arrays_of_a_preparation_that_do_not_fit_are_refused(bundle: dict[str, bytes], part: str) -> None:
    inside = members(bundle["preparations.npz"])
    array = np.load(io.BytesIO(inside[f"{part}.npy"]))
    for wrong in (array[..., 1:] if part != "main.selected" else array + GENES, array.astype(np.float32)):
        content = archive({**inside, f"{part}.npy": npy(wrong)})
        refused(with_file(bundle, "preparations.npz", content), "GR602", "preparations.npz")
    del inside[f"{part}.npy"]
    refused(with_file(bundle, "preparations.npz", archive(inside)), "GR602", "preparations.npz")


def test_layers_that_do_not_fit_are_refused(bundle: dict[str, bytes]) -> None:
    layers = {
        name.removesuffix(".npy"): np.load(io.BytesIO(data)) for name, data in members(bundle[FILES[MLP]]).items()
    }
    wrong = [
        {**layers, "weights_1": layers["weights_1"].T},
        {**layers, "biases_2": layers["biases_2"].astype(float)},
        {**layers, "more": layers["biases_2"]},
        {},
    ]
    for arrays in wrong:
        refused(with_file(bundle, FILES[MLP], npz(**arrays)), "GR602", FILES[MLP])


@pytest.mark.parametrize("key", [L1, MLP], ids="/".join)
def test_a_model_that_predicts_otherwise_is_refused_by_name(bundle: dict[str, bytes], key: tuple[str, str]) -> None:
    def change(weights: np.ndarray) -> None:
        weights += 1e-3

    files = with_array(bundle, FILES[key], change, lambda array: array.dtype.kind == "f" and array.ndim == 2)
    problem = refused(files, "GR603", FILES[key])
    assert f"{key[0]} on {key[1]}" in problem
    assert "versions are the same" in problem
    files = by_hand(files, versions={"scikit-learn": "1.2.3", "nothing-of-the-kind": "4"})
    problem = refused(files, "GR603", FILES[key])
    assert "scikit-learn 1.2.3 then, " in problem
    assert "nothing-of-the-kind 4 then, none now" in problem


def test_a_model_that_cannot_predict_is_refused_by_name(bundle: dict[str, bytes]) -> None:
    values, codes = cohort(2)
    other = LogisticRegression(max_iter=1000).fit(np.nan_to_num(values), codes)
    files = with_file(bundle, FILES[L2], skops.io.dumps(other))
    assert "cannot predict" in refused(files, "GR603", FILES[L2])


def test_models_that_are_not_kept_leave_only_their_names(final: FinalModels) -> None:
    whole = save_models(final)
    files = keep_models(whole, [L1], "It was not wanted.")
    loaded = load_models(files)
    assert list(loaded.models) == [L1]
    assert set(loaded.left_out) == set(final.models) - {L1}
    assert {left.reason for left in loaded.left_out.values()} == {"It was not wanted."}
    assert sum(map(len, files.values())) < sum(map(len, whole.values()))
    values = cohort(len(final.classes))[0]
    np.testing.assert_array_equal(loaded.predict(values)[L1], load_models(whole).predict(values)[L1])
    assert keep_models(whole, list(final.models), "") == whole
    assert [name for name in members(files["golden.npz"]) if name != "values.npy"] == [f"{FILES[L1]}.npy"]


def test_a_failed_import_is_not_taken_for_a_model_that_cannot_be_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise ImportError("partly initialised")

    monkeypatch.setattr(estimators, "_import_skops", fail)
    model = LogisticRegression().fit([[-1.0], [1.0]], [0, 1])
    with pytest.raises(ImportError, match="partly"):
        estimators.dump_estimator(model)
