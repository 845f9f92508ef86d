"""A frozen model applied: the build's own predictions, what is withheld, what is refused, and what lies on disk."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from genereport.analyses.new_samples.result import Applied
from genereport.cohort.simulate import Plan, simulated_cohort
from genereport.errors import BundleError, CohortError, GenereportError, OutputError, SettingsError
from genereport.learn.archive import canonical_json, sha256
from genereport.runs.apply import Query, apply_model, read_model, write_applied
from genereport.settings import resolve
from tests import analyses, applications
from tests.applications import newcomers, run
from tests.command import in_process

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")


def same_predictions(applied: Applied, predictions: pd.DataFrame) -> int:
    """Probabilities that the build's own evaluation and the application have in common; they must be equal."""
    kept = applied.predictions[["model", "features"]].drop_duplicates()
    build = predictions[predictions["set"] == "test"].drop(columns=["set", "repeat"]).merge(kept)
    both = build.merge(applied.predictions, on=["sample", "model", "features"], suffixes=("", "_applied"))
    for name in applied.origin.classes:
        np.testing.assert_array_equal(both[f"p_{name}"], both[f"p_{name}_applied"].astype(float))
    assert (both["predicted"] == both["predicted_applied"]).all()
    assert len(both) == len(build) == len(applied.predictions)
    return len(both)


def test_the_independent_set_gets_the_predictions_of_the_build_to_the_bit() -> None:
    models = analyses.two_class().models
    assert same_predictions(applications.applied(), models.predictions) == 34 * 7  # type: ignore[union-attr]
    test = models.metrics.query("set == 'test'").reset_index(drop=True)  # type: ignore[union-attr]
    found = applications.applied().metrics
    both = test.merge(found, on=["model", "features", "metric"], suffixes=("", "_applied"))
    np.testing.assert_array_equal(both["estimate"], both["estimate_applied"])
    exact = both[both["interval"].isin(["Wilson", "Wilson-MOVER", "DeLong"])]
    np.testing.assert_array_equal(exact["ci_low"], exact["ci_low_applied"])
    own = applications.applied().comparison.query("set == 'test'")
    np.testing.assert_array_equal(own["difference"], 0)


def test_a_matrix_in_another_order_gets_the_same_predictions() -> None:
    new = newcomers()
    shuffled = new.expression[new.expression.columns[np.random.default_rng(1).permutation(500)]]
    assert run(shuffled, new.samples).predictions.equals(applications.applied().predictions)


def test_the_settings_choose_among_the_new_samples() -> None:
    new = newcomers()
    gone, *kept = new.samples.index[new.samples["tissue"] == "BM"]
    applied = run(new.expression, new.samples, 'cohort.filter=tissue == "BM"', f"cohort.exclude={gone}")
    assert set(applied.predictions["sample"]) == set(kept)
    assert {"GR352", "GR370"} <= {finding.code for finding in applied.findings}
    every = applications.applied().predictions
    expected = every[every["sample"].isin(kept)].reset_index(drop=True)
    columns = ["sample", "model", "features", *(f"p_{name}" for name in applied.origin.classes)]
    pd.testing.assert_frame_equal(applied.predictions[columns].reset_index(drop=True), expected[columns])


def test_the_named_model_comes_first() -> None:
    applied = applications.applied()
    first = applied.predictions.iloc[0]
    assert (first["model"], first["features"]) == (applied.origin.model, applied.origin.features)


def test_what_is_withheld_is_nowhere() -> None:
    withheld = applications.withheld()
    assert withheld.gate.withheld
    for table in (withheld.predictions, withheld.metrics, withheld.comparison, withheld.calibration, withheld.bins):
        assert table.empty
    assert withheld.errors is None
    assert withheld.predicted.empty


def test_only_overriding_every_check_that_stops_gives_predictions() -> None:
    new, stopping = newcomers(), applications.withheld().gate.stopping
    logs = np.log2(new.expression.clip(lower=100))
    assert len(stopping) > 1
    assert run(logs, new.samples, override=stopping[:1]).gate.withheld
    found = applications.overridden()
    assert (found.gate.withheld, found.gate.overridden) == (False, stopping)
    assert len(found.predictions) == len(applications.applied().predictions)
    assert found.gate.checks.loc[list(stopping), "overridden"].all()
    assert found.gate.level == "do not interpret"


def test_an_override_of_what_does_not_stop_changes_nothing() -> None:
    new = newcomers()
    found = run(new.expression, new.samples, override=("scale",))
    assert found.gate.overridden == ()
    assert found.to_json() == applications.applied().to_json()


@pytest.mark.parametrize("name", ["applied", "unlabelled", "withheld", "overridden", "four_class"])
def test_results_read_back(name: str) -> None:
    found = getattr(applications, name)()
    assert Applied.from_json(found.to_json()).to_json() == found.to_json()


def test_samples_without_a_label_are_predicted_and_not_judged() -> None:
    found = applications.four_class()
    assert (found.samples, found.labelled, int(found.counts["n"].sum())) == (18, 17, 17)
    assert set(found.metrics["n"]) == {17}
    assert found.predictions["sample"].nunique() == 18
    assert {finding.code for finding in found.findings} == {"GR615", "GR611"}
    assert applications.unlabelled().metrics.empty
    assert applications.unlabelled().labelled == 0


def test_the_settings_name_the_column_of_the_class(tmp_path: Path) -> None:
    new = newcomers()
    new.expression.T.to_csv(tmp_path / "new.tsv", sep="\t")
    new.samples[["class"]].rename(columns={"class": "kind"}).to_csv(tmp_path / "s.tsv", sep="\t")
    query = Query(applications.model(), tmp_path / "new.tsv", tmp_path / "s.tsv")
    found = apply_model(query, resolve(environment={"GENEREPORT_COHORT__LABEL_COLUMN": "kind"}))
    assert found.labelled == len(new.samples)
    found = apply_model(
        replace(query, label_column="kind"), resolve(environment={}, assignments=["cohort.label_column=x"])
    )
    assert found.labelled == len(new.samples)
    assert refusal(query, "cohort.label_column=nowhere").code == "GR115"


def test_a_report_without_models_says_why_it_has_none(tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text(analyses.three_against_three().to_json())
    error = refusal(Query(tmp_path, tmp_path / "results.json"))
    assert error.code == "GR610"
    assert "compares no classifiers. The class 'A' has 3 training samples" in error.problem


def refusal(query: Query, *settings: str) -> GenereportError:
    with pytest.raises(GenereportError) as caught:
        apply_model(query, resolve(environment={}, assignments=settings))
    assert "\n" not in str(caught.value)
    return caught.value


def test_other_ids_are_refused_with_the_style_of_either_side(tmp_path: Path) -> None:
    new = newcomers().expression.T
    new.index = pd.Index([f"ENSG{number:011d}.3" for number in range(500)], name="gene")
    new.to_csv(tmp_path / "new.tsv", sep="\t")
    error = refusal(Query(applications.model(), tmp_path / "new.tsv"))
    assert isinstance(error, CohortError)
    assert error.code == "GR612"
    assert "Ensembl genes with a version, such as 'ENSG00000000000.3'" in error.problem
    assert "probes named by accession" in error.problem


def test_more_missing_genes_than_the_share_are_refused(tmp_path: Path) -> None:
    new = newcomers().expression
    new.drop(columns=list(new.columns[20:120])).T.to_csv(tmp_path / "new.tsv", sep="\t")
    query = Query(applications.model(), tmp_path / "new.tsv")
    assert refusal(query).code == "GR612"
    assert refusal(query, "apply.missing=0.05").code == "GR612"
    assert apply_model(query, resolve(environment={}, assignments=["apply.missing=0.5"])).imputed > 30


def test_training_samples_are_refused(tmp_path: Path) -> None:
    new, trained = newcomers().expression, simulated_cohort(1999, Plan(genes=500)).subset("train").expression
    mixed = pd.concat([new, trained.iloc[[3]].rename(index=lambda name: f"copy of {name}")])
    mixed.T.iloc[::-1].to_csv(tmp_path / "new.tsv", sep="\t")
    error = refusal(Query(applications.model(), tmp_path / "new.tsv"))
    assert error.code == "GR618"
    assert f"1 of {len(mixed)} samples is a training sample of the model, with equal values: 'copy of" in error.problem


def test_what_is_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "new.tsv").write_text("gene\ts1\ng\t1\n")
    error = refusal(Query(applications.model(), tmp_path / "new.tsv", override=("scales",)))
    assert isinstance(error, SettingsError)
    assert (error.code, error.remedy) == ("GR614", "Did you mean 'scale'?")
    assert refusal(Query(tmp_path / "nowhere", tmp_path / "new.tsv")).code == "GR101"
    assert refusal(Query(tmp_path, tmp_path / "new.tsv")).code == "GR610"
    assert refusal(Query(applications.model(), tmp_path / "newer.tsv")).code == "GR101"


def test_the_model_is_found_from_the_folder_around_it_and_from_the_page(tmp_path: Path) -> None:
    (tmp_path / "r_data").mkdir()
    (tmp_path / "r.html").write_text("")
    for name, content in read_model(applications.model()).items():
        (tmp_path / "r_data" / "model").mkdir(exist_ok=True)
        (tmp_path / "r_data" / "model" / name).write_bytes(content)
    found = [read_model(tmp_path / name) for name in ("r.html", "r_data", "r_data/model", "r.pdf")]
    assert all(each == found[0] for each in found)


def test_a_spoilt_model_is_not_applied(tmp_path: Path) -> None:
    files = read_model(applications.model())
    (tmp_path / "new.tsv").write_text("gene\ts1\ng\t1\n")
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "reference.npz").write_bytes(files["reference.npz"][:-1])
    (tmp_path / "model").mkdir()
    for name, content in files.items():
        (tmp_path / "model" / name).write_bytes(content[:-1] if name == "reference.npz" else content)
    assert refusal(Query(tmp_path / "model", tmp_path / "new.tsv")).code == "GR601"


def test_a_model_that_cannot_be_named_is_not_applied(tmp_path: Path) -> None:
    files = read_model(applications.model())
    told = json.loads(files["development.json"]) | {"named": ["own", "all"]}
    changed = canonical_json(told)
    manifest = json.loads(files["manifest.json"])
    manifest["files"]["development.json"] = {"sha256": sha256(changed), "size": len(changed)}
    del manifest["sha256"]
    manifest["sha256"] = sha256(canonical_json(manifest))
    for name, content in (files | {"development.json": changed, "manifest.json": canonical_json(manifest)}).items():
        (tmp_path / name).write_bytes(content)
    (tmp_path.parent / "new.tsv").write_text("gene\ts1\ng\t1\n")
    error = refusal(Query(tmp_path, tmp_path.parent / "new.tsv"))
    assert isinstance(error, BundleError)
    assert error.code == "GR616"


def test_it_is_written_as_a_whole_and_replaced_only_with_force(tmp_path: Path) -> None:
    applied = applications.applied()
    written = write_applied(applied, tmp_path / "a.html", formats=["html"], jobs=1)
    assert written == [tmp_path / "a.html", tmp_path / "a_data"]
    tables = {"findings", "gate", "arrays", "shift", "predictions", "metrics", "comparison", "calibration"}
    assert {path.name for path in (tmp_path / "a_data").iterdir()} == {
        *(f"{name}.tsv" for name in tables), "applied.json", "log.jsonl", "references.bib", "figures",
    }  # fmt: skip
    assert Applied.from_json((tmp_path / "a_data" / "applied.json").read_text()).to_json() == applied.to_json()
    predictions = pd.read_csv(tmp_path / "a_data" / "predictions.tsv", sep="\t", dtype={"sample": str})
    np.testing.assert_array_equal(predictions["p_AML"], applied.predictions["p_AML"].astype(float))
    with pytest.raises(OutputError) as caught:
        write_applied(applied, tmp_path / "a.html", formats=["html"], jobs=1)
    assert caught.value.code == "GR401"
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".jsonl"}
    write_applied(applied, tmp_path / "a.html", formats=["html"], jobs=1, force=True)
    assert before == {path: path.read_bytes() for path in before}


def test_the_command_says_by_its_status_what_came_of_it(tmp_path: Path) -> None:
    new = newcomers()
    new.expression.T.to_csv(tmp_path / "new.tsv", sep="\t")
    np.log2(new.expression.clip(lower=100)).T.to_csv(tmp_path / "logs.tsv", sep="\t")
    new.samples.drop(columns="set").to_csv(tmp_path / "sheet.tsv", sep="\t")
    first = ("apply", applications.model(), "--format", "html")
    labels = ("--labels", tmp_path / "sheet.tsv")
    done = in_process(
        *first, "--expression", tmp_path / "new.tsv", *labels, "--summary", "json", "--out", tmp_path / "a.html"
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["withheld"], told["labelled"]) == (False, 34)
    assert told["errors"] == applications.applied().errors
    withheld = in_process(*first, "--expression", tmp_path / "logs.tsv", "--out", tmp_path / "b.html")
    assert withheld.returncode == 3, withheld.stderr
    assert "--override scale" in withheld.stdout
    refused = in_process(*first, "--expression", tmp_path / "sheet.tsv", "--out", tmp_path / "c.html")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "Traceback" not in refused.stderr
    assert not list(tmp_path.glob("c*"))
