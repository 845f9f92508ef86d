"""The crate describes what is there, with its SHA-256, for others to read, and alike for equal runs."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rocrate.rocrate import ROCrate

from genereport.analyses.provenance import InputFile
from genereport.errors import VerificationError
from genereport.runs.crate import CRATE, PROFILE, read_crate, write_crate
from tests.analyses import two_class


def graph_of(data: Path) -> dict[str, dict[str, Any]]:
    """Id → entity."""
    content = json.loads((data / CRATE).read_text(encoding="utf-8"))
    return {entity["@id"]: entity for entity in content["@graph"]}


@pytest.fixture(scope="module")
def graph(written: Path) -> dict[str, dict[str, Any]]:
    return graph_of(written / "r_data")


@pytest.fixture
def data(written: Path, tmp_path: Path) -> Path:
    """A copy of the data folder with its page, to be described anew."""
    shutil.copy(written / "r.html", tmp_path / "r.html")
    return Path(shutil.copytree(written / "r_data", tmp_path / "r_data"))


def test_every_file_of_the_folder_is_listed_with_its_size_and_hash(written: Path, graph: dict[str, Any]) -> None:
    data = written / "r_data"
    files = {path.relative_to(data).as_posix(): path for path in data.rglob("*") if path.is_file()}
    listed = {part["@id"] for part in graph["./"]["hasPart"]}
    assert listed == set(files) - {CRATE, "log.jsonl"}
    assert {"results.json", "run.json", "methods.md", "model/manifest.json", "tables/metrics.tsv"} <= listed
    for name in listed:
        content = files[name].read_bytes()
        assert graph[name]["@type"] == "File"
        assert graph[name]["sha256"] == hashlib.sha256(content).hexdigest()
        assert graph[name]["contentSize"] == str(len(content))
        assert graph[name]["encodingFormat"] != "application/octet-stream", name
        assert graph[name]["name"]
        assert graph[name]["description"].endswith(".")


def test_the_page_is_described_but_is_no_part_of_the_folder(written: Path, graph: dict[str, Any]) -> None:
    page = graph["#r.html"]
    assert page["sha256"] == hashlib.sha256((written / "r.html").read_bytes()).hexdigest()
    assert (page["@type"], page["encodingFormat"]) == ("File", "text/html")
    assert "#r.html" not in {part["@id"] for part in graph["./"]["hasPart"]}
    assert "#r.pdf" not in graph


def test_the_run_is_described_as_the_profile_asks(graph: dict[str, Any]) -> None:
    root = graph["./"]
    assert root["conformsTo"] == {"@id": PROFILE}
    assert graph[PROFILE]["@type"] == "CreativeWork"
    action = graph[root["mentions"]["@id"]]
    assert action["@type"] == "CreateAction"
    assert action["actionStatus"] == "http://schema.org/CompletedActionStatus"
    assert {one["@id"] for one in action["result"]} == {part["@id"] for part in root["hasPart"]} | {"#r.html"}
    software = graph[action["instrument"]["@id"]]
    assert software["@type"] == "SoftwareApplication"
    assert software["softwareVersion"] == two_class().versions["genereport"]
    assert "simulated" in root["description"]


def test_nothing_tells_the_time_or_the_person(graph: dict[str, Any]) -> None:
    found = {key for entity in graph.values() for key in entity}
    assert not found & {"datePublished", "dateCreated", "endTime", "startTime", "agent", "author", "sdDatePublished"}


def test_the_date_of_the_report_is_its_date_of_publication(data: Path) -> None:
    analysis = two_class()
    dated = {**analysis.settings, "report": {**analysis.settings["report"], "date": "1999-10-15"}}
    write_crate(replace(analysis, settings=dated), data)
    assert graph_of(data)["./"]["datePublished"] == "1999-10-15"


def test_inputs_are_described_by_their_hash_and_once(data: Path) -> None:
    inputs = (
        InputFile("expression", "one.csv.gz", 12, "a" * 64),
        InputFile("labels", "labels.tsv", 7, "b" * 64),
        InputFile("test_expression", "two.csv.gz", 12, "a" * 64),
    )
    write_crate(replace(two_class(), inputs=inputs), data)
    graph = graph_of(data)
    action = graph[graph["./"]["mentions"]["@id"]]
    assert action["object"] == [{"@id": f"#sha256-{'a' * 64}"}, {"@id": f"#sha256-{'b' * 64}"}]
    twice = graph[f"#sha256-{'a' * 64}"]
    assert (twice["name"], twice["contentSize"]) == ("one.csv.gz, two.csv.gz", "12")
    assert "expression, test_expression" in twice["description"]
    assert len(read_crate(data)) == len(action["result"])


def test_equal_runs_give_equal_bytes(written: Path, data: Path) -> None:
    write_crate(two_class(), data)
    raw = (data / CRATE).read_bytes()
    assert raw == (written / "r_data" / CRATE).read_bytes()
    content = json.loads(raw)
    assert raw.decode() == json.dumps(content, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def test_the_reference_library_reads_it(written: Path, graph: dict[str, Any]) -> None:
    crate = ROCrate(written / "r_data")
    assert crate.name == two_class().title
    assert {entity.id for entity in crate.data_entities} == {part["@id"] for part in graph["./"]["hasPart"]}
    assert crate.metadata.version == "1.1"
    assert all(Path(entity.source).is_file() for entity in crate.data_entities)


def test_names_that_a_uri_cannot_hold_read_back(data: Path) -> None:
    odd = data / "tables" / "50 % # ü.tsv"
    odd.write_text("a\n")
    write_crate(two_class(), data)
    assert "tables/50%20%25%20%23%20%C3%BC.tsv" in graph_of(data)
    assert "tables/50 % # ü.tsv" in {file.name for file in read_crate(data)}


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"@graph": 1}', '{"@graph": [{"@type": "CreateAction"}]}'])
def test_what_is_no_crate_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / CRATE).write_text(content)
    with pytest.raises(VerificationError, match=r"GR604.*build the report again"):
        read_crate(tmp_path)
