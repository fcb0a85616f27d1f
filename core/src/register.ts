/** `node --import nnsight-ts/register script.ts`: operators, `if` and `for` on lazy values in scripts, as in cells. */
const compiler = "nnsight-ts-compiler/register";

try {
  await import(compiler);
} catch (cause) {
  const missing = (cause as { readonly code?: string }).code === "ERR_MODULE_NOT_FOUND";
  if (!missing) throw cause;
  throw new Error(
    "nnsight-ts/register needs the package nnsight-ts-compiler beside nnsight-ts: install it (`npm install nnsight-ts-compiler`).",
    { cause },
  );
}

export {};
