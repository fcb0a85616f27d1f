/** Sixteen normal numbers from sixteen uniform ones, with the float32 arithmetic of PyTorch's vector code (avx_mathfun). */

const f = Math.fround;
/** a · b + c of float32 numbers, rounded once. */
export function fma(a: number, b: number, c: number): number {
  const product = a * b;
  const sum = product + c;
  const rounded = f(sum);
  const other = 2 * sum - rounded;
  if (other === rounded || f(other) !== other) return rounded;
  // Halfway between two float32: what the float64 sum lost decides.
  const part = sum - product;
  const lost = product - (sum - part) + (c - part);
  if (lost === 0) return rounded;
  return lost > 0 ? Math.max(rounded, other) : Math.min(rounded, other);
}

/** Box-Muller, in place: the first eight give radii, the last eight angles. */
export function normalSixteen(data: Float32Array, mean: number, std: number): void {
  for (let j = 0; j < 8; j++) {
    const radius = f(Math.sqrt(f(-2 * log(f(1 - data[j]!)))));
    const [sin, cos] = sincos(f(f(2 * Math.PI) * data[j + 8]!));
    data[j] = fma(f(radius * cos), f(std), f(mean));
    data[j + 8] = fma(f(radius * sin), f(std), f(mean));
  }
}

const logFactors = [
  7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
  2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
].map(f);
const cosFactors = [2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2].map(f);
const sinFactors = [-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1].map(f);

const words = new Uint32Array(1);
const floats = new Float32Array(words.buffer);

const polynomial = (factors: readonly number[], x: number): number =>
  factors.slice(1).reduce((y, factor) => fma(y, x, factor), factors[0]!);

/** The logarithm of a positive float32. */
function log(value: number): number {
  floats[0] = Math.max(value, 2 ** -126);
  let e = (words[0]! >>> 23) - 126;
  words[0] = (words[0]! & 0x807fffff) | 0x3f000000;
  let x = floats[0]!;
  if (x < f(Math.SQRT1_2)) {
    e -= 1;
    x = f(f(x - 1) + x);
  } else x = f(x - 1);
  const z = f(x * x);
  const y = fma(f(polynomial(logFactors, x) * x), z, f(e * f(-2.1219444e-4)));
  return fma(e, f(0.693359375), f(x + fma(-z, 0.5, y)));
}

/** Sine and cosine of a float32 angle from 0. */
function sincos(angle: number): [sin: number, cos: number] {
  const octant = (Math.trunc(f(angle * f(1.27323954473516))) + 1) & ~1;
  let x = fma(octant, f(-0.78515625), angle);
  x = fma(octant, f(-2.4187564849853516e-4), x);
  x = fma(octant, f(-3.774894977445941e-8), x);
  const z = f(x * x);
  const even = f(fma(f(polynomial(cosFactors, z) * z), z, -0.5 * z) + 1);
  const odd = fma(f(polynomial(sinFactors, z) * z), x, x);
  const [sin, cos] = octant & 2 ? [even, odd] : [odd, even];
  return [octant & 4 ? -sin : sin, (octant - 2) & 4 ? cos : -cos];
}
