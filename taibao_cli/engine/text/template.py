"""Chat templates that models bring along: rendered in a sandbox, contents kept apart from control tokens."""

from __future__ import annotations

import functools
import json
import re
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from taibao_cli.engine.base import Message
from taibao_cli.engine.chatml import CHATML_TEMPLATE, chatml_pieces
from taibao_cli.errors import ModelError

SECONDS: Final = 2.0
"""Longest time a template may take."""

_PLACEHOLDER: Final = "\ue000taibao-content-{}\ue001"
_PLACEHOLDERS: Final = re.compile(_PLACEHOLDER.format(r"(\d+)"))

Pieces = list[tuple[str, bool]]
Builder = Callable[[Sequence[Message]], Pieces]


def piece_builder(template: str | None, controls: Sequence[str], *, bos: str = "", eos: str = "") -> Builder:
    """Return the function that turns messages into `(text, is_special)` pieces for the answer to them.

    Args:
        template: the template embedded in the model. Without one, a vocabulary with ChatML tokens gets ChatML.
        controls: spelling of every control token of the vocabulary.
        bos, eos: what the template knows as `bos_token` and `eos_token`.

    Raises:
        ModelError: there is no template to use, or it is not valid jinja.
    """
    if template is None and not {"<|im_start|>", "<|im_end|>"} <= set(controls):
        raise ModelError("the model has no chat template; use an instruction-tuned GGUF")
    if template is None or template.strip() == CHATML_TEMPLATE:
        return chatml_pieces
    compiled = _compile(template)
    splitter = re.compile("|".join(map(re.escape, sorted(controls, key=len, reverse=True))) or r"(?!)")

    @functools.lru_cache(maxsize=64)
    def skeleton(roles: tuple[str, ...]) -> str:
        return _render(compiled, roles, bos=bos, eos=eos)

    def build(messages: Sequence[Message]) -> Pieces:
        return _fill(skeleton(tuple(m.role for m in messages)), [m.content for m in messages], splitter)

    return build


def _compile(template: str) -> Any:
    from jinja2 import TemplateError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class TimedEnvironment(ImmutableSandboxedEnvironment):
        """A sandbox that looks at the clock whenever the template calls or reads something."""

        deadline = float("inf")

        def _check(self) -> None:
            if time.monotonic() > self.deadline:
                raise TimeoutError

        def call(self, *args: Any, **kwargs: Any) -> Any:
            self._check()
            return super().call(*args, **kwargs)

        def getitem(self, obj: Any, argument: Any) -> Any:
            self._check()
            return super().getitem(obj, argument)

        def getattr(self, obj: Any, attribute: str) -> Any:
            self._check()
            return super().getattr(obj, attribute)

    def refuse(message: str) -> None:
        raise TemplateError(message)

    env = TimedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"])
    env.filters["tojson"] = lambda value, **options: json.dumps(value, ensure_ascii=False, **options)
    env.globals["raise_exception"] = refuse
    env.globals["strftime_now"] = lambda form: datetime.now().strftime(form)
    try:
        return env.from_string(template)
    except TemplateError as error:
        raise ModelError(f"the model's chat template is not valid: {_one_line(error)}") from error


def _render(compiled: Any, roles: Sequence[str], *, bos: str, eos: str) -> str:
    """Render with placeholders for the contents, so that the template cannot change or drop any of them."""
    messages = [{"role": role, "content": _PLACEHOLDER.format(i)} for i, role in enumerate(roles)]
    compiled.environment.deadline = time.monotonic() + SECONDS
    try:
        text = compiled.render(
            messages=messages, add_generation_prompt=True, enable_thinking=False, bos_token=bos, eos_token=eos
        )
    except TimeoutError as error:
        raise ModelError(f"the model's chat template did not finish within {SECONDS:.0f} s") from error
    except Exception as error:  # a template can fail in any way that Python can
        raise ModelError(f"the model's chat template failed on roles {', '.join(roles)}: {_one_line(error)}") from error
    shown = [int(i) for i in _PLACEHOLDERS.findall(text)]
    if shown != list(range(len(roles))):
        raise ModelError(f"the model's chat template does not show every message of roles {', '.join(roles)} once")
    return str(text)


def _fill(skeleton: str, contents: Sequence[str], splitter: re.Pattern[str]) -> Pieces:
    """Split the template's own text at control tokens and join contents to the plain text around them."""
    pieces: Pieces = []
    plain = ""
    for number, part in enumerate(_PLACEHOLDERS.split(skeleton)):
        if number % 2:
            plain += contents[int(part)]
            continue
        at = 0
        for match in splitter.finditer(part):
            plain += part[at : match.start()]
            if plain:
                pieces.append((plain, False))
            pieces.append((match.group(), True))
            plain, at = "", match.end()
        plain += part[at:]
    return [*pieces, (plain, False)] if plain else pieces


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
