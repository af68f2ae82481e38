"""The package's folders stay small, its imports free of circles, and its short modules of one kind."""

import ast
import subprocess
from graphlib import TopologicalSorter
from pathlib import Path

import grimp

import netsuite_pipeline

ROOT = Path(netsuite_pipeline.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))
MOST_MODULES = 12
SHORT = 40
# One file a command.
LISTS = frozenset({"commands"})
# What Python, Dagster or the packaging tools look for by name, and the one clock.
ENTRY_POINTS = frozenset({"__init__.py", "__main__.py", "_version.py", "clock.py", "definitions.py"})


def test_no_folder_has_more_than_twelve_modules() -> None:
    """A folder with more modules than a reader takes in at a glance is split by subject."""
    counts = {
        str(folder.relative_to(ROOT)): len(list(folder.glob("*.py")))
        for folder in {module.parent for module in MODULES}
    }
    crowded = {name: count for name, count in counts.items() if count > MOST_MODULES and name not in LISTS}
    assert not crowded


def test_no_import_circle() -> None:
    """No two modules need each other, not even for their types or inside a function."""
    graph = grimp.build_graph("netsuite_pipeline", exclude_type_checking_imports=False, cache_dir=None)
    TopologicalSorter(
        {
            module: graph.find_modules_directly_imported_by(module) - {"netsuite_pipeline"}
            for module in graph.modules
            if module != "netsuite_pipeline"
        }
    ).prepare()


def test_a_short_module_is_a_type() -> None:
    """A module too short for a subject of its own defines a type, or belongs into another module."""
    texts = {path: path.read_text(encoding="utf-8") for path in MODULES if path.name not in ENTRY_POINTS}
    crumbs = [
        str(path.relative_to(ROOT))
        for path, text in texts.items()
        if text.count("\n") < SHORT
        and any(isinstance(node, ast.FunctionDef) for node in ast.parse(text).body)
    ]
    assert not crumbs


def test_no_file_of_the_package_is_ignored() -> None:
    """A pattern in .gitignore that fits a file of the package would leave it out of the next checkout."""
    listed = subprocess.run(
        ["git", "ls-files", "--others", "--ignored", "--exclude-standard", "netsuite_pipeline"],
        cwd=ROOT.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert not [line for line in listed.stdout.splitlines() if "__pycache__" not in line]
