/** `show.graph` and `show.model`: the steps inside a module, and the modules inside a model. */
import { RuntimeError, TypeError } from "../../base/errors.ts";
import { type Fn, findCalls } from "../../ir/fn.ts";
import { parameterOrigin, placeOf } from "../../model/envoy.ts";
import { printModule } from "../../nn/print.ts";
import { isLazy } from "../../trace/state.ts";
import { reached } from "../expression.ts";
import { Bodies } from "../flow/flow.ts";
import { FLOW_MIME, type FlowPayload } from "../flow/payload.ts";
import { flowPicture } from "../flow/picture.ts";
import { jsonBytes, MOST_BYTES } from "../json.ts";
import { keepTensor } from "../live/keep.ts";
import { shelfOfProcess } from "../live/shelf.ts";
import { MODULES_MIME, type ModulesPayload, type WeightQuery } from "../modules/payload.ts";
import { modulesPicture } from "../modules/picture.ts";
import { rowOf, signaturesOf } from "../modules/rows.ts";
import { tensorPayload } from "../payload.ts";
import { hereLine } from "./read.ts";
import { type Shown, shown } from "./shown.ts";

type Place = NonNullable<ReturnType<typeof placeOf>>;

/**
 * Draws what a module does: its ONNX operators and the modules that it calls, which open into theirs.
 * @param module a model, or a module of one
 * @example show.graph(lm.model.layers[0].mlp)
 * @throws TypeError for anything else, RuntimeError when the model does not know the types of its inputs yet or never runs the module
 */
export function graph(module: object): Shown {
  const place = placed(module, "show.graph()");
  const { path, subject } = place;
  const model = subject.record(subject.intake.anySignature()).fn;
  const fn = path ? findCalls(model, path)[0]?.fn : model;
  if (!fn) throw new RuntimeError(`show.graph() cannot show ${path}: the model never calls it.`);
  const bodies = new Bodies();
  const root = bodies.of(fn);
  const payload: FlowPayload = {
    name: path || subject.name,
    kind: fn.name,
    where: hereLine(),
    bodies: bodies.all,
    root,
  };
  if (jsonBytes(payload) > MOST_BYTES)
    throw new RuntimeError(
      `show.graph() cannot show all of ${payload.name} in one figure: its forms take more than 64 KB. Show one of its modules.`,
    );
  return shown(
    () => `${payload.name}: ${bodies.all[root]!.size} ONNX operators\n${textOf(payload)}`,
    () => ({ [FLOW_MIME]: payload, "image/svg+xml": flowPicture(payload) }),
  );
}

/** Its steps, one a line. */
const textOf = ({ bodies, root }: FlowPayload): string =>
  bodies[root]!.steps.map(({ label, detail = "", type = "" }) =>
    `  ${label}  ${detail}  ${type}`.trimEnd(),
  ).join("\n");

/**
 * Draws the modules of a model as a tree: shapes, parameters, bytes. Each weight opens into its numbers.
 * @param module a model, or a module of one
 * @example show.model(lm)
 * @throws TypeError for anything else
 */
export function model(module: object): Shown {
  const place = placed(module, "show.model()");
  const { path, subject } = place;
  const whole = functionOf(place);
  const root = rowOf(place.module, path || subject.name, path, whole ? signaturesOf(whole) : new Map());
  const where = hereLine();
  return shown(
    () => printModule(place.module),
    () => {
      const id = shelfOfProcess()?.keep(place.module, 0, (_, query) => ({
        result: weightOf(place, query as WeightQuery),
        buffers: [],
      }));
      const payload: ModulesPayload = {
        ...(id !== undefined && { id }),
        name: path || subject.name,
        where,
        root,
      };
      return { [MODULES_MIME]: payload, "image/svg+xml": modulesPicture(payload.name, root) };
    },
  );
}

function placed(module: object, call: string): Place {
  const place = placeOf(module);
  if (place) return place;
  throw new TypeError(`${call} shows a model or a module of one, such as lm or lm.model.layers[0].`);
}

/** Shapes are told where the model can be recorded before its first run. */
function functionOf({ subject }: Place): Fn | undefined {
  const inputs = subject.intake.template();
  return inputs === undefined ? undefined : subject.record(inputs).fn;
}

function weightOf({ module, path, subject }: Place, { ask, path: below, name }: WeightQuery): unknown {
  if (ask !== "weight") return {};
  const [, owner] = [...module.namedModules()].find(([one]) => one === below) ?? [];
  const state = owner?.ownParameters[name]?.state;
  const full = [path, below, name].filter(Boolean).join(".");
  if (!state || isLazy(state)) throw new RuntimeError(`there is no weight ${full} any more.`);
  const place = reached(parameterOrigin(full, subject));
  const labels = { ...place, where: { module: place.module } };
  const id = keepTensor(state, labels);
  return tensorPayload(state, { ...labels, ...(id !== undefined && { id }) });
}
