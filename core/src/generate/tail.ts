/** The steps of a generation that nobody looks into: a loop, written and planned once however many there are. */
import { lineOf } from "../base/where.ts";
import { dynamicType } from "../ir/builder.ts";
import { nothing } from "../ir/program.ts";
import { broughtInto } from "../trace/apply.ts";
import { itemsOf } from "../trace/loop.ts";
import { Recording } from "../trace/recording.ts";
import { runOf } from "../trace/steps.ts";
import { turns } from "./functions.ts";
import { type Course, type Memory, Step } from "./step.ts";

/** Puts the loop into the program around, after the step that made `memory`. */
export function placeTail(course: Course, around: Recording, memory: Memory, most: number): void {
  const loop = new Recording("loop", around.where, around);
  const { builder } = loop;
  const item = builder.given(dynamicType);
  const before = [memory.next, ...memory.past];
  const starts = before.map(({ type }) => builder.given(type));
  const [first, ...past] = starts;
  const next = new Step(course, undefined, loop, { next: first!, past }).seal()!;
  const nexts = [next.next, ...next.past];
  for (const result of nexts) loop.lend(result);
  loop.end();
  const open = around.builder.guard;
  around.builder.guard = memory.guard;
  const args = [broughtInto(around, course.decoding), most, memory.next];
  const through = around.builder.apply("turns", args, runOf(turns), [], around.where);
  loop.place(
    {
      kind: "loop",
      given: [],
      variables: starts.map((start, i) => ({ start, next: nexts[i]! })),
      program: () => loop.asProgram({ root: nothing, touches: [] }),
      items: (made) => itemsOf(made, lineOf(around.where)),
      gives: undefined,
      collect: () => undefined,
      finish: (values) => loop.finish(values),
    },
    [[through, item], ...before.map((result, i) => [result, starts[i]!] as const)],
  );
  around.builder.guard = open;
}
