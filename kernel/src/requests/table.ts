/** Every request the kernel answers, beside execution: one entry each. */
import type { HistoryRequest } from "../history.ts";
import { complete, inspect, isComplete } from "./editing.ts";
import type { Handler } from "./handler.ts";
import { kernelInfo } from "./kernelInfo.ts";

const history: Handler<HistoryRequest> = (content, kernel) => ({
  status: "ok",
  history: kernel.history.find(content),
});

const commInfo: Handler<{ readonly target_name?: string }> = ({ target_name }, { comms }) => ({
  status: "ok",
  comms: comms.listed(target_name),
});

const interrupt: Handler = (_, { execution }) => {
  execution.interrupt();
  return { status: "ok" };
};

const shutdown: Handler<{ readonly restart?: boolean }> = ({ restart = false }, kernel) => {
  kernel.shutdown();
  return { status: "ok", restart };
};

export const requests: Readonly<Record<string, Handler>> = {
  kernel_info_request: kernelInfo,
  complete_request: complete,
  inspect_request: inspect,
  is_complete_request: isComplete,
  history_request: history,
  comm_info_request: commInfo,
  interrupt_request: interrupt,
  shutdown_request: shutdown,
};
