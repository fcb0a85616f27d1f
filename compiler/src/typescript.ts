/** The one place that loads TypeScript, so that a later version may load it with a hook in the checker. */
import ts from "typescript";

export { ts };
