/** Conversations as one text, by the template that a model was trained with. */
import { Template } from "@huggingface/jinja";
import { ValueError } from "../base/errors.ts";

export interface Message {
  /** `system`, `user`, `assistant`, or what else the template knows. */
  readonly role: string;
  readonly content: string;
}

export interface ChatOptions {
  /** Whether the text ends where the assistant's answer begins. Default true. */
  readonly addGenerationPrompt?: boolean;
  /** More values for the template, such as `tools` or `enable_thinking`. */
  readonly [name: string]: unknown;
}

/**
 * The text of a conversation.
 * @param config the content of tokenizer_config.json: its `chat_template` and special tokens
 * @throws ValueError when there is no template, or it refuses the messages
 */
export function printChat(
  messages: readonly Message[],
  config: Readonly<Record<string, unknown>>,
  { addGenerationPrompt = true, ...more }: ChatOptions = {},
): string {
  const template = templateIn(config["chat_template"]);
  if (template === undefined)
    throw new ValueError(
      "this model has no chat template: it was not trained on conversations. Give it plain text, or use its Instruct version.",
    );
  const wrong = messages.findIndex((one) => typeof one?.role !== "string" || one.content === undefined);
  if (!Array.isArray(messages) || wrong >= 0)
    throw new ValueError(
      `message ${wrong} is not of the form { role, content }: write lm.chat([{ role: "user", content: "…" }]).`,
    );
  const tokens = Object.fromEntries(
    Object.entries(config).flatMap(([key, said]) => {
      const text = typeof said === "string" ? said : (said as { content?: string } | null)?.content;
      return key.endsWith("_token") && typeof text === "string" ? [[key, text]] : [];
    }),
  );
  try {
    return new Template(template).render({
      ...tokens,
      messages,
      add_generation_prompt: addGenerationPrompt,
      ...more,
    });
  } catch (cause) {
    throw new ValueError(
      `the chat template of this model refuses the messages: ${(cause as Error).message}.`,
      {
        cause,
      },
    );
  }
}

/** Some models have several, by name. */
function templateIn(said: unknown): string | undefined {
  if (typeof said === "string") return said;
  if (!Array.isArray(said)) return undefined;
  const named = said as readonly { readonly name: string; readonly template: string }[];
  return (named.find(({ name }) => name === "default") ?? named[0])?.template;
}
