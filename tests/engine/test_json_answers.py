"""Answers in the form of a JSON schema, from a model that knows nothing of JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from taibao_cli.engine.base import Message, Request, Sampling
from taibao_cli.engine.llamacpp import constrained
from taibao_cli.engine.llamacpp.capi.model import Model
from taibao_cli.engine.llamacpp.capi.sampling import Grammar, Sampler, rules_of
from taibao_cli.engine.llamacpp.engine import LlamaCppEngine

FORM = {
    "type": "object",
    "properties": {
        "kind": {"enum": ["装置", "method"]},
        "parts": {"type": "array", "items": {"type": "string", "maxLength": 5}, "maxItems": 3},
        "novel": {"type": "boolean"},
    },
    "required": ["kind", "parts", "novel"],
    "additionalProperties": False,
}


def ask(key: str, schema: Any = FORM, sampling: Sampling | None = None) -> Request:
    return Request(key, (Message("user", f"row {key}"),), 120, sampling or Sampling(), schema=json.dumps(schema))


def test_the_most_probable_allowed_token_is_taken(tiny: Path) -> None:
    model = Model(tiny)
    rules = rules_of(json.dumps({"type": "object", "properties": {"a": {"type": "boolean"}}, "required": ["a"]}))
    logits = np.random.default_rng(0).normal(size=model.n_vocab).astype(np.float32)
    grammar, written = Grammar(model, rules), b""
    while True:
        token = constrained.choose(grammar, None, int(logits.argmax()), logits)
        everything = grammar.allowed(np.arange(model.n_vocab, dtype=np.int32))
        assert token == everything[logits[everything].argmax()]
        if model.is_end(token):
            break
        grammar.accept(token)
        written += model.piece(token)
        logits[token] -= 1.0
    assert isinstance(json.loads(written)["a"], bool)
    grammar.close()
    model.close()


def test_a_sampler_chooses_among_allowed_tokens_by_their_weight(tiny: Path) -> None:
    model = Model(tiny)
    prototype = Grammar(model, 'root ::= "x" | "y"')
    x, y, z = (model.tokenize(letter, parse_special=False)[0] for letter in "xyz")
    logits = np.full(model.n_vocab, -5.0, np.float32)
    logits[[x, y, z]] = 1.0, 3.0, 9.0
    sampler = Sampler(model, Sampling(temperature=1.0, seed=1))
    chosen = [constrained.choose(prototype.copy(), sampler, z, logits) for _ in range(400)]
    assert set(chosen) == {x, y}
    assert 0.80 < chosen.count(y) / 400 < 0.95  # e² / (1 + e²) = 0.88
    model.close()


def test_any_object_is_a_form_too(engine: LlamaCppEngine) -> None:
    (result,) = engine.run([ask("1", {"type": "object"}, Sampling(temperature=1.0, seed=5))])
    assert result.error is None
    assert result.text.startswith("{")
    if result.finish == "stop":
        assert isinstance(json.loads(result.text), dict)
