"""Addresses of served models, `URL@MODEL`, and the key, which is read when it is used."""

from __future__ import annotations

import hashlib
import ipaddress
import os
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from vlitqa.contracts.tools import Lack
from vlitqa.errors import RunError, UsageError

URL, MODEL, CALLS = "OPENAI_BASE_URL", "VLITQA_JUDGE_MODEL", "VLITQA_JUDGE_CALLS"
REVISION, PLAIN_HTTP = "VLITQA_JUDGE_REVISION", "VLITQA_PLAIN_HTTP"
KEY, KEY_FILE = "OPENAI_API_KEY", "OPENAI_API_KEY_FILE"
_LONGEST_KEY = 4096
_PORTS = {"http": 80, "https": 443}
_REPAIR = f"Write URL@MODEL, such as server:http://127.0.0.1:8000/v1@llava-1.5-7b, or set {URL} and {MODEL}."


@dataclass(frozen=True, slots=True)
class Address:
    """A model on an OpenAI-compatible server."""

    url: str
    model: str
    calls: int | None = None
    """The most calls that each process of a run may make; None for no limit."""
    revision: str = ""
    """The user's own word for a model that was trained anew under its old name."""
    allows_plain_http: bool = False
    """True where the user lets the samples and the key travel unencrypted to another machine."""

    def missing(self) -> Lack | None:
        """Returns what keeps this model from being asked, as far as it shows without the network."""
        if not self.url:
            return Lack("no server is named", _REPAIR)
        if not self.model:
            return Lack("no model is named", _REPAIR)
        if urlsplit(self.url).scheme == "http" and not self.is_on_this_machine and not self.allows_plain_http:
            what = f"over plain http to {self.host}, samples and key could be read by others"
            return Lack(what, f"Name an https address, or allow it with {PLAIN_HTTP}={self.host}.")
        if find_spec("openai") is None:
            return Lack("the package openai is not installed", "pip install openai")
        return None

    def fingerprint(self) -> str:
        """Names the model, its revision, and the server by a digest: a report may be shown where the address may not.

        Scheme, host, port and path count, however they are written; the same model elsewhere may answer otherwise.
        """
        parts = urlsplit(self.url)
        place = (parts.scheme, self.host, parts.port or _PORTS.get(parts.scheme), parts.path.rstrip("/"))
        digest = hashlib.sha256(repr(place).encode()).hexdigest()[:16]
        revision = f" revision {self.revision}" if self.revision else ""
        return f"server {digest} {self.model}{revision}"

    @property
    def is_on_this_machine(self) -> bool:
        """True for an address of the loopback interface."""
        try:
            return self.host == "localhost" or ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def host(self) -> str:
        """The name of the server, which messages may show."""
        return urlsplit(self.url).hostname or ""


def address_of(source: str) -> Address:
    """Reads the address that a user wrote and completes it from the environment; no server is a default."""
    url, at_sign, model = source.partition("@")
    if "://" not in url and not (at_sign and not url):
        url, model = ("", url) if not at_sign else (url, model)
        if at_sign:
            raise UsageError(f"{source!r} does not begin with a URL.", repair=_REPAIR)
    url, model = url or os.environ.get(URL, ""), model or os.environ.get(MODEL, "")
    address = Address(
        _checked_url(url.strip()),
        model.strip(),
        calls=_read_call_limit(os.environ.get(CALLS, "")),
        revision=os.environ.get(REVISION, "").strip(),
    )
    allowed = os.environ.get(PLAIN_HTTP, "").lower().replace(",", " ").split()
    return replace(address, allows_plain_http=address.host in allowed)


def key_of_the_environment() -> str:
    """Reads the key from OPENAI_API_KEY, or from the file that OPENAI_API_KEY_FILE names; empty where there is none."""
    key, file = os.environ.get(KEY, ""), os.environ.get(KEY_FILE, "")
    if not key and file:
        try:
            with Path(file).open(encoding="ascii") as opened:
                key = opened.read(_LONGEST_KEY + 1)
        except (OSError, ValueError):
            raise RunError(f"The key cannot be read from the file in {KEY_FILE}.", repair=_key_repair()) from None
    key = key.strip()
    if len(key) > _LONGEST_KEY or not key.isascii() or not key.isprintable() or " " in key:
        raise RunError("What is given as the key of the judge's server is no key.", repair=_key_repair())
    return key


def _key_repair() -> str:
    return f"Put the key, and nothing else, into {KEY}, or into a file whose name is in {KEY_FILE}."


def _checked_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        is_usable = not url or (parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0)
    except ValueError:
        is_usable = False
    if not is_usable:
        raise UsageError("The judge's server is named by no URL that could be asked.", repair=_REPAIR)
    if parts.username or parts.password or parts.query or parts.fragment:
        raise UsageError("The URL of the judge's server holds more than an address.", repair=_key_repair())
    return url


def _read_call_limit(text: str) -> int | None:
    if not text.strip():
        return None
    if not text.strip().isdecimal():
        raise UsageError(f"{CALLS} is {text!r} instead of a number of calls.", repair=f"Such as {CALLS}=5000.")
    return int(text)
