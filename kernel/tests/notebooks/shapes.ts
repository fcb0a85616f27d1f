import { scale } from "./scale";

export interface Shape {
  readonly name: string;
  area(): number;
}

export enum Unit {
  Metre = "m",
  Foot = "ft",
}

export default class Square implements Shape {
  readonly name = "square";
  constructor(readonly side: number) {}
  area(): number {
    return scale(this.side ** 2);
  }
}

export function broken(): never {
  throw new RangeError("from a local file");
}
