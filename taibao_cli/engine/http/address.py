"""What a user says of a server: its address, and a key from the environment."""

from __future__ import annotations

from urllib.parse import urlsplit

from taibao_cli.errors import UsageError


def check_address(base_url: str) -> str:
    """The address without a slash at its end.

    Raises:
        UsageError: not http or https, or it carries a password, a query or a fragment.
    """
    try:
        parts = urlsplit(base_url.strip())
        bad = parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0 or " " in parts.netloc
    except ValueError:
        bad = True
    if bad:
        raise UsageError("--base-url: give an address such as http://127.0.0.1:8000/v1 (http or https)")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise UsageError("--base-url: no password, ? or # in the address; a key goes into TAIBAO_API_KEY")
    return parts.geturl().rstrip("/")


def check_key(key: str | None) -> str | None:
    """The key without blanks around it; None for an empty one.

    Raises:
        UsageError: it cannot stand in a header.
    """
    key = (key or "").strip()
    if not (key.isascii() and key.isprintable() and " " not in key):
        raise UsageError("TAIBAO_API_KEY holds characters that no key has; set it anew")
    return key or None
