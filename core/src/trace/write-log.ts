/** Recording a line of log. */
import { here } from "../base/where.ts";
import type { Result } from "../ir/node.ts";
import type { Recording } from "./recording.ts";
import { brought } from "./value.ts";

export function writeLog(recording: Recording, message: readonly unknown[]): void {
  const after: Result[] = [];
  const parts = message.map((part) => brought(recording, part, after));
  recording.builder.effect(parts, after, here());
}
