/** The key of a compiled graph: its structure, with weights by identity and small constants by value. */
import { identityOf } from "../base/identity.ts";
import type { Graph, Initializer } from "../onnx/graph.ts";

export function keyOf({ inputs, outputs, nodes, initializers }: Graph): string {
  const lines = [
    inputs.map(({ name, dtype, shape }) => `${name}:${dtype}[${shape.join()}]`).join(" "),
    outputs.map(({ name }) => name).join(" "),
    ...initializers.map((one) => `${one.name}=${valueOf(one)}`),
    ...nodes.map(
      ({ operator, domain, inputs, outputs, attributes, graphs = {} }) =>
        `${outputs.join()}=${domain}.${operator}(${inputs.join()})${JSON.stringify(attributes)}` +
        Object.entries(graphs)
          .map(([name, graph]) => `${name}{${keyOf(graph)}}`)
          .join(""),
    ),
  ];
  return lines.join("\n");
}

/** Small constants made by the compiler are new objects each time, so they count by value. */
function valueOf({ value }: Initializer): string {
  if (value.source || value.data.length > 64) return `#${identityOf(value)}`;
  return `${value.dtype}[${value.shape.join()}]${value.data.join()}`;
}
