"""The site of docs/ builds without a warning, and the pages beside it link to what is there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted(ROOT.glob("*.md"))
MOST_LINES = 150
LINK = re.compile(r"\]\(([^)\s]+)\)")


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    heads = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


def test_the_site_builds_with_all_links_checked(tmp_path: Path) -> None:
    """mkdocs turns a broken link, a missing anchor or a page outside the navigation into a failure."""
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    assert (tmp_path / "site" / "index.html").exists()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_pages_beside_it_link_to_what_is_there(page: Path) -> None:
    """Every relative link of README and its neighbours leads to a file, and its anchor to a heading."""
    for link in LINK.findall(page.read_text(encoding="utf-8")):
        if "://" in link:
            continue
        name, _, anchor = link.partition("#")
        target = ROOT / name if name else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_the_readme_is_a_first_page() -> None:
    """The README stays short enough to read in one sitting."""
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= MOST_LINES


def test_architecture_names_files_that_exist() -> None:
    """Every path in ARCHITECTURE.md exists below the package or the repository."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    named = re.findall(r"`([\w./]+\.(?:py|yaml|csv|md|toml))`", text)
    assert named
    package = ROOT / "netsuite_pipeline"
    folders = [ROOT, package, *(path for path in package.rglob("*") if path.is_dir())]
    missing = [name for name in named if not any((folder / name).exists() for folder in folders)]
    assert not missing
