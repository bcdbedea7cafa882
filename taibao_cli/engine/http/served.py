"""The models that a server serves."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import Any, Final

from taibao_cli.engine.http.address import check_address
from taibao_cli.engine.http.server import Server, read_json
from taibao_cli.errors import ModelError, RowError, UsageError
from taibao_cli.models.registry import Model

_NAMES_SHOWN: Final = 30


def server_model(base_url: str, name: str | None, *, key: str | None = None, timeout: float = 30.0) -> Model:
    """Describe a model of a server. Its digest is that of address and name: labels and journals stay valid with them.

    Args:
        base_url: as `HttpEngine` has it.
        name: the server's name of the model; None asks the server, which then must serve exactly one.
        key: as `HttpEngine` has it.
        timeout: longest silence of the server, in seconds.

    Raises:
        UsageError: the address or the key cannot be used, or the server serves several models and none is named.
        ModelError: the server cannot be asked.
    """
    url = check_address(base_url)
    if name is None:
        server = Server(url, key, timeout=timeout, sleep=time.sleep)
        try:
            names = server.ask("/models", None, read_json(model_names))
        except RowError as error:
            raise ModelError(f"{error}; the address usually ends in /v1, and --model NAME asks for no list") from None
        finally:
            server.close()
        if len(names) != 1:
            shown = ", ".join(names[:_NAMES_SHOWN]) + (" …" if len(names) > _NAMES_SHOWN else "")
            raise UsageError(f"{url} serves {len(names)} models ({shown or 'none'}); name one with --model NAME")
        name = names[0]
    digest = hashlib.sha256(f"{url} {name}".encode()).hexdigest()
    return Model(name, Path(), digest, "full", None, {})


def model_names(data: Any) -> list[str]:
    """The names in the answer to `GET /models`."""
    entries = data.get("data") if isinstance(data, dict) else None
    if not isinstance(entries, list):
        raise RowError("engine", "the answer is no list of models")
    return [entry["id"] for entry in entries if isinstance(entry, dict) and isinstance(entry.get("id"), str)]
