/** The public list of the kernel. */
export { install, targetOf } from "./install.ts";
export { Supervisor } from "./supervisor.ts";
