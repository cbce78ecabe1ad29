"""No file that nothing uses, no file with nothing in it, nothing half-done, no invariant without its test."""
import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src"
PACKAGE = SOURCE / "tieout"
TESTS = ROOT / "tests"

INVARIANTS = ("I1", "I2", "I3", "I4", "I5", "I6", "I7", "I8", "I9", "I10", "I11", "I12")

# Found by their place and not by an import: Django's parts of an app, and `python -m`.
FOUND_BY_PLACE = {"migrations", "commands", "templatetags"}
FOUND_BY_NAME = {"__init__.py", "__main__.py", "apps.py", "models.py"}


def tracked(*patterns: str) -> list[Path]:
    """Files that git knows or would add, so that a checkout's caches are not judged."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns],
                            cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return sorted({path for name in listed.split("\0") if name and (path := ROOT / name).is_file()})


def places(file: Path) -> set[str]:
    """The names of the folders below the checkout that lead to a file."""
    return set(file.relative_to(ROOT).parts[:-1])


def module_name(file: Path) -> str:
    parts = file.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def names_used(file: Path) -> set[str]:
    """Every module that a file may mean: its imports, with the names taken from them, and its dotted strings."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    package = module_name(file).split(".") if file.is_relative_to(SOURCE) else []
    if file.name != "__init__.py":
        package = package[:-1]
    used: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            used |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            origin = ".".join([*base, *filter(None, [node.module])])
            used |= {origin} | {f"{origin}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("tieout."):
            used.add(node.value)
    return used


def test_every_module_of_the_product_is_used_by_the_product():
    files = sorted(PACKAGE.rglob("*.py"))
    entry_points = set(re.findall(r"tieout[\w.]+", (ROOT / "pyproject.toml").read_text()))
    used = {name: names_used(file) for file in files if (name := module_name(file))}
    unused = []
    for file in files:
        name = module_name(file)
        if file.name in FOUND_BY_NAME or FOUND_BY_PLACE & places(file) or name in entry_points:
            continue
        by_others = set().union(*(names for user, names in used.items() if user != name))
        if not any(other == name or other.startswith(name + ".") for other in by_others):
            unused.append(name)
    assert not unused, f"nothing in the product uses: {unused}"


def test_every_template_and_static_file_is_used():
    kinds = {".html", ".css", ".js", ".svg", ".txt"}
    assets = [file for file in tracked("src") if file.suffix in kinds and {"templates", "static"} & places(file)]
    everything = {file: file.read_text(encoding="utf-8", errors="replace")
                  for file in tracked("src") if file.suffix in {".py", *kinds}}
    unused = [str(file.relative_to(ROOT)) for file in assets
              if not any(file.name in text for other, text in everything.items() if other != file)
              and "vendor" not in places(file) and "LICENSE" not in file.name]
    assert not unused, f"nothing mentions: {unused}"


def test_no_file_is_empty():
    empty = [str(file.relative_to(ROOT)) for file in tracked()
             if not file.read_bytes().strip() and file.name not in ("__init__.py", "py.typed")]
    assert not empty


def test_nothing_is_left_half_done():
    # three X on their own; with hyphens they are the mask that QuickBooks puts before a social security number
    words = ["TO" + "DO", "FIX" + "ME", "(?<!-)" + "X" * 3 + "(?!-)", "HA" + "CK"]
    marks = re.compile(r"\b(" + "|".join(words) + r")\b|raise Not" + r"ImplementedError")
    silenced = re.compile(r"#\s*(type:\s*ignore|noqa)(?!\S*[:\[]\s*\[?[A-Za-z])")
    found = []
    for file in tracked("*.py", "*.html", "*.md", "*.toml", "*.js", "*.css"):
        if {"vendor", "decisions"} & places(file):
            continue
        for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if marks.search(line) or (file.suffix == ".py" and silenced.search(line)):
                found.append(f"{file.relative_to(ROOT)}:{number}: {line.strip()[:100]}")
    assert not found, "\n".join(found)


def test_every_skip_says_why():
    found = []
    for file in tracked("tests/*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and ast.unparse(node) == "pytest.mark.skip":
                found.append(f"{file.name}:{node.lineno}: a test that never runs")
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("pytest.skip", "pytest.mark.skipif"):
                said = [*node.args[ast.unparse(node.func) != "pytest.skip":], *(word.value for word in node.keywords)]
                if not said:
                    found.append(f"{file.name}:{node.lineno}: a skip without a reason")
    assert not found, "\n".join(found)


def test_locks_name_packages_and_hashes_and_no_address():
    locks = tracked("*.lock.txt")
    assert len(locks) == 3
    for file in locks:
        text = file.read_text()
        assert "://" not in text, f"{file.name} holds an address"
        pinned = re.findall(r"^[A-Za-z0-9._-]+(?:\[[^\]]*\])?==[^\s;]+", text, re.MULTILINE)
        requirements = re.findall(r"^[^\s#-].*$", text, re.MULTILINE)
        assert len(pinned) == len(requirements) > 0
        for block in re.split(r"^(?=[^\s#])", text, flags=re.MULTILINE):
            assert not block.strip() or block.startswith("#") or "--hash=sha256:" in block, block.split("\n")[0]


@pytest.fixture(scope="module")
def names_of_tests() -> list[str]:
    return [node.name for file in sorted(TESTS.rglob("*.py"))
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")]


@pytest.mark.parametrize("invariant", INVARIANTS)
def test_every_invariant_has_a_test_named_after_it(invariant: str, names_of_tests: list[str]):
    prefix = f"test_{invariant}_".lower()
    assert any(name.lower().startswith(prefix) for name in names_of_tests), \
        f"architecture invariant {invariant} has no test; name one {prefix}..."
