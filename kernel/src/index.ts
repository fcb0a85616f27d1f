/** The public list of the kernel. */
export { install, uninstall } from "./install/kernelspec.ts";
export { targetOf } from "./install/target.ts";
export { Supervisor } from "./supervisor.ts";
