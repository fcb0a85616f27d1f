/** What a client submits, caught on its way. */
import { createServer } from "node:http";
import { CONFIG, LanguageModel, ops } from "nnsight-ts";

/** The bytes of a small trace of the model. @param rows of constants that it takes along */
export async function submissionBytes(model: string, rows = 0): Promise<Uint8Array<ArrayBuffer>> {
  const caught = Promise.withResolvers<Uint8Array<ArrayBuffer>>();
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    if (request.method !== "PUT") {
      response.writeHead(404).end(JSON.stringify({ error: { reason: "NO_ROUTE", message: "" } }));
      return;
    }
    caught.resolve(Uint8Array.from(Buffer.concat(parts)));
    response
      .writeHead(409, { "content-type": "application/json" })
      .end(JSON.stringify({ error: { reason: "TEST", message: "caught" } }));
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { readonly port: number };
  Object.assign(CONFIG.API, { HOST: `http://127.0.0.1:${port}`, APIKEY: "nn_test" });
  const lm = await LanguageModel.load(model, { progress: () => undefined });
  await lm
    .trace("Hello", { remote: true }, () => {
      const hidden = lm.model.layers[1]!.output[0];
      return rows ? hidden.add(ops.zeros([rows, 1, 576])) : hidden;
    })
    .catch(() => undefined);
  server.close();
  return caught.promise;
}
