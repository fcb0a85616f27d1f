import { expect, test } from "vitest";
import { questionOf } from "./questions.ts";

test("a name, or names joined by dots, before one or two question marks", () => {
  expect(questionOf("model?")).toBe("model");
  expect(questionOf(" model.layers.größe ??\n")).toBe("model.layers.größe");
});

test("code is no question", () => {
  for (const code of ["a ? b : c", "a?.b", "a", "// why?", "f()?", "'x'?"])
    expect(questionOf(code)).toBeUndefined();
});
