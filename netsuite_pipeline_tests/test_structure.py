"""The package's folders stay small, its imports free of circles, and its short modules of one kind."""

import ast
import subprocess
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from pkgutil import resolve_name

import grimp

import netsuite_pipeline

ROOT = Path(netsuite_pipeline.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))
TESTS = sorted(Path(__file__).parent.rglob("*.py"))
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


def _imported_names(tree: ast.Module) -> dict[str, str]:
    """The dotted name behind each name that a module imports."""
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for each in node.names:
                names[each.asname or each.name.partition(".")[0]] = (
                    each.name if each.asname else each.name.partition(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.update({each.asname or each.name: f"{node.module}.{each.name}" for each in node.names})
    return names


def _patched_names(tree: ast.Module) -> Iterator[str]:
    """The dotted name of everything that a test module patches in an importable module or class."""
    imported = _imported_names(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        if ast.unparse(node.func).rpartition(".")[2] not in {"setattr", "delattr", "patch", "object"}:
            continue
        target, *others = node.args
        if isinstance(target, ast.Constant) and isinstance(target.value, str):
            yield target.value
        elif others and isinstance(others[0], ast.Constant):
            root, _, rest = ast.unparse(target).partition(".")
            if root in imported:
                yield ".".join(filter(None, (imported[root], rest, str(others[0].value))))


def _exists(name: str) -> bool:
    try:
        resolve_name(name)
    except (ImportError, AttributeError):
        return False
    return True


def test_every_patched_name_exists() -> None:
    """A patch of a name that is gone changes nothing, or fails only when its test is run."""
    patched = {
        (str(path.relative_to(ROOT.parent)), name)
        for path in TESTS
        for name in _patched_names(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert len(patched) > 50
    assert not [each for each in sorted(patched) if not _exists(each[1])]


def test_a_patch_of_a_name_that_is_gone_is_found() -> None:
    """The search above finds both forms of a patch, and skips a local object."""
    text = (
        "from netsuite_pipeline import wording as words\n"
        "def test(monkeypatch, local):\n"
        "    monkeypatch.setattr(words, 'gone', 1)\n"
        "    monkeypatch.setattr('netsuite_pipeline.wording.lost', 1)\n"
        "    monkeypatch.setattr('netsuite_pipeline.wording.counted', 1)\n"
        "    monkeypatch.setattr(local, 'gone', 1)\n"
    )
    names = list(_patched_names(ast.parse(text)))
    assert [name for name in names if not _exists(name)] == [
        "netsuite_pipeline.wording.gone",
        "netsuite_pipeline.wording.lost",
    ]
