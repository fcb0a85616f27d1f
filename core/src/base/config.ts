/** `CONFIG`: the settings as users read, assign and save them. */
import { AttributeError, RuntimeError, TypeError, ValueError } from "./errors.ts";
import { nearest } from "./names.ts";
import { type Kind, kinds, type Section, type Settings, settings } from "./settings.ts";

/** Values by section and name, as a file holds them. */
export type Values = { [S in Section]?: Record<string, unknown> };

/** Where settings outlive the process. */
export interface Store {
  /** Writes these over what is there. */
  save(changed: Values): void;
}

export interface Config extends Settings {
  /** Keeps what was assigned, for later processes too. @throws RuntimeError when it cannot be written */
  save(): void;
  /**
   * Keeps the key that is sent with remote jobs, readable for this user only.
   * @throws ValueError for what cannot be a key
   */
  setDefaultApiKey(key: string): void;
  /** Keeps whether the stacks of errors show the library's own frames. */
  setDefaultAppDebug(debug: boolean): void;
}

const inspect = Symbol.for("nodejs.util.inspect.custom");
const sections: readonly Section[] = ["APP", "API"];
const changed: Required<Values> = { APP: {}, API: {} };
let store: Store | undefined;

/** From now on settings are kept there. */
export const keepSettings = (place: Store): void => void (store = place);

/** Puts the values of earlier processes in force; names that are no settings are passed over. @throws TypeError or ValueError for a wrong value, and then none is in force */
export function adoptSettings(values: Values): void {
  const known = sections.map((section) =>
    Object.entries(values[section] ?? {}).filter(([key]) => Object.hasOwn(kinds[section], key)),
  );
  for (const [i, section] of sections.entries())
    for (const [key, value] of known[i]!) check(section, key, value);
  for (const [i, section] of sections.entries())
    Object.assign(settings[section], Object.fromEntries(known[i]!));
}

function check(section: Section, key: string, value: unknown): void {
  const { type, optional = type !== "boolean" } = (kinds[section] as Record<string, Kind>)[key]!;
  if (typeof value !== type && !(optional && value === undefined))
    throw new TypeError(
      `CONFIG.${section}.${key} is a ${type}${optional ? " or undefined" : ""}; it was given ${value === null ? "null" : typeof value}.`,
    );
  if (typeof value === "number" && !(Number.isInteger(value) && value > 0))
    throw new ValueError(`CONFIG.${section}.${key} is a whole number from 1 on; it was given ${value}.`);
  // It goes into a header, where a line break would end it, and an error would show it.
  if (typeof value === "string" && !/^[\x21-\x7e]+$/.test(value))
    throw new ValueError(
      `CONFIG.${section}.${key} takes letters, digits and signs without spaces or line breaks; the text that was given ${value ? "has others" : "is empty"}.`,
    );
}

const variable = ({ variable = "" }: Kind): string | undefined =>
  globalThis.process?.env[variable]?.trim() || undefined;

/** A section with an accessor for each setting; what is secret is not listed. */
function sectionOf<S extends Section>(section: S): Settings[S] {
  const values = settings[section] as unknown as Record<string, unknown>;
  const named = Object.entries<Kind>(kinds[section]);
  const pending: Record<string, unknown> = changed[section];
  const target: Record<string, unknown> = {};
  for (const [key, kind] of named)
    Object.defineProperty(target, key, {
      enumerable: !kind.secret,
      get: () => variable(kind) ?? values[key],
      set(value: unknown) {
        check(section, key, value);
        values[key] = value;
        pending[key] = value;
        if (variable(kind))
          console.warn(
            `Warning: CONFIG.${section}.${key} was assigned, but ${kind.variable} in the environment wins over it here.`,
          );
      },
    });
  return closed(`CONFIG.${section}`, target, () => {
    const shown = named.map(([key, kind]) => {
      const value = target[key];
      return `${key}: ${kind.secret ? (value ? "(set, hidden)" : "undefined") : JSON.stringify(value)}`;
    });
    return `${section} { ${shown.join(", ")} }`;
  }) as unknown as Settings[S];
}

/** An object that takes no other names and prints itself. */
function closed<T extends object>(name: string, target: T, print: () => string): T {
  for (const key of ["toString", inspect]) Object.defineProperty(target, key, { value: print });
  return new Proxy(target, {
    set(_, key, value) {
      if (Object.getOwnPropertyDescriptor(target, key)?.set) return Reflect.set(target, key, value);
      const names = Object.getOwnPropertyNames(target).filter((name) => name !== "toString");
      throw new AttributeError(
        names.includes(String(key))
          ? `${name}.${String(key)} cannot be assigned: assign one of its settings.`
          : `${name} has no '${String(key)}'. It has ${nearest(String(key), names) || names.join(", ")}.`,
      );
    },
  });
}

const config: Config = {
  APP: sectionOf("APP"),
  API: sectionOf("API"),
  save() {
    if (!store) throw new RuntimeError("settings cannot be saved here, as there are no files.");
    store.save(changed);
  },
  setDefaultApiKey(key) {
    config.API.APIKEY = key;
    config.save();
  },
  setDefaultAppDebug(debug) {
    config.APP.DEBUG = debug;
    config.save();
  },
};

/**
 * The settings: `CONFIG.APP.CONTROL_FLOW_HANDLING = false` holds at once, and after `CONFIG.save()` in later processes,
 * too. Assigning an unknown name or a wrong type throws.
 * @see nnsight.CONFIG
 */
export const CONFIG: Config = closed(
  "CONFIG",
  config,
  () => `CONFIG {\n  ${config.APP},\n  ${config.API}\n}`,
);
