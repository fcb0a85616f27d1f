/** The steps of a generation that nobody looks into: a loop, written and planned once however many there are. */
import { dynamicType } from "../ir/builder.ts";
import type { Made } from "../ir/node.ts";
import { nothing } from "../ir/program.ts";
import { scalar } from "../tensor/host.ts";
import { Recording } from "../trace/recording.ts";
import { type Course, type Memory, Step } from "./step.ts";

/** Puts the loop into the program around, after the step that made `memory`. */
export function placeTail(course: Course, around: Recording, memory: Memory, most: number): void {
  const loop = new Recording("loop", around.where, around);
  const { builder } = loop;
  const item = builder.given(dynamicType);
  const before = [memory.ids, ...memory.past];
  const starts = before.map(({ type }) => builder.given(type));
  const [ids, ...past] = starts;
  const next = new Step(course, undefined, loop, { ids: ids!, past }).seal()!;
  const nexts = [next.ids, ...next.past];
  for (const result of nexts) loop.lend(result);
  loop.end();
  const open = around.builder.guard;
  around.builder.guard = memory.guard;
  loop.place(
    {
      kind: "loop",
      given: [],
      variables: starts.map((start, i) => ({ start, next: nexts[i]! })),
      program: () => loop.asProgram({ root: nothing, touches: [] }),
      *items(): Iterable<Made> {
        for (let turn = 0; turn < most && !course.decoding.ended; turn++) yield { plain: turn };
      },
      gives: undefined,
      collect: () => undefined,
      finish: (values) => loop.finish(values),
    },
    [
      [around.bring(scalar(most, "int64")), item],
      ...before.map((result, i) => [result, starts[i]!] as const),
    ],
  );
  around.builder.guard = open;
}
