/** How a report shows itself under a notebook's cell: the flame picture, with the table as its text. */
import { Report } from "../../run/report.ts";
import { draw } from "./draw.ts";

declare module "../../run/report.ts" {
  interface Report {
    /** The flame picture as the text of an SVG: what took which time, in the order of the run. */
    readonly svg: string;
  }
}

Object.defineProperties(Report.prototype, {
  svg: {
    get(this: Report): string {
      return draw(this);
    },
    configurable: true,
  },
  [Symbol.for("Jupyter.display")]: {
    value(this: Report): Record<string, unknown> {
      return { "image/svg+xml": this.svg, "text/plain": this.toString() };
    },
    configurable: true,
  },
});
