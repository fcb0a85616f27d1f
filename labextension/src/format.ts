/** Numbers as they are printed in every viewer. */
const MINUS = "\u2212";
const THIN_SPACE = "\u202f";

/** Three significant digits; whole from 1 000 on; with an exponent where it would be long. */
export function formatNumber(x: number): string {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "nan" : signed(x > 0 ? "inf" : "-inf");
  const size = Math.abs(x);
  if (size === 0) return "0";
  if (size < 1e-3) return signed(x.toExponential(1));
  if (size < 999.5) return signed(x.toPrecision(3));
  return size < 999_999.5 ? formatInteger(Math.round(x)) : signed(x.toExponential(2).replace("e+", "e"));
}

/** All digits, in groups of three. */
export const formatInteger = (x: number): string => signed(grouped(String(x)));

/** Whether a dtype holds fractions: float16, bfloat16, float32, …. */
export const isFloat = (dtype: string): boolean => dtype.includes("float");

const isWhole = (dtype: string): boolean => dtype.includes("int");

/** A value of a tensor. */
export function formatValue(x: number, dtype: string): string {
  if (dtype === "bool" && !Number.isNaN(x)) return x === 0 ? "false" : "true";
  return isWhole(dtype) && Number.isFinite(x) ? formatInteger(x) : formatNumber(x);
}

/** A value that stands alone: to six digits. */
export const formatScalar = (x: number, dtype: string): string =>
  isFloat(dtype) && Math.abs(x) >= 1e-3 && Math.abs(x) < 1e6
    ? formatInteger(Number(x.toPrecision(6)))
    : formatValue(x, dtype);

/** A round number, without zeros at its end. */
export function formatTick(x: number): string {
  const size = Math.abs(x);
  if (size !== 0 && (size < 1e-3 || size >= 1e5)) return signed(x.toExponential().replace("e+", "e"));
  return formatInteger(Number(x.toPrecision(6)));
}

/** From here on the weights inside cells are printed. */
export const LEAST_WEIGHT = 0.1;

/** A share of 1 inside a cell: `.42`, `1`, nothing where it is small. */
export const formatWeight = (value: number): string =>
  value < LEAST_WEIGHT - 0.005 ? "" : formatShare(value);

/** A share of 1 to two digits: `.42`, `.03`, `1`. */
export const formatShare = (value: number): string =>
  value > 0.995 ? "1" : value < 0.005 ? "0" : withoutZero(value.toFixed(2));

export const withoutZero = (text: string): string => text.replace(/^(\u2212?)0\./, "$1.");

/** In steps of a thousand: `32.3 kB`. */
export function formatBytes(bytes: number): string {
  let [amount, unit] = [bytes, 0];
  while (amount >= 999.5 && unit < UNITS.length - 1) [amount, unit] = [amount / 1000, unit + 1];
  return `${unit === 0 ? amount : amount.toPrecision(3)} ${UNITS[unit]}`;
}

const UNITS = ["B", "kB", "MB", "GB", "TB"];

const signed = (text: string): string => text.replace(/-/g, MINUS);

const grouped = (text: string): string => {
  const [whole, ...rest] = text.split(".");
  return [whole!.replace(/\B(?=(\d{3})+$)/g, THIN_SPACE), ...rest].join(".");
};

/** In milliseconds below a second, then in seconds. */
export const formatSeconds = (seconds: number): string =>
  seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${formatNumber(seconds)} s`;

/** How many there are: all digits below a million, then millions. */
export const formatCount = (n: number): string => (n < 1e6 ? formatInteger(n) : `${formatNumber(n / 1e6)} M`);
