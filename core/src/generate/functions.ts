/** What a generation asks of the host, by name: with it a generation is data, and can run elsewhere. */
import { TypeError, ValueError } from "../base/errors.ts";
import type { Host } from "../tensor/host.ts";
import { readLate } from "../trace/invokes.ts";
import { type HostFunction, step, stepFamily } from "../trace/steps.ts";
import { Tensor } from "../trace/tensor.ts";
import { Decoding, type Language } from "./decoding.ts";
import { type GenerateOptions, type Manner, settingsOf } from "./options.ts";

const languages = new Map<string, WeakRef<Language>>();

/** From now on programs that travel can generate with the model of this key, as long as somebody holds it. */
export const nameLanguage = (key: string, language: Language): void =>
  void languages.set(key, new WeakRef(language));

const hostOf = (x: unknown): Host => {
  if (x instanceof Tensor) return x.state as Host;
  throw new TypeError("a generation is given something else than a tensor.");
};

/** How prompts and tokens are to be read, as plain data. */
interface How extends Manner {
  /** Which of the prompts only the run knows. */
  readonly late: readonly boolean[];
  readonly several: boolean;
}

/** Begins to decode: `(prompts, how)`. */
export const begin =
  (language: Language, onToken?: GenerateOptions["onToken"]): HostFunction =>
  (prompts: readonly unknown[], { late, several, ...manner }: How): Decoding => {
    const { intake } = language;
    const portions = prompts.map((one, i) => (late[i] ? readLate(intake, one, several) : intake.read(one)));
    const batch = intake.join(portions, several || late.includes(true));
    return new Decoding(batch, { ...settingsOf(manner, []), onToken }, language);
  };

/** The same with a model that was named. */
export const beginNamed = stepFamily("decoding", (key: string) => {
  const language = languages.get(key)?.deref();
  if (!language) throw new ValueError(`the model '${key}' does not generate here.`);
  return begin(language);
});

function decodingIn(x: unknown): Decoding {
  if (Decoding.is(x)) return x;
  throw new TypeError("a generation is asked of something else than one.");
}

const chosen = (decoding: unknown, logits: unknown): readonly Tensor[] => {
  const one = decodingIn(decoding);
  one.choose(hostOf(logits));
  return asTensors(one.next());
};

const asTensors = (hosts: readonly Host[]): readonly Tensor[] => hosts.map((host) => new Tensor(host));

/** What the first step takes. */
export const first = step("first", (decoding) => asTensors(decodingIn(decoding).first()));

/** Chooses each row's next token from its logits, the most likely one; gives what the next step takes. */
export const choose = step("choose", (decoding, logits) => chosen(decoding, logits));

/** The same where it is drawn. */
export const drawNext = step("draw", (decoding, logits) => chosen(decoding, logits), { draws: true });

/** Whether there is a next step, after the token that was chosen. */
export const goesOn = step("goesOn", (decoding, _chosen) => !decodingIn(decoding).ended);

/** The numbers of the steps that are left, as long as the generation goes on. */
export const turns = step("turns", (decoding, most) => turnsOf(decodingIn(decoding), Number(most)));

function* turnsOf(decoding: Decoding, most: number): Generator<number> {
  for (let turn = 0; turn < most && !decoding.ended; turn++) yield turn;
}

/** The prompts and what was made: int64 `[rows, prompt + new]`. */
export const generated = step("generated", (decoding) => new Tensor(decodingIn(decoding).output()), {
  type: () => ({ dtype: "int64", shape: [{ name: "batch" }, { name: "generated" }] }),
});
