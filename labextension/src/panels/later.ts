/** A side panel that is made when it is looked at for the first time. */
import { Panel, type Widget } from "@lumino/widgets";

export class LaterPanel extends Panel {
  #isMade = false;

  constructor(
    id: string,
    label: string,
    caption: string,
    private readonly make: () => Promise<Widget>,
  ) {
    super();
    this.id = id;
    Object.assign(this.title, { label, caption });
    this.addClass("nnsight-later");
  }

  protected override onAfterShow(): void {
    if (this.#isMade) return;
    this.#isMade = true;
    void this.make().then((panel) => this.addWidget(panel));
  }
}
