// A wire between a page and its kernel on which messages of figures get lost.
import type { Page } from "playwright-core";

export class LossyWire {
  /** How many of the next messages to and from figures are lost. */
  toLose = 0;

  /** To be given to the page before it loads anything. */
  readonly prepare = (page: Page): Promise<void> =>
    page.routeWebSocket(/\/channels/, (socket) => {
      const kernel = socket.connectToServer();
      socket.onMessage((message) => void (this.#isLost(message) || kernel.send(message)));
      kernel.onMessage((message) => void (this.#isLost(message) || socket.send(message)));
    });

  #isLost(message: string | Buffer): boolean {
    return (
      this.toLose > 0 && message.toString("latin1" as "utf8").includes('"comm_msg"') && this.toLose-- > 0
    );
  }
}
