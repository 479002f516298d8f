"""What a build may spend: tokens, or money by the user's prices. It is reserved before a request is sent."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from vlitqa.construction.recipe_parts import WriterPart
from vlitqa.contracts.writers import TokenUsage

_MILLION = 1_000_000


@dataclass(slots=True)
class WritingBudget:
    """The tokens that were spent in all runs of a build, and those that are reserved for requests in flight."""

    limits: WriterPart
    spent: TokenUsage = field(default_factory=lambda: TokenUsage(0, 0))
    _reserved: TokenUsage = field(default_factory=lambda: TokenUsage(0, 0))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def reserve(self, usage: TokenUsage) -> bool:
        """Sets tokens aside for a request; returns False where the budget does not allow them."""
        with self._lock:
            wanted = _sum(_sum(self.spent, self._reserved), usage)
            if self._is_beyond(wanted):
                return False
            self._reserved = _sum(self._reserved, usage)
            return True

    def settle(self, reserved: TokenUsage, used: TokenUsage | None) -> None:
        """Puts what a request used in the place of what was reserved for it."""
        with self._lock:
            self._reserved = TokenUsage(self._reserved.prompt - reserved.prompt, self._reserved.reply - reserved.reply)
            if used:
                self.spent = _sum(self.spent, used)

    def money(self) -> float | None:
        """What was spent, by the user's prices; None without prices."""
        return price_of(self.spent, self.limits)

    def describe_limit(self) -> str:
        """The budget in words."""
        limits = self.limits
        tokens = f"{limits.most_tokens:,} tokens" if limits.most_tokens is not None else ""
        money = f"{limits.most_money:g}" if limits.most_money is not None else ""
        return " or ".join(filter(None, (tokens, money)))

    def _is_beyond(self, usage: TokenUsage) -> bool:
        limits, price = self.limits, price_of(usage, self.limits)
        is_beyond_tokens = limits.most_tokens is not None and usage.prompt + usage.reply > limits.most_tokens
        return is_beyond_tokens or (limits.most_money is not None and price is not None and price > limits.most_money)


def price_of(usage: TokenUsage, limits: WriterPart) -> float | None:
    """The price of tokens; None where the user gives none."""
    if limits.prompt_price is None or limits.reply_price is None:
        return None
    return (usage.prompt * limits.prompt_price + usage.reply * limits.reply_price) / _MILLION


def _sum(first: TokenUsage, second: TokenUsage) -> TokenUsage:
    return TokenUsage(first.prompt + second.prompt, first.reply + second.reply, first.is_estimate or second.is_estimate)
