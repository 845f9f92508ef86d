"""A page in Chromium, driven by Playwright, and what the browser has to say of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import playwright.sync_api as pw

QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WEBGL = ("--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
NO_WEBGL = ("--disable-3d-apis",)

ALERTED = "window.alert = window.confirm = window.prompt = (...said) => { console.error('a dialog', ...said) }"


@dataclass
class Heard:
    """What a page asked for, and what went wrong on it."""

    requests: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def attach(self, page: pw.Page) -> None:
        """Begin to listen."""
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        page.on("dialog", lambda dialog: (self.problems.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("console", lambda said: said.type == "error" and self.problems.append(f"console: {said.text}"))

    def require_silence(self) -> None:
        """Nothing but the file itself was asked for, and nothing went wrong."""
        assert self.problems == []
        files = [url for url in self.requests if url.startswith("file:")]
        assert len(set(files)) <= 1, files
        assert [url for url in self.requests if not url.startswith(("file:", "data:", "blob:"))] == []


@dataclass
class Chrome:
    """A running browser."""

    driver: pw.Playwright
    path: str
    browser: pw.Browser

    @contextmanager
    def another(self, *flags: str) -> Iterator[Chrome]:
        """A second browser, with other flags."""
        browser = self.driver.chromium.launch(executable_path=self.path, args=[*QUIET, *flags])
        yield Chrome(self.driver, self.path, browser)
        browser.close()

    @contextmanager
    def showing(self, path: Path, width: int = 1300, **context: Any) -> Iterator[pw.Page]:
        """The page, its tables ready; closed at the end, when it must have asked for nothing and told no error."""
        made = self.browser.new_context(viewport={"width": width, "height": 900}, **context)
        made.set_default_timeout(60_000)
        made.add_init_script(ALERTED)
        page, heard = made.new_page(), Heard()
        heard.attach(page)
        page.goto(path.as_uri())
        if context.get("java_script_enabled", True):
            page.wait_for_selector("body[data-tables=ready]")
        yield page
        made.close()
        assert heard.requests
        heard.require_silence()


@contextmanager
def launched(chromium: str, *flags: str) -> Iterator[Chrome]:
    """Chromium with these flags."""
    with pw.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=[*QUIET, *flags])
        yield Chrome(driver, chromium, browser)
        browser.close()


def until(page: pw.Page, expression: str, told: object = None) -> None:
    """Wait for something to be true; the page's own policy forbids what Playwright would do to wait for it."""
    for _ in range(600):
        if page.evaluate(expression, told):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never true: {expression} ({told})")


def alive(page: pw.Page, *ids: str) -> None:
    """Scroll to figures, or to all that can be drawn live, until each has been drawn or given up."""
    script = "ids => [...document.querySelectorAll('figure[data-live]')].map((figure) => figure.id)"
    for name in ids or page.evaluate(script):
        page.locator(f"#{name}").scroll_into_view_if_needed()
        until(page, "id => document.getElementById(id).dataset.live !== 'waiting'", name)


def overflow(page: pw.Page) -> int:
    """How many pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))
