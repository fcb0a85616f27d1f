/** kernel_info_request: who the kernel is. */
import { createRequire } from "node:module";
import { protocolVersion } from "../wire/message.ts";
import type { Handler } from "./handler.ts";

const require = createRequire(import.meta.url);
const versionOf = (name: string) => (require(`${name}/package.json`) as { readonly version: string }).version;

const info = {
  status: "ok",
  protocol_version: protocolVersion,
  implementation: "nnsight-ts",
  implementation_version: versionOf("nnsight-ts-kernel"),
  language_info: {
    name: "typescript",
    version: versionOf("typescript"),
    mimetype: "text/typescript",
    file_extension: ".ts",
    pygments_lexer: "typescript",
    codemirror_mode: { name: "javascript", typescript: true, mode: "typescript" },
    nbconvert_exporter: "script",
  },
  banner: `TypeScript (nnsight) on Node ${process.versions.node}`,
  debugger: false,
  help_links: [
    { text: "TypeScript handbook", url: "https://www.typescriptlang.org/docs/handbook/intro.html" },
  ],
  supported_features: [],
};

export const kernelInfo: Handler = () => info;
