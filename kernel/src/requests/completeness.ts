/** is_complete_request: whether Enter runs what is typed or begins a new line. */
import { questionOf } from "../questions.ts";
import type { Handler } from "./handler.ts";

/** Milliseconds for TypeScript to be loaded: `jupyter console` gives up after one second, and never asks again. */
const patience = 700;

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
