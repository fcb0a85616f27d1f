/** The settings of the library: their kinds, their defaults, and the values in force. Users see them as `CONFIG`. */

export interface AppSettings {
  /**
   * Whether `if`, `?:`, `for`, `&&` and `||` over lazy values are recorded in compiled code. When not, they are errors;
   * `tracer.cond` and `session.iter` work either way. Default true.
   */
  CONTROL_FLOW_HANDLING: boolean;
  /** Whether results of pieces that were run on equal values are taken from memory. Default true. */
  MEMO: boolean;
  /**
   * Whether a run begins at the first position that differs from a remembered one, on its keys and values, where attention
   * is causal. Results are then those of a whole run to float tolerance, not to the bit. Default true.
   */
  TAILS: boolean;
  /**
   * What models run on here: `cpu`, or another execution provider of this build of ONNX Runtime, such as `cuda`, `webgpu`,
   * `coreml` or `dml`. Only `cpu` was tried by those who make this library. Sessions made from then on use it. Default `cpu`.
   */
  DEVICE: string | undefined;
  /** Threads of one run on the processor. Sessions made from then on use it. Default: one for each core. */
  THREADS: number | undefined;
  /**
   * Whether parts of a model that are changed, looked into or gone back through pack their weights, as untouched ones do: they
   * run faster then, and each holds its weights once more, twice for a gradient. `true`: at once; `false`: never.
   * Default: those that run often (64 times), as in a training loop, as long as that takes no more than a sixteenth of the memory.
   */
  PACKING: boolean | undefined;
  /** Whether the states of remote jobs are printed. Default true. */
  REMOTE_LOGGING: boolean;
  /** Whether the stacks of errors show the library's own frames, too. Default false. */
  DEBUG: boolean;
}

export interface ApiSettings {
  /** The key that is sent with remote jobs; `NNSIGHT_API_KEY` in the environment wins. It is never printed. */
  APIKEY: string | undefined;
  /** Where the service for remote jobs is; `NNSIGHT_HOST` in the environment wins. */
  HOST: string | undefined;
}

export interface Settings {
  readonly APP: AppSettings;
  readonly API: ApiSettings;
}

export type Section = keyof Settings;

export interface Kind {
  /** A `number` is a count: whole, and at least 1. */
  readonly type: "boolean" | "string" | "number";
  /** The variable of the environment that wins over the file and over assignments. */
  readonly variable?: string;
  /** Whether a `boolean` may be left undefined; others may. */
  readonly optional?: boolean;
  /** Never shown. */
  readonly secret?: boolean;
}

export const kinds: { readonly [S in Section]: { readonly [K in keyof Settings[S]]: Kind } } = {
  APP: {
    CONTROL_FLOW_HANDLING: { type: "boolean" },
    MEMO: { type: "boolean" },
    TAILS: { type: "boolean" },
    DEVICE: { type: "string" },
    THREADS: { type: "number" },
    PACKING: { type: "boolean", optional: true },
    REMOTE_LOGGING: { type: "boolean" },
    DEBUG: { type: "boolean" },
  },
  API: {
    APIKEY: { type: "string", variable: "NNSIGHT_API_KEY", secret: true },
    HOST: { type: "string", variable: "NNSIGHT_HOST" },
  },
};

export const settings: Settings = {
  APP: {
    CONTROL_FLOW_HANDLING: true,
    MEMO: true,
    TAILS: true,
    DEVICE: "cpu",
    THREADS: undefined,
    PACKING: undefined,
    REMOTE_LOGGING: true,
    DEBUG: false,
  },
  API: { APIKEY: undefined, HOST: undefined },
};
