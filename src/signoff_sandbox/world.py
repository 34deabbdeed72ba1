"""What all practice apps of one process share: the clock, the seed, the faults and the options."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from signoff_sandbox.clock import Clock
from signoff_sandbox.faults import Faults
from signoff_sandbox.options import Options


@dataclass
class World:
    """`start_over` replaces the world by a new one with these options; serving sets it."""

    options: Options
    start_over: Callable[[Options], None] | None = None
    clock: Clock = field(default_factory=Clock)
    faults: Faults = field(init=False)

    def __post_init__(self) -> None:
        self.faults = Faults(seed=self.options.seed)

    @property
    def seed(self) -> int:
        return self.options.seed
