/** The order in which weights are written to a file. */

/**
 * Weights in the order in which the model's modules have them, then all others: those that take the same value, such as a
 * layer's queries, keys and values, lie side by side, so that they can be multiplied with as one.
 * @param roles names of weights in the order of the modules
 */
export function inModelOrder<T>(
  weights: Iterable<T>,
  nameOf: (weight: T) => string,
  roles: ReadonlyMap<string, unknown>,
): T[] {
  const places = new Map([...roles.keys()].map((name, i) => [name, i]));
  const placeOf = (weight: T): number => places.get(nameOf(weight)) ?? places.size;
  return [...weights].sort((a, b) => placeOf(a) - placeOf(b));
}
