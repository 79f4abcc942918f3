"""Where the boxes of a flow stand and which ways its arrows take: rows and columns, with lanes for arrows in between.

A box stands in the column of its longest way from the start; the first way on keeps the row, each further one opens a
row below. Arrows run in the gaps between rows and columns, so that none crosses a box. Those to the same box share a
lane.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

GAP_X, GAP_Y, LANE = 44, 30, 11
Point = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Box:
    """What is to be placed: its name and size. A `small` one is entered and left at its middle; its caption takes
    `above` or `below` it so many points, and makes it as `wide`.
    """

    name: str
    width: int
    height: int
    small: bool = False
    above: int = 0
    below: int = 0
    wide: int = 0


@dataclass(frozen=True, slots=True)
class Arrow:
    """A way from one box to another; `no` is that of a refusal, `back` one that leads upstream; `room` its label's."""

    src: str
    dst: str
    no: bool = False
    back: bool = False
    room: int = 0


class Layout:
    """Columns, rows and lanes of a picture, and from them the middle of each box and the corners of each arrow."""

    def __init__(self, boxes: Iterable[Box], arrows: Sequence[Arrow]) -> None:
        self.boxes = {box.name: box for box in boxes}
        self.arrows = arrows
        self.column: dict[str, int] = {}
        self.row: dict[str, int] = {}
        self.lanes: dict[tuple[str, int], list[str]] = {}
        self._place()
        self._taken = {(self.column[name], self.row[name]) for name in self.boxes}
        # Once to learn which lanes there are, then with the room they need.
        columns, rows = 1 + max(self.column.values()), 1 + max(self.row.values())
        self._x, self._right, self._y, self._below = [0] * columns, [0] * columns, [0] * rows, [0] * rows
        for arrow in arrows:
            self.corners(arrow)
        self.width, self.height = self._measure_across(), self._measure_down()

    def middle(self, name: str) -> Point:
        """The middle of a box."""
        return self._x[self.column[name]], self._y[self.row[name]]

    def ends_above(self, name: str) -> bool:
        """Whether an arrow leaves or enters a box at its upper edge."""
        x, y = self.middle(name)
        tips = [
            self.corners(arrow)[end]
            for arrow in self.arrows
            for end, box in ((0, arrow.src), (-1, arrow.dst))
            if box == name
        ]
        return any(tip[0] == x and tip[1] < y for tip in tips)

    # --- placing ---

    def _place(self) -> None:
        ahead: dict[str, list[Arrow]] = {name: [] for name in self.boxes}
        for arrow in self.arrows:
            if not arrow.back:
                ahead[arrow.src].append(arrow)
        entered = {arrow.dst for arrow in self.arrows if not arrow.back}
        starts = [name for name in self.boxes if name not in entered]
        for name in starts:
            self._go(name, 0, ahead, frozenset())
        for name in starts:
            self._stand(name, 1 + max(self.row.values(), default=-1), ahead)

    def _go(self, name: str, column: int, ahead: dict[str, list[Arrow]], above: frozenset[str]) -> None:
        if name in above or self.column.get(name, -1) >= column:
            return
        self.column[name] = column
        for arrow in ahead[name]:
            self._go(arrow.dst, column + 1, ahead, above | {name})

    def _stand(self, name: str, row: int, ahead: dict[str, list[Arrow]]) -> None:
        self.row[name] = row
        straight = True
        for arrow in ahead[name]:
            if arrow.dst in self.row:
                continue
            keeps = straight and not arrow.no
            self._stand(arrow.dst, row if keeps else 1 + max(self.row.values()), ahead)
            straight = straight and not keeps

    def _measure_across(self) -> int:
        x = 0
        for number in range(len(self._x)):
            here = [box for box in self.boxes.values() if self.column[box.name] == number]
            wide = max(max(box.width, box.wide) for box in here)
            labels = (a.room for a in self.arrows if self.column[a.src] == number and not a.back)
            self._x[number], self._right[number] = x + wide // 2, x + wide
            x += wide + max(GAP_X, *labels, 0) + LANE * len(self.lanes.get(("v", number), ()))
        return self._right[-1] + LANE * len(self.lanes.get(("v", len(self._x) - 1), ()))

    def _measure_down(self) -> int:
        y = 0
        for number in range(len(self._y)):
            here = [box for box in self.boxes.values() if self.row[box.name] == number]
            high = max(box.height // 2 + box.above for box in here)
            low = max(box.height // 2 + box.below for box in here)
            self._y[number], self._below[number] = y + high, y + high + low
            y = self._below[number] + GAP_Y + LANE * len(self.lanes.get(("h", number), ()))
        return y - GAP_Y // 2 if self.lanes.get(("h", len(self._y) - 1)) else y - GAP_Y

    # --- arrows ---

    def corners(self, arrow: Arrow) -> list[Point]:
        """The corners of an arrow, from the edge of one box to the edge of the other."""
        src, dst = arrow.src, arrow.dst
        (c1, r1), (c2, r2) = (self.column[src], self.row[src]), (self.column[dst], self.row[dst])
        if arrow.back or c2 <= c1:
            return self._back(src, dst)
        (x1, y1), (x2, y2) = self.middle(src), self.middle(dst)
        along = self._free((c, r1) for c in range(c1 + 1, c2))
        if r1 == r2 and along:
            return [(self._edge(src, 1), y1), (self._edge(dst, -1), y2)]
        down = 1 if r2 > r1 else -1
        between = range(min(r1, r2) + 1, max(r1, r2))
        if r1 != r2 and (self.boxes[src].small or arrow.no):
            there = ((c, r2) for c in range(c1, c2))
            if self._free(there) and self._free((c1, r) for r in between):
                return [(x1, self._end(src, down)), (x1, y2), (self._edge(dst, -1), y2)]
        if r1 != r2 and along and not arrow.no and self._free((c2, r) for r in [*between, r1]):
            return [(self._edge(src, 1), y1), (x2, y1), (x2, self._end(dst, -down))]
        return self._round(src, dst)

    def _round(self, src: str, dst: str) -> list[Point]:
        """Forward, but something stands in the way: below the row of the source, then to the target."""
        x, level = self._aside(src, 1), self._level(self.row[src], dst)
        start = [(x, self._end(src, 1)), (x, level)]
        if self.row[src] == self.row[dst]:
            x2, _y = self.middle(dst)
            return [*start, (x2, level), (x2, self._end(dst, 1))]
        beside, (_x, y2) = self._beside(self.column[dst] - 1, dst), self.middle(dst)
        return [*start, (beside, level), (beside, y2), (self._edge(dst, -1), y2)]

    def _back(self, src: str, dst: str) -> list[Point]:
        """Upstream: below the row of the source, and from below into the target."""
        x, level = self._aside(src, 1), self._level(self.row[src], dst)
        found = [(x, self._end(src, 1)), (x, level)]
        if self.row[src] != self.row[dst]:
            beside, under = self._beside(self.column[dst], dst), self._level(self.row[dst], dst)
            found += [(beside, level), (beside, under)]
            level = under
        x2 = self._aside(dst, -1)
        return [*found, (x2, level), (x2, self._end(dst, 1))]

    def _free(self, cells: Iterable[tuple[int, int]]) -> bool:
        return self._taken.isdisjoint(cells)

    def _edge(self, name: str, side: int) -> int:
        return self.middle(name)[0] + side * (self.boxes[name].width // 2)

    def _end(self, name: str, side: int) -> int:
        return self.middle(name)[1] + side * (self.boxes[name].height // 2)

    def _aside(self, name: str, side: int) -> int:
        box = self.boxes[name]
        return self.middle(name)[0] + (0 if box.small else side * (box.width // 4))

    def _level(self, row: int, dst: str) -> int:
        return self._below[row] + GAP_Y // 2 + LANE * self._lane("h", row, dst)

    def _beside(self, column: int, dst: str) -> int:
        return self._right[column] + GAP_X // 2 + LANE * self._lane("v", column, dst)

    def _lane(self, kind: str, number: int, dst: str) -> int:
        taken = self.lanes.setdefault((kind, number), [])
        if dst not in taken:
            taken.append(dst)
        return taken.index(dst)
