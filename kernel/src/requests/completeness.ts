/** is_complete_request: whether Enter runs what is typed or begins a new line. */
import { questionOf } from "../questions.ts";
import type { Handler } from "./handler.ts";

/** Time for TypeScript to be loaded. Who cannot wait so long decides without us, as who hears "unknown" does. */
const patience = 30_000;

export const isComplete: Handler<{ readonly code: string }> = async ({ code }, { compiler }) => {
  if (questionOf(code)) return { status: "complete" };
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<{ status: "unknown" }>((resolve) => {
    timer = setTimeout(() => resolve({ status: "unknown" }), patience);
  });
  const asked = compiler.ask("isComplete", code).catch(() => ({ status: "unknown" as const }));
  const answer = await Promise.race([asked, late]);
  clearTimeout(timer);
  return { ...answer };
};
