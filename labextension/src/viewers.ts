/** What draws each type of output: a folder each, loaded when the first output of its type is shown. A new one is a line here. */
export const viewers = {
  tensor: async () => (await import("./tensor/card.ts")).tensorViewer,
  attention: async () => (await import("./attention/card.ts")).attentionViewer,
  tokens: async () => (await import("./tokens/card.ts")).tokensViewer,
  "logit-lens": async () => (await import("./lens/card.ts")).lensViewer,
  "next-tokens": async () => (await import("./next/card.ts")).nextViewer,
  figure: async () => (await import("./chart/card.ts")).chartViewer,
  log: async () => (await import("./log/card.ts")).logViewer,
  modules: async () => (await import("./modules/card.ts")).modulesViewer,
  flow: async () => (await import("./flow/card.ts")).flowViewer,
  graph: async () => (await import("./program/card.ts")).programViewer,
  job: async () => (await import("./job/card.ts")).jobViewer,
};

/** The MIME type of a kind of output. */
export const mimeOf = (kind: keyof typeof viewers): string => `application/vnd.nnsight.${kind}.v1+json`;
