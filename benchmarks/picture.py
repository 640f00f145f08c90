#!/usr/bin/env python3
"""Draws the figures that run.py wrote as an SVG picture, for light and dark pages alike.

    benchmarks/picture.py RESULT.json OUT.svg [--peers PEERS.json] [--rows WORD...]

Each row that has a target is a bar: how many times as good as its target it is, which is the line. With --peers, a
second file of the same form (rows with `what`, `who`, `value`, `unit` and perhaps a `note`, as peers/compare.py writes
them), the picture is of them instead: a group of bars for each `what`, the longest bar being the greatest figure,
perdure's in colour, and that of a program by hand, without an engine, as an outline. Where the second file has no
figure of perdure's, that of the first one is taken.
"""
import argparse
import json
import math
import sys
from pathlib import Path
from xml.sax.saxutils import escape

WIDTH = 800
FIGURES = 140  # what is kept free behind the longest bar
BAR, STEP, GAP, TITLE = 13, 18, 14, 20
OURS = "perdure"
FLOOR = "by hand"  # no peer: the same work without an engine

STYLE = """
  text { font-size: 12px; font-family: -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif;
         fill: #1f2328; }
  .title { font-weight: 600; }
  .note { fill: #59636e; }
  .ours { fill: #0969da; }
  .other { fill: #afb8c1; }
  .floor { fill: none; stroke: #afb8c1; }
  .missed { fill: #cf222e; }
  .line { stroke: #59636e; stroke-dasharray: 4 3; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; }
    .note { fill: #9198a1; }
    .ours { fill: #4493f8; }
    .other { fill: #656c76; }
    .floor { stroke: #656c76; }
    .missed { fill: #f85149; }
    .line { stroke: #9198a1; }
  }
"""


def text_of(value: float, unit: str) -> str:
    number = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{number} {unit}"


class drawing:
    """Lines of bars from top to bottom, with labels before them that take so much."""

    def __init__(self, labels: int) -> None:
        self.labels = labels
        self.longest = WIDTH - labels - FIGURES
        self.parts: list[str] = []
        self.y = 6

    def text(self, x: float, words: str, kind: str = "", end: bool = False) -> None:
        anchor = ' text-anchor="end"' if end else ""
        of_class = f' class="{kind}"' if kind else ""
        self.parts.append(f'<text x="{x:.0f}" y="{self.y + 11}"{of_class}{anchor}>{escape(words)}</text>')

    def title(self, words: str) -> None:
        self.text(0, words, "title")
        self.y += TITLE

    def bar(self, label: str, part: float, kind: str, figure: str) -> None:
        """`part` of the greatest length, from 0 to 1."""
        length = max(1.0, part * self.longest)
        self.text(self.labels - 8, label, end=True)
        self.parts.append(f'<rect x="{self.labels}" y="{self.y}" width="{length:.1f}" height="{BAR}" rx="2" '
                          f'class="{kind}"/>')
        self.text(self.labels + length + 6, figure)
        self.y += STEP

    def line(self, part: float, lines: int) -> None:
        """Across the bars that follow."""
        x = self.labels + part * self.longest
        self.parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{self.y - 3}" y2="{self.y + lines * STEP}" '
                          'class="line"/>')

    def svg(self, described: str) -> str:
        height = self.y + 6
        return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
                f'role="img">\n<title>{escape(described)}</title>\n<style>{STYLE}</style>\n'
                + "\n".join(self.parts) + "\n</svg>\n")


def draw_targets(rows: list[dict], to: drawing) -> None:
    judged = [each for each in rows if "ratio" in each]
    # Some are tens of times as good; at four times a bar is as long as it gets, or the others could not be told apart.
    longest = min(4.0, max(each["ratio"] for each in judged))
    to.title("How many times as good as its target each figure is (dashed: the target)")
    to.line(1 / longest, len(judged))
    for each in judged:
        ratio = each["ratio"]
        kind = "ours" if each["passes"] else "missed"
        to.bar(each["what"], min(ratio, longest) / longest, kind, f"{math.floor(ratio * 100) / 100:.3g} x")


def draw_peers(rows: list[dict], peers: list[dict], to: drawing) -> None:
    promised = {each["what"]: each for each in rows}
    groups: dict[str, list[dict]] = {}
    for each in peers:
        if each.get("value") is not None:
            groups.setdefault(each["what"], []).append(each)
    for what, group in groups.items():
        if what in promised and all(each["who"] != OURS for each in group):
            group.insert(0, promised[what])
        if len(group) < 2 or group[0]["value"] is None:
            continue
        if len({each["unit"] for each in group}) != 1:
            sys.exit(f"picture.py: {what} is in several units")
        greatest = max(each["value"] for each in group)
        # A rate is better when it is more; a time, or a cost, when it is less.
        to.title(f"{what} ({group[0]['unit']}, {'more' if group[0]['unit'].endswith('/s') else 'less'} is better)")
        for each in sorted(group, key=lambda each: (each["who"] != OURS, each["who"] == FLOOR)):
            label = f"{each['who']}, {each['note']}" if each.get("note") else each["who"]
            kind = {OURS: "ours", FLOOR: "floor"}.get(each["who"], "other")
            to.bar(label, each["value"] / greatest, kind, text_of(each["value"], each["unit"]))
        to.y += GAP


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("result", type=Path, help="the JSON file of run.py")
    parser.add_argument("picture", type=Path, help="the SVG file to write")
    parser.add_argument("--peers", type=Path, help="the figures of others")
    parser.add_argument("--rows", nargs="+", metavar="WORD",
                        help="only rows with one of these in their name, in the order of the words")
    said = parser.parse_args()
    result = json.loads(said.result.read_text())

    def wanted(rows: list[dict]) -> list[dict]:
        def place(each: dict) -> int:
            return next((i for i, word in enumerate(said.rows) if word.lower() in each["what"].lower()), len(said.rows))

        if not said.rows:
            return rows
        return sorted((each for each in rows if place(each) < len(said.rows)), key=place)

    rows = wanted(result["rows"])
    picture = drawing(labels=220 if said.peers else 400)
    if said.peers:
        draw_peers(rows, wanted(json.loads(said.peers.read_text())["rows"]), picture)
    elif any("ratio" in each for each in rows):
        draw_targets(rows, picture)
    if not picture.parts:
        parser.error("there is no row to draw: neither a judged one, nor one with a figure of a peer")
    picture.y += 4
    where = result["machine"]
    picture.text(0, f"{where['processor']}, {where['cores']} cores; {result['compiler']}, {result['optimisation']}; "
                    f"median of {result['rounds']}; {result['date'][:10]}", "note")
    picture.y += STEP
    said.picture.write_text(picture.svg("Figures of perdure's benchmarks"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
