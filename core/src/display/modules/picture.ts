/** A model's modules as a picture, for readers without our viewer: the tree as far as one page holds it. */
import { DIM, INK, rect, sheet, text } from "../text/svg.ts";
import type { ModuleRow } from "./payload.ts";

const [LINE, INDENT, WIDE] = [20, 16, 820];
const LETTER = 6.7;

export function modulesPicture(name: string, root: ModuleRow): string {
  const rows = flat(root, 0).slice(1);
  const most = Math.max(1, ...rows.map(({ row }) => row.bytes * (row.times ?? 1)));
  const parts = rows.flatMap(({ row, depth }, i) => {
    const y = 44 + i * LINE;
    const label = row.times ? `${row.name}–${row.last} ×${row.times}` : row.name;
    const x = (depth - 1) * INDENT;
    const bytes = row.bytes * (row.times ?? 1);
    return [
      text(x, y, label),
      text(
        x + label.length * LETTER + 12,
        y,
        `${row.kind}${row.extra ? ` ${row.extra}` : ""}`.slice(0, 60),
        `fill="${DIM}"`,
      ),
      ...(bytes > 0
        ? [
            rect(560, y - 5, 100, 1, "#e0e0e0"),
            rect(560, y - 6, Math.max(1, (100 * bytes) / most), 3, "#166a68"),
            text(WIDE - 28, y, sized(row.parameters * (row.times ?? 1)), 'text-anchor="end"'),
          ]
        : []),
    ];
  });
  const head = [
    text(0, 12, name, `font-weight="600" fill="${INK}"`),
    text(WIDE - 28, 12, `${sized(root.parameters)} parameters`, `text-anchor="end" fill="${DIM}"`),
  ];
  return sheet(WIDE, 60 + rows.length * LINE, [...head, ...parts]);
}

const flat = (row: ModuleRow, depth: number): { readonly row: ModuleRow; readonly depth: number }[] => [
  { row, depth },
  ...(row.children ?? []).flatMap((child) => flat(child, depth + 1)),
];

const sized = (count: number): string =>
  count < 1e3
    ? String(count)
    : count < 1e6
      ? `${(count / 1e3).toPrecision(3)} k`
      : `${(count / 1e6).toPrecision(3)} M`;
