/** The picture of a program: an SVG that needs nothing around it, in light and dark. */
import { layoutOf, PIN, type Placed, type Span, WIDTH } from "./layout.ts";
import type { GraphEdge, GraphNode, GraphPayload } from "./payload.ts";

/** Widths of a letter, about. */
const [MONO, SMALL] = [7.25, 6];
/** After a run: where the user's lines end, the bar and the text of times, the text of bytes. */
const RUN = { line: 616, bar: 636, wide: 56, time: 752, bytes: WIDTH };

export function draw(payload: GraphPayload): string {
  const { lines, spans, height } = layoutOf(payload);
  const places = new Map(lines.map((line) => [line.node.id, line]));
  const { total } = payload;
  const most = Math.max(...payload.nodes.map(({ milliseconds = 0 }) => milliseconds));
  const lineRoom = Math.max(0, ...payload.nodes.map(({ line }) => letters(lineText(line), 6.65)));
  const foot = height + (payload.left ? 56 : 36);
  const summary = summaryOf(payload);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${foot}" viewBox="0 0 ${WIDTH} ${foot}" role="img" aria-label="${escaped(`The program of a ${payload.name}: ${summary}.`)}">`,
    `<style>${style}</style><rect class="page" width="${WIDTH}" height="${foot}"/>`,
    `<text class="name" x="0" y="16">${escaped(payload.name)}</text>`,
    `<text class="word" x="${letters(payload.name, 8) + 12}" y="16">${escaped(summary)}</text>`,
    `<path class="hair" d="M0 48.5H${WIDTH}"/>`,
    `<text class="word" x="36" y="42">module</text><text class="word" x="${PIN + 12}" y="42">program</text>`,
    total
      ? `<text class="word end" x="${RUN.time}" y="42">time</text><text class="word end" x="${RUN.bytes}" y="42">saved</text>`
      : "",
    ...spans.map(spanOf),
    ...spinesOf(lines),
    ...payload.edges.map((edge) => edgeOf(edge, places)),
    ...lines.map((line) => {
      const drawn =
        line.node.kind === "module"
          ? moduleOf(line)
          : stepOf(line, lineRoom, {
              hasRun: total !== undefined,
              around: pathOf(line.node.group, payload.groups),
            });
      return `<g class="line" data-node="${line.node.id}">${drawn}${runOf(line, most)}</g>`;
    }),
    ...footOf(payload, height),
    "</svg>",
  ].join("\n");
}

const style = `
svg{--page:#fff;--ink:#1f1f1f;--ink2:#616161;--line:#e0e0e0;--tick:#b4b4b4;--faint:#f6f6f5;--write:#b9531a}
@media(prefers-color-scheme:dark){svg{--page:#111;--ink:#e6e6e6;--ink2:#a8a8a8;--line:#333;--tick:#5c5c5c;--faint:#1a1a1a;--write:#ee9f60}}
text{font:12px ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:var(--ink)}
.name{font-size:13px;font-weight:600}.word{font:11px system-ui,sans-serif;fill:var(--ink2)}.small{font-size:11px;fill:var(--ink2)}
.bold{font-weight:600}.end{text-anchor:end}.page{fill:var(--page)}.faint{fill:var(--faint)}
path,.box,.frame{fill:none;stroke:var(--ink2)}.hair{stroke:var(--line)}.frame{stroke:var(--line)}
.box{fill:var(--page);stroke:var(--tick)}.out{stroke-dasharray:3 3;stroke:var(--tick)}.spine{stroke-width:2}
.at{stroke:var(--tick);stroke-dasharray:1 2}.value{stroke:var(--tick)}.if{stroke-dasharray:3 3}
.time{fill:var(--ink2)}.pin{fill:var(--ink);stroke:none}.ring{fill:var(--page);stroke:var(--ink);stroke-width:1.5}
path.write{stroke:var(--write)}text.write{fill:var(--write)}.pin.write{fill:var(--write);stroke:none}`;

function summaryOf({ nodes }: GraphPayload): string {
  const modules = (some: readonly GraphNode[]): number =>
    some.reduce((sum, { kind, end, times = 1 }) => sum + (kind === "module" && !end ? times : 0), 0);
  const all = modules(nodes);
  const count = (n: number, what: string): string[] => (n ? [`${n} ${what}${n === 1 ? "" : "s"}`] : []);
  const of = (kind: GraphNode["kind"]): number => nodes.filter((node) => node.kind === kind).length;
  return [
    ...(all ? [`${modules(nodes.filter(({ skipped }) => !skipped))} of ${all} modules run`] : []),
    ...count(of("read"), "read"),
    ...count(of("write"), "write"),
    ...count(nodes.filter(({ saved }) => saved).length, "save"),
  ].join(" · ");
}

function spanOf({ kind, label, x, top, bottom }: Span): string {
  const high = bottom - top;
  if (kind === "module")
    return `<rect class="faint" x="${x + 16}" y="${top}" width="${PIN - 52 - x}" height="${high}" rx="4"/><text class="bold" x="${x + 28}" y="${top + 17}">${escaped(label)}</text>`;
  if (kind === "region")
    return `<rect class="frame" x="${x - 7.5}" y="${top + 0.5}" width="${WIDTH - x + 7}" height="${high - 1}" rx="4"/>`;
  return `<path class="hair" d="M${x + 0.5} ${top + 4}V${bottom - 2}"/><text class="word" x="${x + 6}" y="${top + 14}">${label}</text>`;
}

/** Down the modules of each program: dashed to what is left out, in the colour of writes after the first one. */
function spinesOf(lines: readonly Placed[]): string[] {
  const last = new Map<number | undefined, Placed>();
  const written = new Set<number | undefined>();
  const drawn: string[] = [];
  for (const line of lines) {
    const { node, scope, spine, x, y } = line;
    if (node.kind === "write") written.add(scope);
    if (node.kind !== "module") continue;
    const colour = `${node.skipped ? " out" : written.has(scope) ? " write" : ""}`;
    const above = last.get(scope);
    if (above) drawn.push(`<path class="spine${colour}" d="M${spine} ${above.y}V${y}"/>`);
    drawn.push(`<path class="${colour.trim()}" d="M${spine} ${y}H${x}"/>`);
    last.set(scope, line);
  }
  return drawn;
}

function edgeOf({ from, to, kind }: GraphEdge, places: ReadonlyMap<number, Placed>): string {
  const [a, b] = [places.get(from)!, places.get(to)!];
  if (kind === "at") {
    const start = moduleEnd(a);
    return a.y === b.y
      ? `<path class="at" d="M${start} ${a.y}H${PIN - 8}"/>`
      : `<path class="at" d="M${PIN - 24} ${a.y}V${b.y}H${PIN - 8}"/>`;
  }
  const colour =
    b.node.kind === "write"
      ? " write"
      : b.node.branches?.some(({ condition }) => condition === from)
        ? " if"
        : "";
  const high = b.y - a.y;
  const wide = high <= 24 ? 0 : Math.min(60, 10 + high * 0.14);
  return `<path class="value${colour}" d="M${PIN} ${a.y}C${PIN - wide} ${a.y + wide / 3} ${PIN - wide} ${b.y - wide / 3} ${PIN} ${b.y}"/>`;
}

const boxWidth = ({ label, end }: GraphNode): number => Math.ceil(letters(label, MONO)) + (end ? 8 : 24);

const moduleEnd = ({ node, x }: Placed): number =>
  x + boxWidth(node) + (node.detail ? 12 + letters(node.detail, SMALL) : 0) + 8;

function moduleOf({ node, x, y }: Placed): string {
  if (node.end) return `<text class="small" x="${x + 4}" y="${y + 4}">${escaped(node.label)}</text>`;
  const wide = boxWidth(node);
  const box = `<rect class="box${node.skipped ? " out" : ""}" x="${x + 0.5}" y="${y - 11.5}" width="${wide}" height="22" rx="3"/>`;
  const name = `<text class="${node.skipped ? "small" : ""}" x="${x + 12}" y="${y + 4}">${escaped(node.label)}</text>`;
  const detail = node.detail
    ? `<text class="word" x="${x + wide + 12}" y="${y + 4}">${escaped(node.detail)}</text>`
    : "";
  return box + name + detail;
}

/** What is written: a pin, what it is, its type and line. The type gives way where there is no room. */
function stepOf(
  { node, x, y }: Placed,
  lineRoom: number,
  { hasRun, around }: { readonly hasRun: boolean; readonly around: string },
): string {
  const write = node.kind === "write" ? " write" : "";
  const shape = node.dtype ? `${node.dtype}[${node.shape?.join(", ")}]` : "";
  const line = lineText(node.line);
  const right = hasRun ? RUN.line : WIDTH - 12;
  const lineAt = right - lineRoom - 16;
  const label =
    around && node.label.startsWith(`${around}.`) ? node.label.slice(around.length + 1) : node.label;
  const end = x + letters(label, MONO);
  const room = lineAt - end - 24;
  const detail = node.detail && letters(node.detail, SMALL) < room ? node.detail : "";
  const fits = letters(shape, 6.65) < room - (detail ? letters(detail, SMALL) + 12 : 0);
  return [
    pinOf(node, y),
    `<text class="${node.kind === "region" ? "bold" : write.trim()}" x="${x}" y="${y + 4}">${escaped(label)}</text>`,
    detail && `<text class="word" x="${end + 8}" y="${y + 4}">${escaped(detail)}</text>`,
    fits && shape ? `<text class="small end" x="${lineAt}" y="${y + 4}">${escaped(shape)}</text>` : "",
    line && `<text class="small end" x="${right}" y="${y + 4}">${escaped(line)}</text>`,
  ].join("");
}

/** The path of the module around a line: what is in it is called as seen from there. */
function pathOf(group: number | undefined, groups: GraphPayload["groups"]): string {
  const found = groups.find(({ id }) => id === group);
  if (!found || found.kind === "region") return "";
  const outer = pathOf(found.parent, groups);
  return outer ? `${outer}.${found.label}` : found.label;
}

/** What the run took here: a bar and a number, or that it was remembered; the bytes of what is saved. */
function runOf({ node: { milliseconds, memo, bytes }, y }: Placed, most: number): string {
  const time =
    milliseconds === undefined
      ? ""
      : memo
        ? `<text class="small end" x="${RUN.time}" y="${y + 4}">memo</text>`
        : `<path class="hair" d="M${RUN.bar} ${y + 0.5}h${RUN.wide}"/><rect class="time" x="${RUN.bar}" y="${y - 1}" width="${Math.max(1, (milliseconds / most) * RUN.wide).toFixed(1)}" height="3"/><text class="small end" x="${RUN.time}" y="${y + 4}">${duration(milliseconds)}</text>`;
  return bytes === undefined
    ? time
    : `${time}<text class="small end" x="${RUN.bytes}" y="${y + 4}">${size(bytes)}</text>`;
}

const duration = (milliseconds: number): string =>
  milliseconds < 1000
    ? `${Number(milliseconds.toPrecision(3))} ms`
    : `${(milliseconds / 1000).toPrecision(3)} s`;

const size = (bytes: number): string =>
  bytes < 1000
    ? `${bytes} B`
    : bytes < 1e6
      ? `${(bytes / 1e3).toPrecision(3)} kB`
      : `${(bytes / 1e6).toPrecision(3)} MB`;

/** Without the column. */
const lineText = (line = ""): string => line.replace(/:\d+$/, "");

/** Reads are rings, saves discs, writes diamonds: told apart without colour. */
function pinOf({ kind, saved }: Pick<GraphNode, "kind" | "saved">, y: number, x = PIN): string {
  if (kind === "write") return `<path class="pin write" d="M${x} ${y - 5.5}l5.5 5.5l-5.5 5.5l-5.5-5.5z"/>`;
  if (saved) return `<circle class="pin" cx="${x}" cy="${y}" r="4"/>`;
  if (kind === "read") return `<circle class="ring" cx="${x}" cy="${y}" r="3.5"/>`;
  return `<circle class="pin" cx="${x}" cy="${y}" r="2"/>`;
}

function footOf({ left, total }: GraphPayload, height: number): string[] {
  const y = height + 24;
  const marks = [
    ["read", pinOf({ kind: "read" }, y - 4, 0)],
    ["save", pinOf({ kind: "op", saved: true }, y - 4, 0)],
    ["write", pinOf({ kind: "write" }, y - 4, 0)],
  ] as const;
  return [
    `<path class="hair" d="M0 ${height + 8.5}H${WIDTH}"/>`,
    `<path class="out spine" d="M0 ${y - 4}H24"/><text class="word" x="32" y="${y}">left out</text>`,
    `<path class="write spine" d="M96 ${y - 4}H120"/><text class="word" x="128" y="${y}">after a write</text>`,
    ...marks.map(
      ([name, mark], i) =>
        `<g transform="translate(${224 + i * 64} 0)">${mark}<text class="word" x="10" y="${y}">${name}</text></g>`,
    ),
    ...(total
      ? [
          `<text class="small end bold" x="${RUN.time}" y="${y}">${duration(total.milliseconds)}</text><text class="small end bold" x="${RUN.bytes}" y="${y}">${size(total.bytes)}</text>`,
        ]
      : []),
    ...(left
      ? [`<text class="word" x="0" y="${y + 20}">and ${left} more lines, which are not shown</text>`]
      : []),
  ];
}

const letters = (text: string, width: number): number => text.length * width;

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
