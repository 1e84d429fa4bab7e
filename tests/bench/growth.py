"""A plot of how costs grow: both axes logarithmic, each line relative to its own smallest size. Plain SVG."""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 1100, 560, 60, 30, 380, 50
COLOURS = ("#0f5fae", "#b3261e", "#2f6f3a", "#8a5a00", "#6b3fa0", "#007c89", "#a8326e", "#555555")


def plot(growth: Mapping[str, Mapping[int, float]]) -> str:
    """`growth`: by name, size to cost."""
    lines = {name: by_size for name, by_size in growth.items() if len(by_size) > 1}
    sizes = sorted({size for by_size in lines.values() for size in by_size})
    if not sizes:
        return f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}"/>'
    first, last = math.log10(sizes[0]), math.log10(sizes[-1])
    relative = {
        name: {s: v / by[min(by)] for s, v in by.items() if by[min(by)]} for name, by in lines.items()
    }
    tallest = max((v for by in relative.values() for v in by.values()), default=1.0)
    low, high = -0.3, max(1.0, math.log10(tallest))

    def x(size: float) -> float:
        return LEFT + (math.log10(size) - first) / (last - first) * (WIDTH - LEFT - RIGHT)

    def y(times: float) -> float:
        where = (max(low, math.log10(max(times, 1e-3))) - low) / (high - low)
        return HEIGHT - BOTTOM - where * (HEIGHT - TOP - BOTTOM)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" font-family="sans-serif" '
        'font-size="12"><rect width="100%" height="100%" fill="white"/>',
        f'<text x="{LEFT}" y="18">cost relative to the smallest size; a straight diagonal is linear growth</text>',
    ]
    parts += [f'<text x="{x(s):.0f}" y="{HEIGHT - 25}" text-anchor="middle">{s:,}</text>' for s in sizes]
    for power in range(int(high) + 1):
        at = y(10**power)
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.0f}" y2="{at:.0f}" stroke="#dddddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{at + 4:.0f}" text-anchor="end">{10**power} x</text>')
    for number, (name, by_size) in enumerate(relative.items()):
        colour = COLOURS[number % len(COLOURS)]
        points = " ".join(f"{x(size):.1f},{y(times):.1f}" for size, times in sorted(by_size.items()))
        dash = ' stroke-dasharray="6 3"' if number >= len(COLOURS) else ""
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>')
        label = f'<text x="{WIDTH - RIGHT + 20}" y="{TOP + 16 * number}" fill="{colour}">'
        parts.append(f"{label}{escape(name)}</text>")
    return "\n".join([*parts, "</svg>"])
