"""The layout is the architecture: who imports whom, and what the core may know."""
import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "tieout"
CORE = PACKAGE / "core"

# Parts of the standard library through which a core module could reach network, disk, database, clock or chance.
OUTSIDE_WORLD = {
    "asyncio", "http", "io", "os", "pathlib", "random", "secrets", "shutil", "socket", "sqlite3", "ssl", "subprocess",
    "tempfile", "threading", "time", "urllib", "uuid", "multiprocessing", "concurrent", "logging",
}
CLOCKS = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today")}
NAME_MATCHING = {"rapidfuzz"}


def core_files() -> list[Path]:
    return sorted(CORE.rglob("*.py"))


def imported(tree: ast.AST) -> Iterator[str]:
    """Full names of what a file imports; relative imports stay inside the package and are left out."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module or ""


def test_imports_go_one_way():
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("file", core_files(), ids=lambda file: str(file.relative_to(CORE)))
def test_the_core_imports_only_the_standard_library_and_reaches_nothing_outside(file: Path):
    tree = ast.parse(file.read_text(encoding="utf-8"))
    matches_names = file.relative_to(CORE).parts[0] in ("names.py", "names")
    for name in imported(tree):
        top = name.partition(".")[0]
        if name == "tieout.core" or name.startswith("tieout.core."):
            continue
        assert top in sys.stdlib_module_names or (matches_names and top in NAME_MATCHING), f"{file.name} imports {name}"
        assert top not in OUTSIDE_WORLD, f"{file.name} imports {name}: the core is handed what it needs"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            assert (ast.unparse(node.value).rpartition(".")[2], node.attr) not in CLOCKS, \
                f"{file.name}:{node.lineno} reads the clock; the core is told the date"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in {"open", "print", "input", "float"}, \
                f"{file.name}:{node.lineno} calls {node.func.id}()"
