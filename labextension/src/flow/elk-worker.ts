/** The layouts of elkjs, in a thread of their own. */
import "elkjs/lib/elk-worker.min.js";
