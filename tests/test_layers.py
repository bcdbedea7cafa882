"""Who may import whom, as docs/architecture.md has it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

PLAIN = {"errors", "console", "config", "configured", "line_breaks", "messages", "__init__"}
"""Modules that everybody may use; `messages` itself needs the names of the languages."""

PATENTS = {"patents"}
MAY: dict[str, set[str]] = {
    "patents": set(),
    "models": set(),
    "engine": {"models"},
    "knowledge": PATENTS,
    "checks": {"knowledge", *PATENTS},
    "tasks": {"engine", *PATENTS},
    "batch": {"engine", "tasks", "checks", "knowledge", "models", *PATENTS},
    "bench": {"engine"},
    "translation": {"batch", "engine", "tasks", "checks", "models", *PATENTS},
    "repl": {"batch", "engine", "tasks", "checks", "knowledge", "models", *PATENTS},
    "cli": {"translation", "repl", "bench", "batch", "engine", "tasks", "checks", "knowledge", "models", *PATENTS},
}
TRAIN = {"convert", "taibao_cli.batch", "taibao_cli.engine", "taibao_cli.tasks", "taibao_cli.checks"}
TRAIN |= {"taibao_cli.knowledge", "taibao_cli.patents", "taibao_cli.models"}
CONVERT = {"taibao_cli.engine"}
ENGINE_OF_TASKS = {"taibao_cli.engine.base", "taibao_cli.engine.chatml"}

Import = tuple[str, bool]


def imports(path: Path) -> set[Import]:
    """Project modules that a file imports, each with whether the import stands at the top of the module."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found: set[Import] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            names = inner if node.module in ("taibao_cli", "convert", "train") else [node.module]
        else:
            continue
        at_top = node in tree.body
        found |= {(name, at_top) for name in names if name.split(".")[0] in ("taibao_cli", "convert", "train")}
    return found


def layer(module: str) -> str:
    """`taibao_cli.batch.runner` -> `taibao_cli.batch`; `convert.gguf` -> `convert`."""
    parts = module.split(".")
    return ".".join(parts[:2]) if parts[0] == "taibao_cli" else parts[0]


def files(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


@pytest.mark.parametrize("path", files(*(f"taibao_cli/{name}" for name in MAY)), ids=str)
def test_a_layer_imports_only_what_is_below_it(path: Path) -> None:
    own = path.relative_to(ROOT / "taibao_cli").parts[0]
    allowed = {f"taibao_cli.{name}" for name in {own, *MAY[own], *PLAIN, "__version__"}}
    for module, at_top in imports(path):
        if own == "cli" and layer(module) in ("convert", "train"):
            assert not at_top, f"{path} imports {module} outside a command"
        else:
            assert layer(module) in allowed, f"{path} imports {module}"
        if own == "tasks" and layer(module) == "taibao_cli.engine":
            assert module in ENGINE_OF_TASKS, f"{path} imports {module}"


@pytest.mark.parametrize("path", files("train"), ids=str)
def test_train(path: Path) -> None:
    for module, _ in imports(path):
        plain = {f"taibao_cli.{name}" for name in PLAIN} | {"taibao_cli.__version__"}
        assert layer(module) in TRAIN | plain | {"train"}, f"{path} imports {module}"


@pytest.mark.parametrize("path", files("convert"), ids=str)
def test_convert(path: Path) -> None:
    for module, _ in imports(path):
        plain = {f"taibao_cli.{name}" for name in PLAIN} | {"taibao_cli.__version__"}
        assert layer(module) in CONVERT | plain | {"convert"}, f"{path} imports {module}"


def test_calls_into_llama_cpp_live_in_one_folder() -> None:
    users = []
    for path in files("taibao_cli"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            users += [path for name in names if name.split(".")[0] == "llama_cpp"]
    found = {path.relative_to(ROOT).as_posix() for path in users}
    assert all(path.startswith("taibao_cli/engine/llamacpp/capi/") for path in found)
