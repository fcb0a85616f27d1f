// The layers of the project as rules: what may import what. Tests are exempt.

/** Folders of core/src from the lowest level to the highest; a folder imports lower levels only. */
const levels = [
  ["base", "tensor"],
  ["ops"],
  ["ir", "onnx"],
  ["wire"],
  ["compile"],
  ["run"],
  ["trace"],
  ["model", "nn", "load", "generate", "optim"],
  ["remote", "display"],
  ["saved"],
];

/** The imports between folders of one level that are allowed. */
const sideways = { tensor: ["base"], model: ["nn", "load", "generate", "optim"], generate: ["load", "nn"] };

const core = (folders) => `^core/src/(${folders.join("|")})/`;
const anyOf = (names) => `(^|/)node_modules/(${names.join("|")})(/|$)`;

const layers = levels.flatMap((folders, level) =>
  folders.map((folder) => {
    const allowed = [folder, ...(sideways[folder] ?? []), ...levels.slice(0, level).flat()];
    return {
      name: `core-${folder}-imports-down`,
      comment: `core/src/${folder} may import only ${allowed.join(", ")}`,
      severity: "error",
      from: { path: core([folder]) },
      to: { path: "^core/", pathNot: core(allowed) },
    };
  }),
);

const only = (name, comment, from, to) => ({ name, comment, severity: "error", from, to });

const owners = [
  only(
    "runtime-in-run",
    "only core/src/run imports onnxruntime-node",
    { pathNot: core(["run"]) },
    { path: anyOf(["onnxruntime-node", "onnxruntime-common"]) },
  ),
  only(
    "protobuf-in-onnx",
    "only core/src/onnx imports the ONNX protobuf packages",
    { pathNot: core(["onnx"]) },
    { path: anyOf(["onnx-buf", "@bufbuild/protobuf"]) },
  ),
  only(
    "node-in-load-and-run",
    "in core only load and run use Node's own modules",
    { path: "^core/src/", pathNot: core(["load", "run"]) },
    { dependencyTypes: ["core"] },
  ),
];

const packages = [
  only(
    "compiler-without-core",
    "the compiler knows core only by names",
    { path: "^compiler/" },
    { path: "^(core|kernel|labextension|service)/" },
  ),
  only(
    "kernel-by-public-list",
    "the kernel imports core and the compiler only by their public list",
    { path: "^kernel/" },
    {
      path: "^(core|compiler|labextension|service)/",
      pathNot: "^(core|compiler)/dist/(runtime/)?index\\.(d\\.ts|js)$",
    },
  ),
  only(
    "labextension-by-display",
    "the JupyterLab extension imports only nnsight-ts/display",
    { path: "^labextension/" },
    { path: "^(core|compiler|kernel|service)/", pathNot: "^core/dist/display/index\\.(d\\.ts|js)$" },
  ),
  only(
    "labextension-types-only",
    "the JupyterLab extension imports types of core, no code",
    { path: "^labextension/" },
    { path: "^core/", dependencyTypesNot: ["type-only"] },
  ),
  only(
    "core-alone",
    "core imports no other package of the project",
    { path: "^core/" },
    { path: "^(compiler|kernel|labextension|service)/" },
  ),
];

const health = [
  only(
    "no-cycles",
    "no cycles, except of types alone",
    {},
    {
      circular: true,
      viaOnly: { dependencyTypesNot: ["type-only"] },
    },
  ),
  only("resolvable", "every import is found", {}, { couldNotResolve: true }),
];

module.exports = {
  forbidden: [...layers, ...owners, ...packages, ...health],
  options: {
    exclude: { path: "\\.test(-d)?\\.ts$" },
    doNotFollow: { path: ["node_modules", "/dist/"] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.base.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["types", "import", "node", "default"],
      extensions: [".ts", ".d.ts", ".js", ".json", ".mjs"],
    },
  },
};
