"""A table of the catalogue: our own rows, and behind them those of plug-ins that keep their promises."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from vlitqa.plugins.offers import Offer, Origin, all_offers, warn_of_plugin
from vlitqa.plugins.promises import broken_promise

_NAME = re.compile(r"[a-z][a-z0-9_-]*")
_RESERVED = ("all", "light", "auto")
"""Words that stand for several rows of a table, or for none."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A plug-in that is not used."""

    offer: Offer
    reason: str

    def __str__(self) -> str:
        return f"{self.offer.name} of the plug-in {self.offer.origin} is left out: {self.reason}."


@dataclass(frozen=True, slots=True)
class _Plugin:
    thing: Any
    origin: Origin


_Checked = tuple[Mapping[str, _Plugin], Sequence[LeftOut]]


class PluggableTable(Mapping[str, str]):
    """Names and what they stand for, `module:Class` or a module; what plug-ins offer under new names comes behind.

    Plug-ins are looked for when a name is none of ours, or when all names are asked for.
    """

    def __init__(self, kind: str, ours: Mapping[str, str], *, prefix: str = "") -> None:
        self.kind, self.prefix = kind, prefix
        self._ours = ours
        self._checked: _Checked = ({}, ())
        self._seen: tuple[Offer, ...] = ()

    def __getitem__(self, name: str) -> str:
        return self._ours[name] if name in self._ours else str(self._plugins[name].origin)

    def __contains__(self, name: object) -> bool:
        return name in self._ours or name in self._plugins

    def __iter__(self) -> Iterator[str]:
        yield from self._ours
        yield from self._plugins

    def __len__(self) -> int:
        return len(self._ours) + len(self._plugins)

    def load(self, name: str) -> Any:
        """What the name stands for, imported now."""
        if name not in self._ours:
            return self._plugins[name].thing
        module, _, attribute = self._ours[name].partition(":")
        return getattr(import_module(module), attribute) if attribute else import_module(module)

    def origin(self, name: str) -> Origin | None:
        """The package or file that a name comes from; None for one of ours."""
        return self._plugins[name].origin if name not in self._ours and name in self._plugins else None

    @property
    def left_out(self) -> Sequence[LeftOut]:
        """The plug-ins that offer something for this table and are not used."""
        return self._read()[1]

    @property
    def _plugins(self) -> Mapping[str, _Plugin]:
        return self._read()[0]

    def claims(self, offer: Offer) -> bool:
        """True if an offer is for this table."""
        return offer.kind == self.kind and offer.name.startswith(self.prefix)

    def refusal(self, name: str, origins: Sequence[Origin] = ()) -> str:
        """The reason why a name that these packages or files offer cannot be added; empty where it can."""
        if name in self._ours:
            return "vlitqa has this name itself"
        if name in _RESERVED or not _NAME.fullmatch(name):
            return "a name has small letters, digits, - and _, and is none of " + ", ".join(_RESERVED)
        others = ", ".join(map(str, origins))
        return f"the name is offered by {others}" if len(origins) > 1 else ""

    def _read(self) -> _Checked:
        """The plug-ins that are used, and those that are left out; checked again where a file has come in."""
        offers = all_offers()
        if offers != self._seen:
            self._seen = offers
            self._checked = self._check([offer for offer in offers if self.claims(offer)])
        return self._checked

    def _check(self, offers: Sequence[Offer]) -> _Checked:
        """Sorts offers into those that are used and those that are left out, and warns of these."""
        plugins: dict[str, _Plugin] = {}
        left_out = []
        for offer in offers:
            name = offer.name.removeprefix(self.prefix)
            thing, reason = None, self.refusal(name, [other.origin for other in offers if other.name == offer.name])
            if not reason:
                thing, reason = _load(offer, name)
            if reason:
                left_out.append(LeftOut(offer, reason))
                warn_of_plugin(str(left_out[-1]))
            else:
                plugins[name] = _Plugin(thing, offer.origin)
        return plugins, tuple(left_out)


def _load(offer: Offer, name: str) -> tuple[Any, str]:
    """What an offer stands for, and the promise that it breaks; whatever goes wrong in foreign code is a reason."""
    try:
        thing = offer.load()
        return thing, broken_promise(offer.kind, name, thing)
    except (Exception, SystemExit) as error:  # noqa: BLE001
        return None, f"{type(error).__name__}: {str(error)[:300]}"
