"""The pictures of the README: `make pictures` takes them anew from a running Dagster and from the doctor."""

import html
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Page, expect

from netsuite_pipeline.emulator.process import start_emulator
from netsuite_pipeline_tests.browser.running import PROJECT, chromium_page, running_ui
from netsuite_pipeline_tests.browser.test_health import prepare_hurried_project, wait_until_it_says
from netsuite_pipeline_tests.commands.calling import call

FOLDER = PROJECT / "docs" / "images"
_TERMINAL = """<body style="margin:0"><pre id="terminal" style="display:inline-block; margin:0; padding:20px 24px;
background:#1d2330; color:#e6e9f0; font:15px/1.45 'DejaVu Sans Mono', monospace">{text}</pre></body>"""
_COLOURS = {"✓": "#63c787", "✗": "#ff7b72", "!": "#e3b341", "–": "#8b93a5"}


def check_picture(page: Page, target: Path) -> None:
    """Take the page of an asset whose role lost a permission.

    Args:
        page: An empty page of the browser.
        target: The PNG file to write.
    """
    with TemporaryDirectory() as folder, running_ui(prepare_hurried_project(Path(folder))) as ui:
        ui.run()
        wait_until_it_says(ui, "vendor", "readable", passes=True)
        call(ui.folder, "emulator", "drop-permission", "LIST_VENDOR")
        wait_until_it_says(ui, "vendor", "readable", passes=False)
        page.set_viewport_size({"width": 1280, "height": 640})
        page.goto(f"{ui.url}/assets/netsuite/vendor?view=checks&checkDetail=readable")
        expect(page.get_by_text("To fix").first).to_be_visible(timeout=300_000)
        page.screenshot(path=target)


def doctor_picture(page: Page, target: Path) -> None:
    """Take the doctor's output on an account whose role may not use SuiteQL.

    Args:
        page: An empty page of the browser.
        target: The PNG file to write.
    """
    with TemporaryDirectory() as folder, start_emulator(scale=0.01, max_seconds=1800) as emulator:
        call(Path(folder), "sync", "--select", "customer", env=emulator.env)
        emulator.admin.drop_permission("REPO_ANALYTICS")
        text = call(Path(folder), "doctor", "--select", "customer", env=emulator.env).out
    marked = html.escape(text.rstrip())
    for mark, colour in _COLOURS.items():
        marked = marked.replace(f"  {mark} ", f'  <span style="color:{colour}">{mark}</span> ')
    page.set_content(_TERMINAL.format(text=marked))
    page.locator("#terminal").screenshot(path=target)


def main() -> None:
    """Write both pictures to docs/images, or to the folder that is named."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with chromium_page() as page:
        doctor_picture(page, folder / "doctor.png")
        check_picture(page, folder / "check.png")


if __name__ == "__main__":
    main()
