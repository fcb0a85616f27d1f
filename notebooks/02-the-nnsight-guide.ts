// Made from 02-the-nnsight-guide.ipynb by scripts/notebook-script.mjs. Run: node --import nnsight-ts/register 02-the-nnsight-guide.ts

// # The NNsight guide in TypeScript

// ## Set up

import * as nnsight from "nnsight-ts";
import { CONFIG, LanguageModel, NNsight, type Tensor, figure, manualSeed, nn, ops, show, tensor } from "nnsight-ts";

manualSeed(423);
const net = new nn.Sequential({ layer1: new nn.Linear(5, 10), layer2: new nn.Linear(10, 10) });
const input = ops.rand([1, 5]);

const tiny = new NNsight(net);

const lm = await LanguageModel.load("HuggingFaceTB/SmolLM2-135M-Instruct", { dispatch: true });

// ### Two ways to write a trace

const returned = await tiny.trace(input, () => tiny.layer1.output);

{
  await using tracer = tiny.trace(input);
  var saved = tiny.layer1.output.save();
}

console.log("the same:", ops.all(returned == saved).item());

// # What changed in 0.3
// ## `input` and `inputs`

{
  await using tracer = lm.trace("Hello World");
  var inputs = lm.model.layers[2].inputs.save();
  var firstInput = lm.model.layers[2].input.save();
}

const [positional, named] = inputs;
console.log("positional arguments:", positional.length, " named:", Object.keys(named));
console.log("first positional argument:", firstInput.shape);

// ## `scan` and `validate`

try {
  await tiny.trace(input, { scan: true, validate: true }, () => tiny.layer1.output.matmul(tiny.layer1.output));
} catch (error) {
  console.log(String(error).split("\n")[0]);
}

// # What is new in 0.3
// ## Scanning

const dim = await tiny.scan(tensor([0, 0, 0, 0, 0]), () => tiny.layer2.input.shape);
console.log(dim);

const wide = await lm.scan("Hello World", () => lm.model.layers[0].mlp.down_proj.input.shape);
console.log(wide);
show.graph(lm.model.layers[0].mlp)

// ## Built-ins of Python that wait for the run

{
  await using tracer = tiny.trace(input);
  var num = nnsight.int(5).save();
  var list = nnsight.list().save();
  list.append(num);
  var dict = nnsight.dict({ five: num }).save();
  var steps = tracer.vis();
}

console.log("Integer: ", num);
console.log("List: ", list);
console.log("Dictionary: ", dict);

// ## A new value for a name

{
  await using tracer = tiny.trace(input);
  var text = nnsight.str("I am a ").save();
  text.update(text + "Transformer");
}

console.log("Input: ", text);

const { total, lengths } = await lm.trace("Hello World", () => {
  const total = nnsight.float(0);
  const lengths = lm.model.layers.map((layer) => layer.output[0].at(0, -1).norm());
  for (const length of lengths) total.update(total + length.item());
  return { total, lengths };
});

console.log("sum of 30 lengths:", total.toFixed(0));
figure({
  data: [{ y: lengths.map((length) => length.item()), mode: "lines+markers" }],
  layout: { xaxis: { title: "block" }, yaxis: { title: "length" }, height: 240 },
})

// ## Logging

await tiny.trace(input, () => {
  console.log(tiny.layer1.output);
});

await tiny.trace(input, () => {
  nnsight.log("Layer 1 - out: ", tiny.layer1.output);
});

// ## Functions of your own

function tensorSum(given: Tensor): Tensor {
  let total = 0;
  for (const element of given.flatten()) total += element.item();
  return tensor(total);
}

{
  await using tracer = lm.trace("The Eiffel Tower is in the city of");
  const hidden = lm.model.layers[0].output[0];
  var ownSum = nnsight.apply(tensorSum, hidden).save();
  var sum = hidden.sum().save();
  var sumSteps = tracer.vis();
}

console.log("recorded sum: ", sum);
console.log("our own sum:  ", ownSum);

// ## Stopping early

{
  await using tracer = tiny.trace(input);
  var beginning = tiny.layer1.output.save();
  tiny.layer1.output.stop();
  var early = tracer.vis();
}

console.log("L1 - Output: ", beginning);

{
  await using tracer = tiny.trace(input);
  var end = tiny.layer2.output.save();
  tiny.layer1.output.stop();
}

try {
  console.log("L2 - Output: ", end);
} catch (error) {
  console.log(String(error));
}

// ## Conditions

manualSeed(6);
for (let i = 0; i < 3; i++) {
  await tiny.trace(input, (tracer) => {
    const randInt = ops.randint(-10, 10, [1]).item();
    tracer.cond(randInt % 2 == 0, () => nnsight.log("Random Integer ", randInt, " is Even"));
    tracer.cond(randInt % 2 == 1, () => nnsight.log("Random Integer ", randInt, " is Odd"));
  });
}

{
  await using tracer = tiny.trace(input);
  const randInt = ops.randint(-10, 10, [1]).item();
  if (randInt % 2 == 0) nnsight.log(randInt, "is even");
  else nnsight.log(randInt, "is odd");
  var branches = tracer.vis();
}


try {
  await tiny.trace(input, (tracer) => {
    const l1 = tiny.layer1.output;
    tracer.cond(l1 != 1, () => nnsight.log("Condition is True"));
  });
} catch (error) {
  console.log(String(error).split("\n")[0]);
}

await tiny.trace(input, (tracer) => {
  const l1 = tiny.layer1.output;
  tracer.cond(ops.all(l1 != 1), () => nnsight.log("Condition is True"));
});

{
  await using tracer = tiny.trace(input);
  const six = tracer.apply(Number, 6);
  using positive = tracer.cond(six > 0);
  using even = tracer.cond(six % 2 == 0);
  nnsight.log("Rand Int ", six, " is Positive and Even");
}

// ## Editing a model

const edited = await tiny.edit(() => {
  tiny.layer1.output[0].fill(0);
});

const l1Plain = await tiny.trace(input, () => tiny.layer1.output);
const l1Edited = await edited.trace(input, () => edited.layer1.output);

console.log("L1 - Out: ", l1Plain);
console.log("L1 - Out [edited]: ", l1Edited);
edited.vis()

class ComplexModule extends nn.Module {
  one = new nn.WrapperModule();
  forward(x: Tensor): Tensor {
    return this.one(x);
  }
}

const mlp = lm.model.layers[10].mlp;
const attachment = mlp.attach("attachment", new ComplexModule());

const lmEdited = await lm.edit(() => {
  mlp.output.fill(attachment(mlp.output, { hook: true }));
});

const garden = "Madison Square Garden is located in the city of";

const before = await lm.trace(garden, () => {
  const original = mlp.output.clone();
  mlp.output *= 0;
  return { original, logits: lm.output.logits };
});

const after = await lmEdited.trace(garden, () => {
  const one = attachment.one.output.clone();
  attachment.output *= 0;
  return { one, logits: lm.output.logits };
});

console.log("inside the attachment is what the MLP made:", ops.allclose(after.one, before.original).item());
console.log("both ways give the same scores:", (after.logits - before.logits).abs().max().item() < 1e-3);
console.log("guess without this MLP:", lm.tokenizer.decode(before.logits[0][-1].argmax(-1)));
console.log("guess with it:", lm.tokenizer.decode(await lm.trace(garden, () => lm.lm_head.output[0][-1].argmax(-1))));
show.nextTokens(before.logits, lm.tokenizer, { name: "without this MLP", top: 6 })

const [same, editor] = await tiny.edit({ inplace: true, returnContext: true }, () => {
  tiny.layer1.output[0].fill(0);
});

const l1InPlace = await tiny.trace(input, () => tiny.layer1.output);
tiny.clearEdits();
const l1Cleared = await tiny.trace(input, () => tiny.layer1.output);

console.log("L1 - Out: ", l1InPlace);
console.log("L1 - Out [unedited]: ", l1Cleared);

// ## Sessions

await lm.session(() => {
  lm.trace("_", () => {});
  lm.trace("_", () => {});
  lm.trace("_", () => {});
});

{
  await using session = lm.session();
  {
    using t1 = lm.trace("The Eiffel Tower is in the city of");
    var lastHidden = lm.model.layers[-1].output[0].at(":", -1, ":"); // no save()
    var t1Out = lm.output.save();
  }
  {
    using t2 = lm.trace("Buckingham Palace is in the city of");
    lm.model.layers[-2].output[0].set([":", -1, ":"], lastHidden);
    var t2Out = lm.output.save();
  }
}
const untouched = await lm.trace("Buckingham Palace is in the city of", () => lm.output);

const guess = (out: { logits: Tensor }) => lm.tokenizer.decode(out["logits"].argmax(-1)[0][-1]);
console.log("T1 - Prediction:", guess(t1Out));
console.log("T2 - Prediction:", guess(t2Out));
console.log("T2 untouched:   ", guess(untouched));
show.nextTokens(t2Out["logits"], lm.tokenizer, { name: "T2: Buckingham Palace is in the city of", top: 6 })

{
  await using session = lm.session();
  var members = nnsight.list().save();
  members.append(0);
  members.append(1);
  nnsight.log("-- Early Stop --");
  session.exit();
  members.append(2);
}

console.log("List: ", members);

// ## Loops that are recorded

{
  await using session = lm.session();
  const prompts = nnsight.list(["This is nnsight 0.3", "It works with NDIF", "pip install it now!"]);
  var results = nnsight.list().save();

  {
    using loop = session.iter(prompts);
    using tracer = lm.trace(loop.item);
    results.append(lm.lm_head.output);
  }
  var loops = session.vis();
}

for (const logits of results) console.log(logits.shape);

await lm.session((session) => {
  const items = nnsight.list();
  for (const num of [0, 1, 2]) items.append(num);

  session.iter(items, (item) => nnsight.log(item));
});

const tens = await lm.session((session) => {
  const nested = nnsight.list([[10], [10], [10], [10], [10]]);
  const found = nnsight.list();

  session.iter(nested, (item) => {
    session.iter(item, (inner) => found.append(inner));
  });
  return found;
});

console.log("List: ", tens);

await lm.session((session) => {
  session.iter([0, 1, 2, 3], (item, iterator) => {
    iterator.cond(item % 2 == 0, () => nnsight.log(item));
  });
});

await lm.session((session) => {
  session.iter([0, 1, 2, 3], (item, iterator) => {
    iterator.cond(item == 2, () => iterator.exit());
    nnsight.log(item);
  });
});

// # More about loops

await lm.session((session) => {
  session.iter([0, 1, 2], (item) => {
    lm.trace("_", () => {}); // your first trace
    lm.trace("_", () => {}); // and another one
  });
});

{
  await using session = tiny.session();
  const li = nnsight.list();
  for (const num of [0, 1, 2]) li.append([num]); // [0], [1], [2]
  var li2 = nnsight.list().save();

  using outer = session.iter(li);
  using inner = session.iter(outer.item);
  li2.append(inner.item);
}

console.log("List: ", li2);

// ## Plain `for` loops

{
  await using session = tiny.session();
  const li = nnsight.list();
  for (const num of [0, 1, 2]) li.append([num]);
  var li3 = nnsight.list().save();

  for (const item of li) {
    for (const inner of item) li3.append(inner);
  }
  var plain = session.vis();
}

console.log("List: ", li3);

try {
  await tiny.session((session) => {
    const li = session.list([0, 1, 2]);
    const all = [...li];
  });
} catch (error) {
  console.log(String(error).split(". ")[0]);
}

// ## Turning it off

CONFIG.APP.CONTROL_FLOW_HANDLING = false;

try {
  await tiny.session((session) => {
    for (const item of session.list([0, 1, 2])) nnsight.log(item);
  });
} catch (error) {
  console.log(String(error).split(" (")[0]);
}

await tiny.session((session) => {
  session.iter([0, 1, 2], (item) => nnsight.log(item));
});

CONFIG.APP.CONTROL_FLOW_HANDLING = true;
console.log("native control flow:", CONFIG.APP.CONTROL_FLOW_HANDLING);

// ## Now you
