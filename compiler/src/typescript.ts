/** The one place that loads TypeScript, with a hook in the checker that knows the operators of tensors. */
import { endPatching } from "./checker/patch.ts";

import ts = require("typescript");

endPatching();

export { ts };
