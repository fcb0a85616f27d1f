/** One row of a model's tree. */
import { slider } from "../controls.ts";
import { html, svg } from "../dom.ts";
import { formatBytes, formatCount } from "../format.ts";
import { canOpen, type TreeRow } from "./tree.ts";

const INDENT = 16;
const BAR = 72;

export interface RowLooks {
  /** The bytes of the largest row, and of the whole model. */
  readonly most: number;
  readonly total: number;
  readonly isOpen: boolean;
  readonly isFound: boolean;
  choose(index: number): void;
}

export function moduleRow(row: TreeRow, looks: RowLooks): HTMLElement {
  const { module, weight, depth } = row;
  const node = html("div", "nnsight-module");
  node.setAttribute("role", "treeitem");
  node.ariaLevel = String(depth + 1);
  node.classList.toggle("nnsight-found", looks.isFound);
  const isOpenable = canOpen(row);
  if (isOpenable || weight) node.ariaExpanded = String(looks.isOpen);
  const mark = html("span", "nnsight-mark", isOpenable ? (looks.isOpen ? "▾" : "▸") : "");
  mark.ariaHidden = "true";
  const name = html(
    "span",
    "nnsight-module-name",
    mark,
    ...(weight ? [html("span", "nnsight-weight", weight.name)] : moduleName(row, looks)),
  );
  name.style.paddingLeft = `${depth * INDENT}px`;
  if (weight) {
    const shape = html("span", "nnsight-module-types", `${weight.dtype} [${weight.shape.join(", ")}]`);
    node.append(name, shape);
    return node;
  }
  const times = module.times ?? 1;
  const types = html("span", "nnsight-module-types", widths(row));
  if (module.takes && module.gives) types.title = `${module.takes} → ${module.gives}`;
  node.append(
    name,
    types,
    html("span", "nnsight-module-count", module.parameters > 0 ? formatCount(module.parameters * times) : ""),
    share(module.bytes * times, looks),
    html("span", "nnsight-module-bytes", module.bytes > 0 ? formatBytes(module.bytes * times) : ""),
  );
  return node;
}

function moduleName({ module, chosen }: TreeRow, { choose, isOpen }: RowLooks): (HTMLElement | string)[] {
  const { name, last, times, kind, extra } = module;
  const label = times ? `${name}–${last}` : name;
  const short = extra?.replaceAll("_features", ""); // in=576, out=1536 fits beside the name
  const said = html("span", "nnsight-dim", kind, short && !times ? ` ${short}` : "");
  if (!times) return [html("b", "", label), said];
  const many = html("b", "nnsight-times", `×${times}`);
  if (!isOpen) return [html("b", "", label), many, said];
  const choosing = slider("which", times, (index, isMoving) => !isMoving && choose(index));
  choosing.set(chosen ?? 0, true);
  choosing.node.addEventListener("click", (event) => event.stopPropagation());
  choosing.node.addEventListener("keydown", (event) => event.stopPropagation());
  return [html("b", "", label), many, said, choosing.node];
}

/** `576 → 1536`: the last sizes that go in and come out; once where both are the same. */
function widths({ module: { takes, gives } }: TreeRow): string {
  const last = (type: string) =>
    /^(float|bfloat)/.test(type) ? type.slice(type.lastIndexOf(" ") + 1, -1) : type.replace(/\[.*/, "");
  if (!takes || !gives) return "";
  return last(takes) === last(gives) ? last(takes) : `${last(takes)} → ${last(gives)}`;
}

function share(bytes: number, { most }: RowLooks): HTMLElement {
  const node = html("span", "nnsight-module-bar");
  if (bytes === 0) return node;
  node.append(
    svg(
      "svg",
      { width: BAR, height: 3, "aria-hidden": "true" },
      svg("rect", { class: "nnsight-track", y: 1, width: BAR, height: 1 }),
      svg("rect", { class: "nnsight-share", width: Math.max(1, (BAR * bytes) / most), height: 3 }),
    ),
  );
  return node;
}
