"""The messages of errors as the source has them: templates with `{}` for what varies.

A place in which only texts of the same module can stand (a conditional, a variable, what a function returns) is
replaced by each of them; a text that a parameter of the function brings is a message of its own.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
FOLDERS: Final = ("taibao_cli", "convert", "train")
QUOTED: Final = ("taibao_cli/checks", "train/instructions", "train/finetune")
"""Where the message of a ValueError becomes part of an error."""

BESIDE: Final = {"BadParameter": 0, "Unread": 1}
"""What else carries a message to the user, and the place of the message among its arguments."""

PROBLEMS: Final = "train/instructions"
"""Where the third argument of a Problem is a message."""

SAME: Final = ("replace", "strip", "rstrip", "removeprefix")
"""Methods of a text after which it still is that text."""

MOST: Final = 4
"""Calls and variables that are followed."""

Function = ast.FunctionDef | ast.AsyncFunctionDef
Scope = tuple[Function, ...]


@dataclass(frozen=True)
class Module:
    path: Path
    tree: ast.Module
    flows: set[tuple[Function, str]] = field(default_factory=set)
    """Functions and those of their parameters that become a message or a part of one."""
    phrases: list[str] = field(default_factory=list)
    """What may stand in places that hold other things, too."""

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @cached_property
    def functions(self) -> Mapping[str, Function]:
        return {node.name: node for node in ast.walk(self.tree) if isinstance(node, Function)}

    def calls(self, node: ast.AST | None = None, scope: Scope = ()) -> Iterator[tuple[ast.Call, Scope]]:
        """All calls, each with the functions around it."""
        for child in ast.iter_child_nodes(node or self.tree):
            if isinstance(child, ast.Call):
                yield child, scope
            yield from self.calls(child, (*scope, child) if isinstance(child, Function) else scope)

    def texts(self, node: ast.expr, scope: Scope, depth: int = MOST) -> list[str]:
        """The templates that an expression may be; `{}` for one that cannot be read."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return [node.value.replace("{", "{{").replace("}", "}}")]
        if isinstance(node, ast.JoinedStr):
            return _joined(self.texts(value, scope, depth) for value in node.values)
        if isinstance(node, ast.FormattedValue) and node.conversion == -1 and node.format_spec is None:
            return self._in_place(self.texts(node.value, scope, depth))
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            both = [self.texts(value, scope, depth) for value in (node.left, node.right)]
            return _joined(iter(both)) if both != [["{}"], ["{}"]] else ["{}"]
        if isinstance(node, ast.IfExp):
            return self.texts(node.body, scope, depth) + self.texts(node.orelse, scope, depth)
        if isinstance(node, ast.Name) and depth:
            return self._named(node.id, scope, depth - 1)
        if isinstance(node, ast.Call) and depth:
            return self._called(node.func, scope, depth - 1)
        return ["{}"]

    def _in_place(self, texts: list[str]) -> list[str]:
        """What a place stands for: `{}` where that is not known of all its texts, which then are messages of their
        own."""
        if all(text != "{}" and (not text or has_words(text)) for text in texts):
            return texts
        self.phrases.extend(text for text in texts if is_phrase(text))
        return ["{}"]

    def _named(self, name: str, scope: Scope, depth: int) -> list[str]:
        for at, function in reversed(list(enumerate(scope))):
            if name in _parameters(function):
                self.flows.add((function, name))
                break
            if values := list(_assigned(function, name)):
                return [text for value in values for text in self.texts(value, scope[: at + 1], depth)]
        return ["{}"]

    def _called(self, function: ast.expr, scope: Scope, depth: int) -> list[str]:
        if isinstance(function, ast.Attribute) and function.attr in SAME:
            return self.texts(function.value, scope, depth)
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        called = self.functions.get(name)
        if called is None:
            return ["{}"]
        values = [node.value for node in ast.walk(called) if isinstance(node, ast.Return) and node.value]
        return [text for value in values for text in self.texts(value, (called,), depth)] or ["{}"]


def has_words(text: str) -> bool:
    return any(character.isalpha() for character in text)


def is_phrase(text: str) -> bool:
    """Whether a part of a message is language, and not a name."""
    return has_words(text) and " " in text


def _joined(parts: Iterator[list[str]]) -> list[str]:
    return list(dict.fromkeys("".join(chosen) for chosen in product(*(dict.fromkeys(part) for part in parts))))


def _parameters(function: Function) -> list[str]:
    given = function.args
    return [each.arg for each in (*given.posonlyargs, *given.args, *given.kwonlyargs)]


def _assigned(function: Function, name: str) -> Iterator[ast.expr]:
    """All values of a variable; one that is not just assigned is unreadable."""
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store):
            yield next(
                (each.value for each in ast.walk(function) if isinstance(each, ast.Assign) and each.targets[0] is node),
                ast.Constant(None),
            )


def modules() -> list[Module]:
    paths = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
    return [Module(path, ast.parse(path.read_text("utf-8"))) for path in paths]


def exceptions(found: Sequence[Module]) -> dict[str, int]:
    """Names of all exceptions that are defined, and the place of the message among their arguments."""
    defined = {node.name: node for module in found for node in ast.walk(module.tree) if isinstance(node, ast.ClassDef)}
    places = {"Exception": 0}
    while more := {
        name: _place(node, places)
        for name, node in defined.items()
        if name not in places and any(isinstance(base, ast.Name) and base.id in places for base in node.bases)
    }:
        places |= more
    return places


def _place(defined: ast.ClassDef, places: Mapping[str, int]) -> int:
    """Which argument a class hands on as the message; -1 if none."""
    for node in ast.walk(defined):
        if isinstance(node, Function) and node.name == "__init__":
            handed = next(call.args[0] for call in ast.walk(node) if isinstance(call, ast.Call) and call.args)
            names = _parameters(node)[1:]
            return names.index(handed.id) if isinstance(handed, ast.Name) else -1
    return next(places[base.id] for base in defined.bases if isinstance(base, ast.Name) and base.id in places)


@dataclass(frozen=True, slots=True)
class Message:
    templates: tuple[str, ...]
    source: str
    """The expression."""
    where: str


def messages(found: Sequence[Module]) -> Iterator[Message]:
    """Every message of an error, and what functions are given to make one."""
    places = exceptions(found) | BESIDE
    for module in found:
        for call, scope in module.calls():
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            at = 0 if name == "ValueError" and module.name.startswith(QUOTED) else places.get(name, -1)
            if name == "Problem" and module.name.startswith(PROBLEMS):
                at = 2
            if name == "__init__" and scope and call.args and isinstance(call.args[0], ast.JoinedStr):
                at = 0
            if 0 <= at < len(call.args):
                yield _message(module, call.args[at], scope)
    for module in found:
        yield from _brought(module)
        yield Message(tuple(module.phrases), "", module.name)


def _brought(module: Module) -> Iterator[Message]:
    for function, parameter in sorted(module.flows, key=lambda flow: (flow[0].lineno, flow[1])):
        at = [each for each in _parameters(function) if each != "self"].index(parameter)
        for call, scope in module.calls():
            called = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            given = {word.arg: word.value for word in call.keywords}
            if called == function.name and (at < len(call.args) or parameter in given):
                brought = _message(module, given.get(parameter) or call.args[at], scope)
                yield replace(brought, templates=tuple(filter(is_phrase, brought.templates)))


def _message(module: Module, node: ast.expr, scope: Scope) -> Message:
    return Message(tuple(module.texts(node, scope)), ast.unparse(node), f"{module.name}:{node.lineno}")


def written(found: Sequence[Module]) -> set[str]:
    """Every text in the source, whatever it is for."""
    texts = (ast.Constant, ast.JoinedStr, ast.BinOp)
    nodes = ((module, node) for module in found for node in ast.walk(module.tree) if isinstance(node, texts))
    return {text for module, node in nodes for text in module.texts(node, ())}
