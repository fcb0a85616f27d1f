/** Room for what runs keep on the way there, for going back: so many bytes for all runs that are under way. */
export class Room {
  /** @param free bytes; as many as the results of earlier runs may take, unless it is said */
  constructor(public free = 64 * 2 ** 20) {}

  /** @returns whether so many bytes were free; they are taken then */
  take(bytes: number): boolean {
    if (bytes > this.free) return false;
    this.free -= bytes;
    return true;
  }

  give(bytes: number): void {
    this.free += bytes;
  }
}
