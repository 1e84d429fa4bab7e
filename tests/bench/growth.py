"""A plot of how costs grow: both axes logarithmic, each line relative to its own smallest size. Plain SVG.

One panel for what an agent feels at the terminal, one for the store behind it; the names stand in the order in which
their lines end.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from html import escape

WIDTH, HEIGHT, TOP, BOTTOM = 520, 460, 60, 46
LEFT, NAMES = 56, 270
COLOURS = ("#0f5fae", "#b3261e", "#2f6f3a", "#8a5a00", "#6b3fa0", "#007c89", "#a8326e", "#555555")
STORE = "store: "
LOWEST = 0.5
LINE = 15.0
Growth = Mapping[str, Mapping[int, float]]


def plot(growth: Growth) -> str:
    """`growth`: by name, size to cost."""
    relative = {
        name: {size: cost / by[min(by)] for size, cost in by.items()}
        for name, by in growth.items()
        if len(by) > 1 and by[min(by)]
    }
    sizes = sorted({size for by in relative.values() for size in by})
    panels = [
        ("at the terminal", {n: by for n, by in relative.items() if not n.startswith(STORE)}),
        ("in the store", {n.removeprefix(STORE): by for n, by in relative.items() if n.startswith(STORE)}),
    ]
    panels = [(title, lines) for title, lines in panels if lines]
    tallest = max((max(by.values()) for by in relative.values()), default=1.0)
    high = max(10.0, 10 ** math.ceil(math.log10(tallest)))
    wide = (WIDTH + NAMES) * max(1, len(panels))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {HEIGHT}" width="{wide}" height="{HEIGHT}" '
        'font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="white"/>',
        '<text x="16" y="22" font-size="14">Cost relative to the smallest size; dashed: linear growth</text>',
    ]
    for number, (title, lines) in enumerate(panels):
        parts.append(f'<g transform="translate({number * (WIDTH + NAMES)} 0)">')
        parts += [*_panel(title, lines, sizes, high), "</g>"]
    return "\n".join([*parts, "</svg>"])


def _panel(title: str, lines: Growth, sizes: list[int], high: float) -> Iterator[str]:
    def x(size: float) -> float:
        return LEFT + (math.log10(size / sizes[0])) / math.log10(sizes[-1] / sizes[0]) * (WIDTH - LEFT)

    def y(times: float) -> float:
        share = math.log10(max(times, LOWEST) / LOWEST) / math.log10(high / LOWEST)
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)

    yield f'<text x="{LEFT}" y="{TOP - 14}" font-weight="bold">{title}</text>'
    for size in sizes:
        yield f'<text x="{x(size):.0f}" y="{HEIGHT - 24}" text-anchor="middle">{size:,}</text>'
    for power in range(round(math.log10(high)) + 1):
        at = y(10**power)
        yield f'<line x1="{LEFT}" x2="{WIDTH}" y1="{at:.0f}" y2="{at:.0f}" stroke="#dddddd"/>'
        yield f'<text x="{LEFT - 6}" y="{at + 4:.0f}" text-anchor="end">{10**power} x</text>'
    end = min(sizes[-1], sizes[0] * high)
    yield (
        f'<line x1="{x(sizes[0]):.0f}" y1="{y(1):.0f}" x2="{x(end):.0f}" y2="{y(end / sizes[0]):.0f}" '
        'stroke="#999999" stroke-dasharray="2 4"/>'
    )
    ranked = sorted(lines.items(), key=lambda line: -line[1][max(line[1])])
    places = _apart([y(by[max(by)]) for _, by in ranked])
    for number, (name, by_size) in enumerate(ranked):
        colour = COLOURS[number % len(COLOURS)]
        dash = ' stroke-dasharray="7 3"' if number // len(COLOURS) % 2 else ""
        points = " ".join(f"{x(size):.1f},{y(times):.1f}" for size, times in sorted(by_size.items()))
        last, down = max(by_size), places[number]
        yield f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>'
        yield (
            f'<polyline points="{x(last) + 3:.1f},{y(by_size[last]):.1f} {WIDTH + 16},{down:.1f} '
            f'{WIDTH + 22},{down:.1f}" fill="none" stroke="{colour}" stroke-width="0.7"{dash}/>'
        )
        label = f"{by_size[last]:.1f} x  {name}"
        yield f'<text x="{WIDTH + 26}" y="{down + 4:.1f}" fill="{colour}">{escape(label)}</text>'


def _apart(wanted: list[float]) -> list[float]:
    """Heights for the names, from the top down: each beside the end of its line, as far as the others leave room."""
    places: list[float] = []
    for at in wanted:
        places.append(max(at, places[-1] + LINE) if places else at)
    over = max(0.0, places[-1] - (HEIGHT - BOTTOM)) if places else 0.0
    for number in reversed(range(len(places))):
        below = places[number + 1] - LINE if number + 1 < len(places) else places[number] - over
        places[number] = min(places[number], below)
    return places
