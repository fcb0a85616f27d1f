// Every whole program that a test of core runs keeps the rules, and reads back from its text.

import { parse } from "../../core/src/ir/text/parse.ts";
import { print } from "../../core/src/ir/text/print.ts";
import { verify } from "../../core/src/ir/verify.ts";
import { intercept } from "./programs.ts";

/** Finding the user's lines takes longer than all the rest. */
const plain = { lines: false };

intercept(async (program, request, run) => {
  verify(program);
  const { text, references } = print(program, plain);
  const again = parse(text, references).program;
  verify(again);
  if (print(again, plain).text !== text) throw new Error(`the text reads back as another program:\n${text}`);
  await run(program, request);
});
