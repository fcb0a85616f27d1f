/** Python's complex numbers, for `nnsight.complex`. */
import { ValueError } from "../base/errors.ts";

export class Complex {
  constructor(
    readonly real: number,
    readonly imag: number = 0,
  ) {}

  conjugate(): Complex {
    return new Complex(this.real, -this.imag);
  }

  /** The absolute value. */
  abs(): number {
    return Math.hypot(this.real, this.imag);
  }

  /** As Python prints it: `(1+2j)`, `2j`. */
  toString(): string {
    const imag = `${this.imag}j`;
    if (Object.is(this.real, 0)) return imag;
    return `(${this.real}${this.imag < 0 || Object.is(this.imag, -0) ? "" : "+"}${imag})`;
  }
}

const of = (x: unknown): Complex => (x instanceof Complex ? x : new Complex(Number(x)));

/** The operators in which one operand is complex; both are numbers or complex. */
export const complexOperators: Readonly<Record<string, (a: unknown, b: unknown) => unknown>> = {
  add: (a, b) => new Complex(of(a).real + of(b).real, of(a).imag + of(b).imag),
  sub: (a, b) => new Complex(of(a).real - of(b).real, of(a).imag - of(b).imag),
  mul: (a, b) => times(of(a), of(b)),
  div: (a, b) => over(of(a), of(b)),
  pow: (a, b) => power(of(a), of(b)),
  eq: (a, b) => of(a).real === of(b).real && of(a).imag === of(b).imag,
  ne: (a, b) => of(a).real !== of(b).real || of(a).imag !== of(b).imag,
};

const times = (a: Complex, b: Complex): Complex =>
  new Complex(a.real * b.real - a.imag * b.imag, a.real * b.imag + a.imag * b.real);

function over(a: Complex, b: Complex): Complex {
  const size = b.real ** 2 + b.imag ** 2;
  if (size === 0) throw new ValueError("division by zero.");
  const { real, imag } = times(a, b.conjugate());
  return new Complex(real / size, imag / size);
}

/** Whole powers by multiplication, others by the polar form, as CPython does. */
function power(a: Complex, b: Complex): Complex {
  if (b.imag === 0 && Number.isInteger(b.real) && Math.abs(b.real) <= 100) {
    let whole = new Complex(1);
    for (let n = Math.abs(b.real); n > 0; n--) whole = times(whole, a);
    return b.real < 0 ? over(new Complex(1), whole) : whole;
  }
  const size = a.abs();
  if (size === 0) return new Complex(0);
  const angle = Math.atan2(a.imag, a.real);
  const length = size ** b.real * Math.exp(-b.imag * angle);
  const turned = b.imag * Math.log(size) + b.real * angle;
  return new Complex(length * Math.cos(turned), length * Math.sin(turned));
}
