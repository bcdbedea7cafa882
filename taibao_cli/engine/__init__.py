"""Engines turn prepared requests into text or label probabilities."""

from taibao_cli.engine.base import Engine, LabelScore, Message, Request, Result, Sampling, Usage

__all__ = ["Engine", "LabelScore", "Message", "Request", "Result", "Sampling", "Usage"]
