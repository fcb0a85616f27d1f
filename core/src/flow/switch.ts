/** The switch for native control flow over lazy values: `CONFIG.APP.CONTROL_FLOW_HANDLING`. */
import { RuntimeError } from "../base/errors.ts";
import { settings } from "../base/settings.ts";
import { guarded } from "../trace/contexts.ts";
import { isPending, type Operand } from "./truth.ts";

/** @throws RuntimeError for a value that is still to be made while the switch is off; `form` is what would be recorded */
export function requireSwitchedOn(value: Operand, form: string): void {
  if (settings.APP.CONTROL_FLOW_HANDLING || !isPending(value)) return;
  guarded(() => {
    throw new RuntimeError(
      `native control flow over lazy values is turned off (CONFIG.APP.CONTROL_FLOW_HANDLING is false), so \`${form}\` is not recorded. ` +
        "Turn it on with `CONFIG.APP.CONTROL_FLOW_HANDLING = true` (and `CONFIG.save()` to keep it so), " +
        "or write `tracer.cond(…)` or `session.iter(…)`, which work either way.",
    );
  });
}
