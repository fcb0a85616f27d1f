/** elkjs as a function from boxes and edges to places; its worker lives while somebody lays out. */
import ELK, { type ELK as Elk, type ElkNode } from "elkjs/lib/elk-api.js";
import type { Arrange, Box } from "./layout.ts";

const OPTIONS = {
  "elk.algorithm": "layered",
  "elk.direction": "DOWN",
  "elk.edgeRouting": "ORTHOGONAL",
  "elk.layered.considerModelOrder.strategy": "NODES_AND_EDGES",
  "elk.layered.thoroughness": "3",
  "elk.layered.spacing.nodeNodeBetweenLayers": "20",
  "elk.layered.spacing.edgeNodeBetweenLayers": "10",
  "elk.spacing.nodeNode": "20",
  "elk.spacing.edgeNode": "12",
  "elk.padding": "[top=0,left=0,bottom=0,right=0]",
};
/** A worker that nobody has asked for so long is ended. */
const IDLE = 10_000;
/** A layout that takes longer is given up. */
const LONGEST = 10_000;

let elk: Elk | undefined;
let working = 0;
let timer: ReturnType<typeof setTimeout> | undefined;

export const arrange: Arrange = async (boxes, edges) => {
  const graph: ElkNode = {
    id: "body",
    layoutOptions: OPTIONS,
    children: boxes.map(({ width, height }, i) => ({ id: String(i), width, height })),
    edges: edges.map(([from, to], i) => ({ id: `e${i}`, sources: [String(from)], targets: [String(to)] })),
  };
  clearTimeout(timer);
  working++;
  try {
    elk ??= new ELK({ workerFactory: () => new Worker(new URL("./elk-worker.js", import.meta.url)) });
    const {
      width = 0,
      height = 0,
      children = [],
      edges: laid = [],
    } = await Promise.race([elk.layout(graph), late()]);
    return {
      width,
      height,
      boxes: children.map(
        (child): Box => ({ x: child.x!, y: child.y!, width: child.width!, height: child.height! }),
      ),
      lines: laid.map(({ sections }) =>
        (sections ?? []).flatMap(({ startPoint, bendPoints = [], endPoint }) => [
          startPoint,
          ...bendPoints,
          endPoint,
        ]),
      ),
    };
  } finally {
    if (--working === 0) timer = setTimeout(end, IDLE);
  }
};

const late = (): Promise<never> =>
  new Promise((_, reject) => setTimeout(() => reject(new Error("the layout takes too long")), LONGEST));

function end(): void {
  elk?.terminateWorker();
  elk = undefined;
}
