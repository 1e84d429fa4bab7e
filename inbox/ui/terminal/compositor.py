"""A compositor that asks fewer widgets for fewer lines.

For each frame Textual 8.2.8 goes through every line of every widget whose container meets the changed region: 376
strips for a cursor that moved by one row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import cast

from textual._compositor import Compositor
from textual.geometry import Region
from textual.strip import Strip


class Narrow(Compositor):
    """A compositor that asks only widgets inside the change, and only for lines that no other widget hides."""

    def _render_chops(
        self, crop: Region, is_rendered_line: Callable[[int], bool]
    ) -> Sequence[Mapping[int, Strip]]:
        """Return for each line of the screen the strips between its cuts, by the column where each begins.

        None where nothing was asked. `crop`: all that changed.
        """
        cuts = self.cuts
        chops: list[dict[int, Strip | None]] = [dict.fromkeys(line[:-1]) for line in cuts]
        bare = {  # by line, where something is wanted and nothing stands yet
            y: [x for x, end in pairwise(cuts[y]) if x < crop.right and end > crop.x]
            for y in crop.line_range
            if is_rendered_line(y)
        }
        for widget, (region, clip) in self.visible_widgets.items():  # the foremost first
            seen = region.intersection(clip)
            (left, right), (top, bottom) = seen.column_span, seen.line_span
            lines = [y for y in bare if top <= y < bottom and any(left <= x < right for x in bare[y])]
            if not lines:
                continue
            asked = Region(left, lines[0], right - left, lines[-1] - lines[0] + 1)
            strips = widget.render_lines(asked - region.offset)
            for y in lines:
                strip, line = strips[y - lines[0]], chops[y]
                places = [x for x in cuts[y] if left <= x <= right]
                parts = strip.divide([x - left for x in places[1:]]) if len(places) > 2 else [strip]
                for x, part in zip(places, parts, strict=False):
                    if line[x] is None:
                        line[x] = part
                bare[y] = [x for x in bare[y] if line[x] is None]
                if not bare[y]:
                    del bare[y]
            if not bare:
                break
        return cast("Sequence[Mapping[int, Strip]]", chops)
