/** The module `tslab` of a cell: notebooks written for the tslab kernel show their values as they do there. */
import { createRequire } from "node:module";

type Show = (bundle: object, options: { raw: true; display_id?: string; update?: boolean }) => void;

const show: Show = (bundle, options) => (globalThis as unknown as { display: Show }).display(bundle, options);

/** Shows content of a given type. */
export interface Display {
  javascript(code: string): void;
  html(text: string): void;
  markdown(text: string): void;
  svg(text: string): void;
  text(text: string): void;
  png(bytes: Uint8Array): void;
  jpeg(bytes: Uint8Array): void;
  gif(bytes: Uint8Array): void;
  pdf(bytes: Uint8Array): void;
  /** Content of any MIME type. */
  raw(contentType: string, content: string | Uint8Array): void;
}

function displayThrough(raw: Display["raw"]): Display {
  return {
    javascript: (code) => raw("text/javascript", code),
    html: (text) => raw("text/html", text),
    markdown: (text) => raw("text/markdown", text),
    svg: (text) => raw("image/svg+xml", text),
    text: (text) => raw("text/plain", text),
    png: (bytes) => raw("image/png", bytes),
    jpeg: (bytes) => raw("image/jpeg", bytes),
    gif: (bytes) => raw("image/gif", bytes),
    pdf: (bytes) => raw("application/pdf", bytes),
    raw,
  };
}

/** Each call adds an output. */
export const display: Display = displayThrough((type, content) => show({ [type]: content }, { raw: true }));

/** One output: the first call adds it, later ones change it. */
export function newDisplay(): Display {
  const id = crypto.randomUUID();
  let isShown = false;
  return displayThrough((type, content) => {
    show({ [type]: content }, { raw: true, display_id: id, update: isShown });
    isShown = true;
  });
}

const { version: typescript } = createRequire(import.meta.url)("typescript/package.json") as {
  readonly version: string;
};

/** `tslab` is the version whose module this one stands for. */
export const versions: Readonly<Record<"tslab" | "typescript" | "node", string>> = {
  tslab: "1.0.22",
  typescript,
  node: process.versions.node,
};
