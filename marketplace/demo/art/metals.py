"""Gold, brass, copper, silver and steel, as they look from top to bottom and around a cylinder."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Metal:
    """Light, middle and dark tones; `around` are the bands on something round, `mark` is for engraving."""

    light: str
    middle: str
    dark: str
    mark: str

    @property
    def down(self) -> tuple[str, str]:
        """From the lit top to the shaded bottom."""
        return self.light, self.dark

    @property
    def around(self) -> tuple[tuple[float, str], ...]:
        """Reflections around a cylinder."""
        return (
            (0.0, self.dark),
            (0.16, self.middle),
            (0.34, self.light),
            (0.52, self.middle),
            (0.8, self.dark),
            (1.0, self.middle),
        )


GOLD = Metal("#f9e2a6", "#ddb567", "#b9883c", "#845922")
BRASS = Metal("#f4e0a0", "#d1a94f", "#9d7527", "#6f4f14")
COPPER = Metal("#f3b48c", "#c97b4d", "#8f4a27", "#6a3116")
SILVER = Metal("#fbfcfd", "#cfd5db", "#98a1ab", "#66707b")
STEEL = Metal("#f4f6f8", "#b9c2ca", "#7d8893", "#525d68")
IRON = Metal("#7a7f86", "#4a4e55", "#2b2e34", "#1b1d21")
