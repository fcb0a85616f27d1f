/** Safetensors files with texts in their header, read as a whole. */
import { existsSync, readFileSync } from "node:fs";
import { NNsightError, ValueError } from "../base/errors.ts";
import { type Contents, fromSafetensors } from "./safetensors-bytes.ts";

/** @throws ValueError when the file is not there or broken */
export function readContents(path: string): Contents {
  if (!existsSync(path)) throw new ValueError(`there is no file ${path}.`);
  try {
    return fromSafetensors(new Uint8Array(readFileSync(path)));
  } catch (error) {
    if (error instanceof NNsightError) error.message = `${path}: ${error.message}`;
    throw error;
  }
}
