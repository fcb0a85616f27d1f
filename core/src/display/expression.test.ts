/** What a picture says of the place of its tensor: names of axes, the path, the TypeScript that reads it. */
import { expect, test } from "vitest";
