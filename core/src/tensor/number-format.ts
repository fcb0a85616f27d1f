/** How the numbers of one tensor are written, so that they stand in columns, as PyTorch and Python do it. */
import { isFloat } from "./dtype.ts";
import { type Host, type Numbers, numbersOf } from "./host.ts";

const precision = 4;

/** The text of the value at a place, padded to the common width. */
export interface Format {
  (place: number): string;
  /** The common width; nan, inf and zeros may be wider where there is nothing else. */
  readonly width: number;
}

/** The format for the values of x at the places that are shown. */
export function numberFormat(x: Host, shown: readonly number[]): Format {
  const [text, width] = isFloat(x.dtype) ? floatFormat(numbersOf(x), shown) : plainFormat(x, shown);
  return Object.assign((place: number) => text(place).padStart(width), { width });
}

type Text = (place: number) => string;

function plainFormat({ dtype, data }: Host, shown: readonly number[]): [Text, number] {
  const text: Text = (place) => (dtype === "bool" ? (data[place] ? "True" : "False") : String(data[place]));
  return [text, widest(shown.map(text))];
}

function floatFormat(data: Numbers, shown: readonly number[]): [Text, number] {
  const values = shown.map((place) => data[place]!).filter((v) => Number.isFinite(v) && v !== 0);
  const least = values.reduce((a, b) => Math.min(a, Math.abs(b)), Infinity);
  const most = values.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  const whole = values.every(Number.isInteger);
  const scientific = values.length > 0 && (most / least > 1000 || most > 1e8 || least < 1e-4);
  const text = (v: number): string => {
    if (Number.isNaN(v)) return "nan";
    if (!Number.isFinite(v)) return v > 0 ? "inf" : "-inf";
    if (scientific) return exponential(v);
    return whole ? `${fixed(v, 0)}.` : fixed(v, precision);
  };
  return [(place) => text(data[place]!), widest(values.map(text))];
}

const widest = (texts: readonly string[]): number =>
  texts.reduce((width, text) => Math.max(width, text.length), 1);

/** Python's `.4f`: halves go to the even digit, where JavaScript rounds them up. */
export function fixed(v: number, digits: number): string {
  const twice = Math.abs(v) * 2 * 10 ** digits;
  const half = Number.isInteger(twice) && twice % 2 === 1;
  const even = half && ((twice - 1) / 2) % 2 === 0;
  const text = (even ? (twice - 1) / 2 / 10 ** digits : Math.abs(v)).toFixed(digits);
  return v < 0 || Object.is(v, -0) ? `-${text}` : text;
}

/** Python's `.4e`: two digits of exponent or more, halves to the even digit. */
export function exponential(v: number): string {
  const [exact, exponent] = Math.abs(v).toExponential(60).split("e") as [string, string];
  const [rest, last] = [exact.slice(2 + precision), Number(exact[1 + precision])];
  const down = /^50*$/.test(rest) && last % 2 === 0;
  const short = down ? `${exact.slice(0, 2 + precision)}e${exponent}` : Math.abs(v).toExponential(precision);
  const [mantissa, power] = short.split("e") as [string, string];
  const sign = v < 0 || Object.is(v, -0) ? "-" : "";
  return `${sign}${mantissa}e${power[0]}${power.slice(1).padStart(2, "0")}`;
}
