/** Reads ONNX files, and finds the files of weights beside them. */
import { readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, resolve, sep } from "node:path";
import { ValueError } from "../base/errors.ts";
import type { Fixed } from "../onnx/branches.ts";
import { type Beside, type FlatGraph, readModel } from "../onnx/read.ts";
import { readRange } from "./file-range.ts";
import { stored } from "./stored.ts";
import { folderFor, widened } from "./widened.ts";

/**
 * @param fixed inputs that choose branches, and what they are
 * @throws ValueError when it holds what is not read, or its weights are not where they may be; the system's error when it is not there
 */
export const readOnnx = (path: string, fixed: Fixed = {}): FlatGraph =>
  readModel(new Uint8Array(readFileSync(path)), besideOf(path), fixed);

/** Files beside a model: in its folder, or where Hugging Face's cache keeps them both. */
function besideOf(path: string): Beside {
  const folder = dirname(resolve(path));
  const allowed = [
    folder,
    ...[folder, resolve(path)].map((one, i) => (i ? dirname(realpathSync(one)) : realpathSync(one))),
  ];
  return {
    range(location, offset, length) {
      const at = join(folder, location);
      if (!location || isAbsolute(location) || !at.startsWith(folder + sep))
        throw new ValueError(`its weights lie in '${location}', outside its folder`);
      let real: string;
      let size: number;
      try {
        real = realpathSync(at);
        ({ size } = statSync(real));
      } catch (cause) {
        throw new ValueError(`its weights in '${location}' are not there: fetch that file, too`, { cause });
      }
      if (!allowed.some((one) => real.startsWith(one + sep)))
        throw new ValueError(`its weights in '${location}' are a link that leads outside its folder`);
      if (!Number.isSafeInteger(offset) || offset < 0 || offset + length > size)
        throw new ValueError(
          `'${location}' has ${size} bytes, and weights lie at ${offset} to ${offset + length}`,
        );
      return Object.freeze({ path: real, offset, length });
    },
    read: readRange,
    widened: (range, format) =>
      widened(
        folderFor([range.path]),
        `${range.path} ${range.offset} ${range.length}`,
        range,
        stored[format]!,
      ),
  };
}
