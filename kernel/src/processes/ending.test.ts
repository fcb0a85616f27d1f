import { expect, test } from "vitest";
import { crash, LastWords } from "./ending.ts";

test("the dump of a full heap is not shown, and is the reason", () => {
  const words = new LastWords();
  expect(words.shown("mine\n\n<--- Last few GCs --->\n\n[1:0x1] 9 ms: Mark-Compact")).toBe("mine");
  expect(words.shown("----- Native stack trace -----")).toBe("");
  expect(words.reason(null, "SIGABRT")).toBe("out of memory");
  expect(crash("out of memory").evalue).toContain("--max-old-space-size");
});

test("otherwise the signal or the exit code is", () => {
  const words = new LastWords();
  expect(words.shown("text\n")).toBe("text\n");
  expect(words.reason(null, "SIGSEGV")).toBe("SIGSEGV");
  expect(words.reason(3, null)).toBe("exit code 3");
  words.reasonIs("the second interrupt");
  expect(words.reason(null, "SIGKILL")).toBe("the second interrupt");
});
