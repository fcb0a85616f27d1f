/** The expressions that a client asks for beside a cell (user_expressions). */
import vm from "node:vm";
import { report } from "./errors.ts";
import { format } from "./format.ts";
import type { ExpressionReport } from "./protocol.ts";
import type { Environment } from "./run.ts";

type Expressions = Readonly<Record<string, string>>;

export async function evaluate(
  expressions: Expressions,
  environment: Environment,
): Promise<Record<string, ExpressionReport>> {
  const reports: Record<string, ExpressionReport> = {};
  for (const [key, code] of Object.entries(expressions)) {
    try {
      const inScope = vm.runInThisContext(`((scope) => { with (scope) { return (${code}\n); } })`);
      reports[key] = { status: "ok", ...(await format(inScope(environment.scope))) };
    } catch (thrown) {
      reports[key] = { status: "error", ...report(thrown, environment.sources) };
    }
  }
  return reports;
}
