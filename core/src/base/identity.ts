/** Numbers that stand for objects in keys: the same for the same object, and for no other. */

const numbers = new WeakMap<object, number>();
let count = 0;

/** A number that no object has yet. */
export const freshIdentity = (): number => ++count;

export function identityOf(object: object): number {
  const known = numbers.get(object);
  if (known !== undefined) return known;
  const fresh = freshIdentity();
  numbers.set(object, fresh);
  return fresh;
}

/** Lets an object count as another one, whose number this is. */
export const identify = (object: object, number: number): void => void numbers.set(object, number);

/** The number that an object was given, if it was. */
export const knownIdentity = (object: object): number | undefined => numbers.get(object);
