/** Second names that torch has for the same ops. */
import { div, mod, mul, sub } from "./arithmetic.ts";
import { copy } from "./copy.ts";
import { cat } from "./join.ts";
import { transpose } from "./movement.ts";
import { flatten } from "./reshape.ts";
import { clamp } from "./select.ts";
import { abs, neg } from "./signs.ts";

/**
 * As `mul`: x · other.
 * @example tensor([1, 2]).multiply(3) // tensor([3., 6.])
 * @see torch.multiply
 */
export const multiply = mul;

/**
 * As `sub`: x - other.
 * @example tensor([5, 7]).subtract(2) // tensor([3., 5.])
 * @see torch.subtract
 */
export const subtract = sub;

/**
 * As `div`: x / other.
 * @example tensor([3, 5]).divide(2) // tensor([1.5000, 2.5000])
 * @see torch.divide
 */
export const divide = div;

/**
 * As `div`: x / other, a float also for integers.
 * @example tensor([3n]).trueDivide(2) // tensor([1.5000])
 * @see torch.true_divide
 */
export const trueDivide = div;

/**
 * As `mod`: what is left when x is divided by other, with the sign of other.
 * @example tensor([-1, 5]).remainder(3) // tensor([2., 2.])
 * @see torch.remainder
 */
export const remainder = mod;

/**
 * As `clamp`: x within min and max.
 * @example tensor([-3, 3]).clip(-1, 1) // tensor([-1.,  1.])
 * @see torch.clip
 */
export const clip = clamp;

/**
 * As `abs`: the absolute value.
 * @example tensor([1, -2]).absolute() // tensor([1., 2.])
 * @see torch.absolute
 */
export const absolute = abs;

/**
 * As `neg`: -x.
 * @example tensor([1, -2]).negative() // tensor([-1.,  2.])
 * @see torch.negative
 */
export const negative = neg;

/**
 * As `cat`: tensors one after the other along `dim`.
 * @example ops.concat([tensor([1]), tensor([2])]) // tensor([1., 2.])
 * @see torch.concat
 */
export const concat = cat;

/**
 * As `flatten` without arguments: one dimension.
 * @example tensor([[1, 2]]).ravel() // tensor([1., 2.])
 * @see torch.ravel
 */
export const ravel = flatten;

/**
 * x as it is: memory has one order here.
 * @example tensor([1]).contiguous() // tensor([1.])
 * @see torch.Tensor.contiguous
 */
export const contiguous = copy();

/**
 * x as it is: there is one device.
 * @example tensor([1]).cpu() // tensor([1.])
 * @see torch.Tensor.cpu
 */
export const cpu = copy();

/**
 * As `transpose`: two dimensions exchanged.
 * @example ops.zeros(2, 3).swapaxes(0, 1).shape // [3, 2]
 * @see torch.swapaxes
 */
export const swapaxes = transpose;
