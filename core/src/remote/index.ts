/** What a service needs of core: the protocol, and running what was submitted on models that are held here. */
export { errorClasses, NNsightError } from "../base/errors.ts";
export type { Hosted } from "../model/hosted.ts";
export { openHosted } from "../model/language-model.ts";
export { LocalBackend } from "../run/local.ts";
export * from "./protocol.ts";
export {
  type Admission,
  type Admitted,
  admit,
  defaultAdmission,
  requireCheap,
  runAdmitted,
} from "./receive.ts";
export { weightBytes } from "./weights.ts";
