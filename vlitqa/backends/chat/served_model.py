"""What every tool that asks a served model begins with: where the model is, and how long it is waited for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from vlitqa.backends.chat.address import Address, address_of
from vlitqa.backends.chat.client import PATIENT, Patience
from vlitqa.contracts.tools import Lack


@dataclass(frozen=True, slots=True)
class ServedModel:
    """A model on an OpenAI-compatible server, written `server:URL@MODEL`."""

    address: Address
    patience: Patience = PATIENT

    @classmethod
    def of(cls, source: str) -> Self:
        """Makes it from `URL@MODEL`, completed from the environment."""
        return cls(address_of(source))

    def missing(self) -> Lack | None:
        """Returns what keeps the model from being asked."""
        return self.address.missing()
