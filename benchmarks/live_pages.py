"""The app in a real browser: serve a project as a user does, run Chromium, sign in."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright


@contextmanager
def served(project: Path) -> Iterator[str]:
    """Serve the project as a user does, while the block runs."""
    port = free_port()
    command = [sys.executable, "-m", "annotator", "serve", str(project), "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(f"http://127.0.0.1:{port}/_stcore/health")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def free_port() -> int:
    """Return a port of this machine that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str, timeout_s: float = 60) -> None:
    """Wait until the address answers."""
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            urllib.request.urlopen(url, timeout=1).close()
        except (urllib.error.URLError, OSError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return


@contextmanager
def chromium(*more: str) -> Iterator[Browser]:
    """Run a headless Chromium, with more of its own options, while the block runs."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-headless-shell")
    if path is None:
        sys.exit("Chromium was not found; install it, or set $CHROMIUM to its path.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", *more]
        )
        yield browser
        browser.close()


def sign_in(page: Page, url: str, name: str) -> None:
    """Sign in as a new person and wait for the first sentence."""
    page.goto(url)
    page.locator(".st-key-sign-in input").fill(name, timeout=60_000)
    page.get_by_role("button", name="Start").click()
    page.get_by_role("option").first.wait_for(timeout=60_000)
