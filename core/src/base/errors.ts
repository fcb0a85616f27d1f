/** The errors that users see: one class a kind, each with a stable code. A message says what is wrong, where, and the way out. */

import { settings } from "./settings.ts";
import { deepStack, takeSite, userFrames } from "./where.ts";

export type ErrorCode =
  | "NNSIGHT"
  | "VALUE"
  | "RUNTIME"
  | "TYPE"
  | "INDEX"
  | "KEY"
  | "ATTRIBUTE"
  | "SHAPE"
  | "REMOTE";

/** Above every error of the library, so that one `catch` can tell it from the rest. Its stack begins at the user's line, unless `CONFIG.APP.DEBUG`. */
export class NNsightError extends Error {
  readonly code: ErrorCode = "NNSIGHT";
  /** The remote job in which it came up. */
  jobId?: string;

  /** The name of the class, which a stack begins with from the start. */
  override get name(): string {
    return this.constructor.name;
  }

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    takeSite();
    const frames = userFrames(deepStack(this));
    if (frames.length && !settings.APP.DEBUG)
      this.stack = `${this.stack?.split(/\n\s+at /)[0]}\n${frames.join("\n")}`;
  }
}

/** A value that is right in kind and wrong in content, or read before it is there. */
export class ValueError extends NNsightError {
  override readonly code = "VALUE";
}

/** The program cannot be run as it was written. */
export class RuntimeError extends NNsightError {
  override readonly code = "RUNTIME";
}

/** A value of the wrong kind, such as a lazy tensor where JavaScript wants a number. */
export class TypeError extends NNsightError {
  override readonly code = "TYPE";
}

/** An index outside the tensor or list that it is used on. */
export class IndexError extends NNsightError {
  override readonly code = "INDEX";
}

/** A key that a dict, an output or a state dict does not have. */
export class KeyError extends NNsightError {
  override readonly code = "KEY";
}

/** A name that a module or a model does not have. */
export class AttributeError extends NNsightError {
  override readonly code = "ATTRIBUTE";
}

/** Sizes that do not fit together. */
export class ShapeError extends NNsightError {
  override readonly code = "SHAPE";
}

/** A service for remote jobs cannot be reached, or refuses or loses a job. */
export class RemoteError extends NNsightError {
  override readonly code = "REMOTE";
  /** A word for programs, such as `TIME_LIMIT` or `UNREACHABLE`. */
  readonly reason: string;

  constructor(message: string, reason: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** The class of a code. */
export const errorClasses = {
  NNSIGHT: NNsightError,
  VALUE: ValueError,
  RUNTIME: RuntimeError,
  TYPE: TypeError,
  INDEX: IndexError,
  KEY: KeyError,
  ATTRIBUTE: AttributeError,
  SHAPE: ShapeError,
} as const;
