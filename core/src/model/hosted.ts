/** Models by the names that services know them by, and the way to a service. */
import type { Language } from "../generate/decoding.ts";
import type { Module } from "../nn/module.ts";
import type { Backend } from "../run/backend.ts";
import type { Intake } from "../trace/subject.ts";

export interface Hosted {
  readonly key: string;
  readonly module: Module;
  readonly intake: Intake;
  /** Of one that generates. */
  readonly language?: Language;
}

/** Where its modules stand; those that are attached later are the user's own. */
export interface Named extends Hosted {
  readonly paths: ReadonlyMap<Module, string>;
}

const known = new WeakMap<Module, Named>();

/** From now on the module and all in it can be run by a service that has a model of this key. */
export function nameModel(hosted: Hosted): void {
  const paths = new Map([...hosted.module.namedModules()].map(([path, module]) => [module, path]));
  known.set(hosted.module, { ...hosted, paths });
  keys.add(hosted.key);
}

const keys = new Set<string>();

/** The models that were named in this process, the latest last. */
export const namedModels = (): readonly string[] => [...keys];

export const hostedOf = (module: Module): Named | undefined => known.get(module);

/** Options of everything that can be run by a service. */
export interface RemoteOptions {
  /**
   * Runs it on a service: the one at `NNSIGHT_HOST`, or `CONFIG.API.HOST`; `"self"` starts one on this machine, which
   * ends with this process. Default false.
   */
  readonly remote?: boolean | "self";
  /** `false` resolves to the job as soon as it is submitted. Default true. */
  readonly blocking?: boolean;
}

/** A run on a service, seen from here. */
export interface Job<T = unknown> {
  readonly id: string;
  /** The latest state: `RECEIVED`, `APPROVED`, `RUNNING`, `COMPLETED`, `ERROR` or `CANCELLED`. */
  status(): Promise<string>;
  /** What the run gave, once it has ended. @throws what the run raised, or RemoteError */
  result(): Promise<T>;
  /** Ends it, now or at its next step. */
  cancel(): Promise<void>;
}

/** A backend of one run, which can hand its job out before the run has ended. */
export interface RemoteBackend extends Backend {
  readonly remote: true;
  readonly submitted: Promise<Job>;
}

/** Set by remote/, which stands above. */
export const services = {} as { open(place: true | "self"): RemoteBackend };

export const isRemote = (backend: Backend): backend is RemoteBackend => "remote" in backend;
