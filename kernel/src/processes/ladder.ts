/** How a cell is stopped: by asking first, by force when that is not answered. */

export interface LadderSteps {
  /** Asks the user process; answered as soon as its event loop turns. */
  ask(): void;
  /** Ends a script that has not yet waited for anything. */
  signal(): void;
  /** Ends any running JavaScript. */
  terminate(): void;
  /** Tells the user that the cell is inside native code. */
  explain(): void;
  /** Ends the process, and with it all variables. */
  kill(): void;
}

const delays = { signal: 80, terminate: 100, explain: 3000, again: 50 };

export class InterruptLadder {
  #timer: NodeJS.Timeout | undefined;
  #explained = false;

  constructor(private readonly steps: LadderSteps) {}

  begin(): void {
    const { steps } = this;
    if (this.#explained) {
      steps.kill();
      return;
    }
    this.#climb();
  }

  /** Answered, so the cell is about to end; one that has found something else to do is asked again. */
  answered(): void {
    this.#explained = false;
    this.#after(delays.again, () => this.#climb());
  }

  /** The cell has ended. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#explained = false;
  }

  #climb(): void {
    const { steps } = this;
    steps.ask();
    this.#after(delays.signal, () => {
      steps.signal();
      this.#after(delays.terminate, () => {
        steps.terminate();
        this.#after(delays.explain, () => {
          this.#explained = true;
          steps.explain();
        });
      });
    });
  }

  #after(delay: number, step: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(step, delay);
  }
}
