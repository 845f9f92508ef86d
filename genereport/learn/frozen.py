"""The final models of a study as a bundle of files, without pickle: reading a bundle executes nothing in it.

scikit-learn's estimators are stored by skops, everything else as plain arrays and JSON. A bundle is read only if it is
complete and unchanged (GR601), holds only types on a fixed list (GR602), and its models still give the probabilities on
simulated samples that they gave when they were frozen (GR603). Equal models give equal bytes.

A bundle also holds the reference of the training set (`genereport.learn.reference`) and, after the models were
evaluated, their performance. No sample's values are stored as such. A support-vector machine, however, consists of some
of its training samples: a bundle with one holds those samples, standardised.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from pydantic import TypeAdapter, ValidationError

from genereport.errors import BundleError
from genereport.learn.archive import (
    REMEDY,
    archive,
    arrays_of,
    canonical_json,
    changed,
    distrusted,
    guarded,
    members,
    named,
    npy,
    sha256,
)
from genereport.learn.estimators import MODELS, dump_estimator, load_estimator, type_name
from genereport.learn.manifest import (
    FORMAT,
    GENES,
    GOLDEN,
    MAIN,
    MANIFEST,
    PREPARATIONS,
    FileEntry,
    LeftEntry,
    Manifest,
    ModelEntry,
    Places,
    check_files,
    read_manifest,
    sealed,
)
from genereport.learn.network import Network
from genereport.learn.preparation import Preparation, Scaling
from genereport.learn.reference import (
    DEVELOPMENT,
    Development,
    Reference,
    read_development,
    read_reference,
    write_development,
    write_reference,
)
from genereport.types import AnyArray, Array, Key

_GOLDEN_SAMPLES, _GOLDEN_SEED = 4, 601
_TOLERANCE, _TOLERANCE_SINGLE = 1e-9, 1e-5
"""How far golden predictions may differ on another processor; networks compute in single precision."""


class LeftOut(NamedTuple):
    """A model that the bundle does not hold.

    Attributes:
        type: Dotted name of its type.
        reason: Why it cannot be frozen or was not kept, a whole sentence.
    """

    type: str
    reason: str


@dataclass(frozen=True, eq=False)
class FinalModels:
    """The models of a study, trained on the whole training set, and all that is needed to apply them to a new sample.

    Attributes:
        genes: Ids of the p genes of the cohort's prepared matrix, in its order.
        classes: Levels of the class, the reference first.
        preprocessing: Constants of the transformation from measured values to log2, ready for JSON.
        versions: Package → version that the models were trained with.
        preparations: ``"main"``, and ``"model/features"`` for a model with a preparation of its own.
        models: Fitted scikit-learn classifiers on the codes 0, 1, … of the classes, or networks.
        reference: Summary of the training set.
        choices: What tuning chose for a model, ready for JSON.
        left_out: Models that were trained but could not be frozen, or were not kept.
        development: Performance of the models in development, once they were evaluated.
    """

    genes: tuple[str, ...]
    classes: tuple[str, ...]
    preprocessing: Mapping[str, Any]
    versions: Mapping[str, str]
    preparations: Mapping[str, Preparation]
    models: Mapping[Key, Any]
    reference: Reference
    choices: Mapping[Key, Mapping[str, Any]] = field(default_factory=dict)
    left_out: Mapping[Key, LeftOut] = field(default_factory=dict)
    development: Development | None = None

    def predict(self, values: Array) -> dict[Key, Array]:
        """Return the class probabilities of every model, shape (m, classes), m ≥ 0.

        Args:
            values: Samples × genes in log2, shape (m, p); NaN is missing.

        Raises:
            ValueError: `values` has another number of genes.
        """
        if values.ndim != 2 or values.shape[1] != len(self.genes):
            raise ValueError(f"Expected samples × {len(self.genes)} genes, got shape {values.shape}.")
        values = np.ascontiguousarray(values)  # the last digits of sums depend on the memory layout
        used = {key: self.preparation(key) for key in self.models}
        views = {name: self.preparations[name].views(values) for name in set(used.values())}
        return {
            key: _probabilities(model, views[used[key]][key[1]], len(self.classes))
            for key, model in self.models.items()
        }

    def preparation(self, key: Key) -> str:
        """Return the name of the preparation that a model uses."""
        own = "/".join(key)
        return own if own in self.preparations else MAIN


def save_models(final: FinalModels) -> dict[str, bytes]:
    """Return file name → content of a bundle; models that `load_models` would not open are left out and listed.

    Raises:
        ValueError: `preprocessing` or `choices` cannot be written as JSON.
    """
    frozen = {key: _freeze_model(model) for key, model in final.models.items()}
    kept = {key: content for key, content in frozen.items() if isinstance(content, bytes)}
    left = {key: content for key, content in frozen.items() if isinstance(content, LeftOut)}
    final = replace(final, models={key: final.models[key] for key in kept}, left_out={**dict(final.left_out), **left})
    files = {
        key: f"{'.'.join(key)}.{'npz' if isinstance(model, Network) else 'skops'}"
        for key, model in final.models.items()
    }
    arrays, places = _frozen_preparations(final.preparations)
    values = _make_up_samples(final)
    golden = {"values": values, **{files[key]: found for key, found in final.predict(values).items()}}
    contents = {
        GENES: canonical_json(final.genes),
        PREPARATIONS: archive(arrays),
        GOLDEN: archive({f"{name}.npy": npy(array) for name, array in golden.items()}),
        **write_reference(final.reference),
        **({DEVELOPMENT: write_development(final.development)} if final.development else {}),
        **{files[key]: content for key, content in kept.items()},
    }
    return {MANIFEST: sealed(_describe_contents(final, files, places, contents)), **contents}


def keep_models(files: Mapping[str, bytes], kept: Collection[Key], reason: str) -> dict[str, bytes]:
    """Return a bundle without the models that are not kept; its manifest lists them with the reason.

    Args:
        files: From `save_models`.
        kept: Model and features of the models to keep; those that could not be frozen have no file anyway.
        reason: Why the others are not kept, a whole sentence.
    """
    manifest = read_manifest(files)
    dropped = [entry for entry in manifest.models if entry.key not in kept]
    gone = {entry.file for entry in dropped}
    golden = {name: content for name, content in members(GOLDEN, files[GOLDEN]).items() if name[:-4] not in gone}
    contents = {name: content for name, content in files.items() if name not in gone} | {GOLDEN: archive(golden)}
    left = tuple(LeftEntry(model=e.model, features=e.features, type=e.type, reason=reason) for e in dropped)
    changes = {
        "models": tuple(entry for entry in manifest.models if entry.key in kept),
        "left_out": (*manifest.left_out, *left),
        "files": {name: _describe_file(content) for name, content in contents.items() if name != MANIFEST},
    }
    return {**contents, MANIFEST: sealed(manifest.model_copy(update=changes))}


def with_development(files: Mapping[str, bytes], development: Development) -> dict[str, bytes]:
    """Return the bundle with the performance of its models, which is known only after it was read back and applied.

    Args:
        files: From `save_models`.
        development: Performance of its models.
    """
    content, manifest = write_development(development), read_manifest(files)
    listed = {**manifest.files, DEVELOPMENT: _describe_file(content)}
    return {**files, MANIFEST: sealed(manifest.model_copy(update={"files": listed})), DEVELOPMENT: content}


def load_models(files: Mapping[str, bytes], only: Key | None = None) -> FinalModels:
    """Read the models of a bundle after checking all of it.

    Args:
        files: File name → content.
        only: Model and features of the one model that is opened, if the bundle has it; None: all.

    Raises:
        BundleError: The bundle is incomplete or was changed (GR601), holds content that is not trusted (GR602), or its
            models do not predict what they predicted when they were frozen (GR603).
    """
    manifest = read_manifest(files)
    check_files(files, manifest)
    if only:
        kept = tuple(entry for entry in manifest.models if entry.key == only)
        manifest = manifest.model_copy(update={"models": kept})
    arrays = arrays_of(PREPARATIONS, files[PREPARATIONS])
    final = FinalModels(
        _read_genes(files[GENES], manifest),
        manifest.classes,
        manifest.preprocessing,
        manifest.versions,
        {name: _preparation(places, arrays, manifest.genes) for name, places in manifest.preparations.items()},
        {entry.key: _load_model(entry, files[entry.file], len(manifest.classes)) for entry in manifest.models},
        read_reference(files, manifest.genes, len(manifest.classes)),
        {entry.key: entry.choices for entry in manifest.models if entry.choices},
        {entry.key: LeftOut(entry.type, entry.reason) for entry in manifest.left_out},
        read_development(files[DEVELOPMENT]) if DEVELOPMENT in files else None,
    )
    _check_golden(final, manifest, arrays_of(GOLDEN, files[GOLDEN]))
    return final


def _describe_contents(
    final: FinalModels, files: Mapping[Key, str], places: Mapping[str, Places], contents: Mapping[str, bytes]
) -> Manifest:
    threshold = 0.5 if len(final.classes) == 2 else None
    entries = [
        ModelEntry(
            model=key[0],
            features=key[1],
            type=type_name(model),
            file=files[key],
            threshold=threshold,
            choices=dict(final.choices.get(key, {})),
        )
        for key, model in final.models.items()
    ]
    return Manifest(
        format=FORMAT,
        writer="genereport",
        versions=dict(final.versions),
        classes=tuple(final.classes),
        genes=len(final.genes),
        gene_order=sha256(contents[GENES]),
        preprocessing=dict(final.preprocessing),
        preparations=dict(places),
        models=tuple(entries),
        left_out=tuple(
            LeftEntry(model=model, features=features, type=left.type, reason=left.reason)
            for (model, features), left in final.left_out.items()
        ),
        files={name: _describe_file(content) for name, content in contents.items()},
        sha256="",
    )


def _describe_file(content: bytes) -> FileEntry:
    return FileEntry(sha256=sha256(content), size=len(content))


def _read_genes(content: bytes, manifest: Manifest) -> tuple[str, ...]:
    try:
        genes = TypeAdapter(tuple[str, ...]).validate_json(content)
    except ValidationError as error:
        raise changed(GENES, "The file is not a list of gene ids.") from error
    if len(genes) != manifest.genes or sha256(content) != manifest.gene_order:
        raise changed(GENES, "The genes or their order differ from the manifest.")
    return genes


def _frozen_preparations(preparations: Mapping[str, Preparation]) -> tuple[dict[str, bytes], dict[str, Places]]:
    """Return the members of an archive and the places of each preparation's arrays; shared arrays are stored once."""
    names: dict[bytes, str] = {}
    places = {}
    for name in sorted(preparations, key=lambda name: (name != MAIN, name)):
        preparation = preparations[name]
        own = {}
        for part in Places.model_fields:
            array = getattr(preparation.scaling if part in Scaling._fields else preparation, part)
            own[part] = names.setdefault(npy(array), f"{name.replace('/', '.')}.{part}")
        places[name] = Places(**own)
    return {f"{name}.npy": content for content, name in names.items()}, places


def _preparation(places: Places, arrays: Mapping[str, AnyArray], genes: int) -> Preparation:
    columns, medians, centre, spread, selected, axes = (
        named(arrays, getattr(places, part), PREPARATIONS) for part in Places.model_fields
    )
    width = columns.shape
    fits = (
        _are_positions(columns, genes)
        and _are_positions(selected, columns.size)
        and all(array.dtype == np.float64 for array in (medians, centre, spread, axes))
        and medians.shape == centre.shape == spread.shape == axes.shape[1:] == width
    )
    if not fits:
        raise distrusted(PREPARATIONS, "The arrays of a preparation do not fit together.")
    return Preparation(Scaling(columns, medians, centre, spread), selected, axes)


def _are_positions(array: AnyArray, size: int) -> bool:
    """Return whether an array holds valid positions among `size` items."""
    return array.ndim == 1 and array.dtype == np.intp and bool(((array >= 0) & (array < size)).all())


def _freeze_model(model: Any) -> bytes | LeftOut:
    name = type_name(model)
    if isinstance(model, Network):
        return archive({f"{part}.npy": npy(array) for part, array in _layers(model).items()})
    try:
        return dump_estimator(model)
    except ValueError as error:
        return LeftOut(name, str(error))


def _load_model(entry: ModelEntry, content: bytes, classes: int) -> Any:
    if entry.type == type_name(Network):
        return _network(entry.file, content, classes)
    if entry.type not in MODELS:
        raise distrusted(entry.file, f"The model is of type {entry.type}, which is not trusted.")
    model = guarded(lambda: load_estimator(entry.file, content), entry.file)
    if type_name(model) != entry.type:
        raise distrusted(entry.file, f"The model is of type {type_name(model)}, but the manifest lists {entry.type}.")
    return model


def _layers(network: Network) -> dict[str, AnyArray]:
    return {
        f"{part}_{depth}": array
        for depth, layer in enumerate(network.layers)
        for part, array in zip(("weights", "biases"), layer, strict=True)
    }


def _network(file: str, content: bytes, classes: int) -> Network:
    arrays = arrays_of(file, content)
    depths = range(len(arrays) // 2)
    layers = tuple((named(arrays, f"weights_{i}", file), named(arrays, f"biases_{i}", file)) for i in depths)
    sizes = [*(weights.shape[:1] for weights, _ in layers[1:]), (1 if classes == 2 else classes,)]
    fits = (
        layers
        and len(arrays) == 2 * len(layers)
        and all(
            weights.dtype == biases.dtype == np.float32 and weights.shape[1:] == biases.shape == size
            for (weights, biases), size in zip(layers, sizes, strict=True)
        )
    )
    if not fits:
        raise distrusted(file, "The layers of the network do not fit together.")
    return Network(layers, np.empty((0, 4)))


def _make_up_samples(final: FinalModels) -> Array:
    """Draw samples × genes around the means of the training set, shape (4, p); one lacks the first chosen gene.

    The values are multiples of 1/64, which take a quarter of the space.
    """
    rng = np.random.default_rng(_GOLDEN_SEED)
    centre, spread = np.zeros(len(final.genes)), np.ones(len(final.genes))
    main = final.preparations[MAIN]
    for preparation in (*final.preparations.values(), main):
        scaling = preparation.scaling
        centre[scaling.columns], spread[scaling.columns] = scaling.centre, scaling.spread
    values = np.round(64 * (centre + spread * rng.standard_normal((_GOLDEN_SAMPLES, len(centre))))) / 64
    values[0, main.scaling.columns[main.selected[:1]]] = np.nan
    return values


def _check_golden(final: FinalModels, manifest: Manifest, arrays: Mapping[str, AnyArray]) -> None:
    values = named(arrays, "values", GOLDEN)
    for entry in manifest.models:
        expected = named(arrays, entry.file, GOLDEN)
        one = replace(final, models={entry.key: final.models[entry.key]})
        try:
            found = one.predict(values)[entry.key]
            near = _TOLERANCE_SINGLE if isinstance(one.models[entry.key], Network) else _TOLERANCE
            same = found.shape == expected.shape and np.allclose(found, expected, rtol=0, atol=near, equal_nan=True)
            what = "does not repeat the predictions that were stored when it was frozen"
        except Exception as error:  # noqa: BLE001 - scikit-learn may raise anything on attributes of another version
            same, what = False, f"cannot predict the stored test samples ({error})"
        if not same:
            problem = (
                f"The model {entry.model} on {entry.features} {what}. {_describe_other_versions(manifest.versions)}"
            )
            raise BundleError("GR603", problem, REMEDY, entry.file)


def _describe_other_versions(versions: Mapping[str, str]) -> str:
    """Say in a sentence which package versions differ from those that wrote the bundle."""
    here = {name: _installed_version(name) for name in versions}
    changed = [f"{name} {was} then, {here[name]} now" for name, was in versions.items() if here[name] != was]
    return f"Versions differ: {'; '.join(changed)}." if changed else "The package versions are the same as then."


def _installed_version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "none"


def _probabilities(model: Any, x: Array, classes: int) -> Array:
    if not len(x):
        return np.empty((0, classes))  # scikit-learn raises an error on zero samples
    found = model.predict(x) if isinstance(model, Network) else model.predict_proba(x)
    return np.asarray(found, dtype=np.float64)
