"""Paths and addresses: what they mean, how they are fetched, and that nothing secret is ever said."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genereport import locations
from genereport.errors import CohortError, SettingsError
from genereport.locations import Remote, fetching_once, located, read_bytes, redacted
from tests.serving import Served, served

CONTENT = b"gene\tS1\tS2\n" + b"g1\t1\t2\n" * 2000


@pytest.fixture
def server() -> Iterator[Served]:
    with served({"m.tsv": CONTENT}) as offer:
        yield offer


def where(text: str, folder: Path | None = None, **variables: str) -> object:
    return located(text, folder, variables, "cohort.expression")


def test_variables_home_and_folders() -> None:
    folder = Path("/study")
    assert where("a/b.tsv", folder) == Path("/study/a/b.tsv")
    assert where("/a/b.tsv", folder) == Path("/a/b.tsv")
    assert where("$DATA/b.tsv", folder, DATA="x") == Path("/study/x/b.tsv")
    assert where("${DATA}_1.tsv", folder, DATA="/x") == Path("/x_1.tsv")
    assert where("a$$b$1.tsv", DATA="x") == Path("a$b$1.tsv")
    assert where("~/b.tsv", folder) == Path.home() / "b.tsv"
    assert where("./~a/b.tsv", folder) == Path("/study/~a/b.tsv")
    assert where("file:///data/a%20b.tsv", folder) == Path("/data/a b.tsv")
    assert where("https://host/$NAME", folder, NAME="m.tsv") == Remote("https://host/m.tsv")


def test_what_is_there_by_that_very_name_is_meant_on_the_command_line(tmp_path: Path) -> None:
    for name in ("a $b.tsv", "~nobody-of-this-name"):
        (tmp_path / name).touch()
        assert where(str(tmp_path / name)) == tmp_path / name
    with pytest.raises(SettingsError, match="GR007"):
        where("a $b.tsv", tmp_path)


@pytest.mark.parametrize(
    ("text", "code", "tells"),
    [
        ("$DATA/m.tsv", "GR007", "'DATA'"),
        ("${DATA}/m.tsv", "GR007", "'DATA'"),
        ("~nobody-of-this-name/m.tsv", "GR007", "home"),
        ("a\0b.tsv", "GR002", "NUL"),
        ("htps://host/m.tsv", "GR008", "Did you mean 'https'?"),
        ("quux://host/m.tsv", "GR008", "https://"),
        ("zip://m.tsv::quux://host/a.zip", "GR008", "'quux'"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_setting(text: str, code: str, tells: str) -> None:
    with pytest.raises(SettingsError, match=code) as refusal:
        where(text)
    assert tells in str(refusal.value)
    assert "cohort.expression" in str(refusal.value)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://user:pw@host:81/data/a%20b.tsv?token=1#x", "a b.tsv"),
        ("https://host/a%2F..%2Fb.tsv", "b.tsv"),
        ("https://host", "host"),
        ("zip://inner/m.csv::https://host/a.zip", "m.csv"),
        ("simplecache::https://host/m.csv", "m.csv"),
        ("memory://m.tsv.gz", "m.tsv.gz"),
    ],
)
def test_the_name_is_that_of_the_file(address: str, name: str) -> None:
    assert Remote(address).name == name


SECRETS = st.text("aZ09!'/:?@#&=.%~", min_size=1).filter(lambda text: "::" not in text)
SECRETS = SECRETS.map(lambda text: f"SECRET{text}SECRET")


@given(SECRETS, st.sampled_from(["https", "s3", "ftp", "zip://m.csv::https"]))
def test_no_text_shows_what_is_secret(secret: str, protocol: str) -> None:
    addresses = [f"{protocol}://user:{secret}@host/m.tsv", f"{protocol}://host:80/m.tsv?key={secret}"]
    addresses += [f"{protocol}://{secret.replace('/', '')}@host/m.tsv"] if not set("?#:") & set(secret) else []
    for address in addresses:
        remote = Remote(address)
        shown = (str(remote), repr(remote), remote.name, redacted(address), redacted(f"cohort.expression={address}"))
        assert not any("SECRET" in text for text in shown)


def test_other_texts_stay_as_they_are() -> None:
    for text in ("report.title=A: b @ c?", "/a/b@c?d", "https://host:8080/@scope/m.tsv", "~ class + centre"):
        assert redacted(text) == text
    assert redacted("no 'https://u:p@h/x?k=v', see http://b/c") == "no 'https://h/x', see http://b/c"


def test_a_file_is_fetched_with_its_credentials_and_once(server: Served) -> None:
    remote = Remote(server.address.replace("//", "//ann:secret@") + "/m.tsv?version=2")
    with fetching_once():
        assert read_bytes(remote) == read_bytes(Remote(remote.address)) == CONTENT
    assert server.asked == ["/m.tsv?version=2"]
    assert server.credentials[0] is not None
    assert read_bytes(remote) == CONTENT
    assert len(server.asked) == 2


def test_any_protocol_of_fsspec_will_do(tmp_path: Path) -> None:
    fsspec.filesystem("memory").pipe("/cohort/m.tsv", CONTENT)
    assert read_bytes(Remote("memory://cohort/m.tsv")) == CONTENT
    assert read_bytes(tmp_path / "m.tsv") == CONTENT if (tmp_path / "m.tsv").write_bytes(CONTENT) else False


@pytest.mark.parametrize(
    ("path", "tells"),
    [
        ("none.tsv", "the file does not exist"),
        ("500/m.tsv", "the server answered 500"),
        ("cut/m.tsv", "cut off"),
        ("slow/m.tsv", "no data arrived for 0.3 seconds"),
    ],
)
def test_what_a_server_fails_to_give_is_told(
    server: Served, path: str, tells: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locations, "SILENCE", 0.3)
    address = f"{server.address}/{path}"
    with pytest.raises(CohortError, match="GR129") as refusal:
        read_bytes(Remote(address.replace("//", "//ann:pa55word@") + "?token=t0ken"))
    message = str(refusal.value)
    assert tells in message
    assert address in message
    assert not {"ann", "pa55word", "t0ken"} & set(message.replace("@", " ").replace(":", " ").split())
    assert "t0ken" not in message


@pytest.mark.parametrize("address", ["http://127.0.0.1:1/m.tsv", "memory://nowhere/m.tsv", "http://a b/m.tsv"])
def test_what_is_not_there_is_told(address: str) -> None:
    with pytest.raises(CohortError, match="GR129") as refusal:
        read_bytes(Remote(address))
    assert "\n" not in str(refusal.value)


def test_nothing_of_fsspec_loads_for_a_path() -> None:
    code = (
        "import sys\nfrom genereport.locations import located, read_bytes\n"
        "read_bytes(located(sys.executable, None, {}, 'x'))\n"
        "print(sorted({'fsspec', 'aiohttp'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
