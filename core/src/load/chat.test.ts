/** Chat templates of several families against transformers' renderer (goldens/chat.py). */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { golden } from "../../goldens/files.ts";
import { type Message, printChat } from "./chat.ts";
import { readGguf } from "./gguf.ts";
import { tokenizerOf } from "./gguf-tokenizer.ts";
import { Tokenizer } from "./tokenizer.ts";

const {
  config,
  rows,
}: {
  readonly config: Readonly<Record<string, unknown>>;
  readonly rows: readonly {
    readonly name: string;
    readonly template: string;
    readonly messages: readonly Message[];
    readonly add: boolean;
    readonly text: string;
  }[];
} = JSON.parse(readFileSync(golden("chat.json"), "utf8"));

test.each(rows)("$name, answer prompt: $add", ({ template, messages, add, text }) => {
  const settings = { ...config, chat_template: template };
  expect(printChat(messages, settings, { addGenerationPrompt: add })).toBe(text);
});

test("ids have the special tokens of the template, and none besides", async () => {
  const { metadata } = await readGguf(golden("tiny.gguf"));
  const files = tokenizerOf(metadata)!;
  const template = "{{ bos_token }}{% for m in messages %}{{ m.content }}<|im_end|>{% endfor %}";
  const tokenizer = new Tokenizer(files.tokenizer, { ...files.config, chat_template: template });
  const ids = tokenizer.chat([{ role: "user", content: "hello" }]);
  expect(ids.filter((id) => id === tokenizer.bosTokenId)).toHaveLength(1);
  expect(tokenizer.decode(ids, { skipSpecialTokens: true })).toBe("hello");
});

test("what cannot be printed says why", () => {
  const of =
    (template: unknown, messages: unknown): (() => string) =>
    () =>
      printChat(messages as Message[], { ...config, chat_template: template });
  expect(of(undefined, [])).toThrow("has no chat template");
  expect(of(rows[4]!.template, [{ role: "assistant", content: "Hi" }])).toThrow(
    "Conversation roles must alternate",
  );
  expect(of("x", [{ role: "user" }])).toThrow("message 0 is not of the form");
  expect(of("{% for %}", [])).toThrow("refuses the messages");
  expect(of([{ name: "default", template: "named" }], [])()).toBe("named");
});
