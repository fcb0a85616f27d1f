// The rows of docs/conformance.md: what each checks, where we differ on purpose, and what waits for something else.

/** The examples of the two documents. */
export const documents = {
  S0: ["The network of the seed gives the seed's numbers."],
  S1: [
    "`inputs` of a block is the pair of arguments and named arguments, `input` the first argument.",
    {
      differs:
        "The named arguments are those of the model at hand: a Llama block has other ones than GPT-2's.",
    },
  ],
  S2: ["`scan` tells shapes, runs nothing, needs no save, reads no weights."],
  S3: ["Lazy numbers, lists and dicts, in each other."],
  S4: ["`update` gives a string a new value; the operator `+` on it in compiled code."],
  S5: ["Printing a lazy value shows its node and no number."],
  S6: ["`log` prints once, at the run, as Python's `print` does."],
  S7: ["A function by `apply` gets a concrete tensor and agrees with the recorded sum."],
  S8: ["`stop` on an output: what came before is set, what comes later is not computed."],
  S9: [
    "What a stop left unset raises `ValueError: Accessing value before it's been set.` when it is used.",
    {
      differs:
        "JavaScript makes all arguments into text before it prints, so the label does not stand before the error.",
    },
  ],
  S10: ["Two conditions on a random integer: one holds, drawn anew at each run, and -1 is odd."],
  S11: [
    "A condition of ten values is a `RuntimeError` that names node and graph.",
    { differs: "It also names the user's line and the way out (`ops.all`, `ops.any`)." },
  ],
  S12: ["`all` of ten comparisons decides."],
  S13: ["Conditions nest, on a number made by `apply`."],
  S14: ["An edit changes a copy and not the original."],
  S15: [
    "An attached module under `hook: true`: its inside is the original output, and zeroing it is zeroing that output.",
    {
      differs:
        "SmolLM2 has no biases, so that an erased block leaves scores of exactly zero; beside the document's form an MLP is erased and compared with PyTorch.",
    },
  ],
  S16: ["An edit in place with its context, then `clearEdits`."],
  S17: ["A session of three empty traces, with its status lines and download bar."],
  S18: [
    "The last hidden state of one trace, unsaved, in the last block but one of the next.",
    {
      differs:
        "On SmolLM2 the second trace says ` Paris`, too, as PyTorch's own run of the experiment does; untouched it says ` Buckingham`.",
    },
  ],
  S19: ["`exit` ends a session after two appends and a log line, which stands between the statuses."],
  S20: ["A loop over prompts: three logits of three prompts."],
  S21: ["A loop over a lazy list logs each item; also as a native `for`."],
  S22: ["Nested loops over five lists of one."],
  S23: ["A condition of the iterator skips turns; also as a native `if`."],
  S24: ["`exit` under a condition ends the loop."],
  S25: ["Two empty traces in a loop in a session."],
  S26: ["An inner loop over the outer item."],
  S27: ["Native nested `for` over the same."],
  S28: [
    "`CONFIG.APP.CONTROL_FLOW_HANDLING = false` turns native control flow off, not `iter`, and survives a restart.",
  ],
  S29: [
    "The key is kept for its owner alone, sent with jobs, and never printed; `remoteLogger.propagate` is accepted.",
  ],
};

/** NNsight's own tests of 0.3.7 (3-…) and 0.4.11 (4-…). */
export const tests = {
  "3-TI01": ["The second layer's output is saved."],
  "3-TI02": ["A gradient is read, set to its double, and read again."],
  "3-TI03": [
    "A saved output of one trace is edited in the next, without a module.",
    { differs: "The names of the nodes in the second graph are the engine's own affair." },
  ],
  "3-TI04": ["A stop between saves: the first is set, the second raises."],
  "3-TI05": ["A condition on a plain true."],
  "3-TI06": ["A condition on a plain false, which does not reach beyond its block."],
  "3-TI07": ["A condition on a comparison of the run that is false."],
  "3-TI08": ["An edit under one condition decides the next ones, though layer 2 was read before."],
  "3-TI09": ["Nested conditions: both must hold."],
  "3-TI10": ["A condition around a whole trace in a session."],
  "3-TI11": ["A trace under a condition of the iterator."],
  "3-TI12": ["A value of the session fills an output of a trace."],
  "3-TI13": ["A running sum by `update` in a loop, in the session and in a trace."],
  "3-TI14": ["`exit` of a loop, then of the session."],
  "3-TI15": ["What was read and not saved has no value after a stop."],
  "3-TI16": [
    "A list of the session is freed though the loop ended by an exit.",
    {
      differs:
        "Nothing but what was saved is kept after a run; the memory of a long session is watched instead.",
    },
  ],
  "3-TI17": ["An inner loop over the outer item."],
  "3-TI18": ["Three ways to make a list, each filled in a loop over the three."],
  "3-TI19": [
    "Twelve functions that make tensors take sizes of the run.",
    { differs: "`empty` holds zeros, where torch leaves what the memory held." },
  ],
  "3-LM01": ["Three greedy tokens."],
  "3-LM02": ["A block's output, then its input."],
  "3-LM03": ["An output zeroed in place; a clone made before keeps what was there."],
  "3-LM04": ["The embeddings' output assigned."],
  "3-LM05": ["The head and the norm called on a hidden state."],
  "3-LM06": ["One invoke's embeddings in another."],
  "3-LM07": ["The same between two runs, by the saved value."],
  "3-LM08": ["`retain_grad` on a hidden state."],
  "3-LM09": ["A gradient zeroed in place, and assigned."],
  "3-LM10": ["A plain function with a layer of its own, applied to a value of the trace."],
  "3-LM11": ["Two backward calls."],
  "3-LM12": ["An attached module in a copy."],
  "3-LM13": ["An edit in place, then one of a copy."],
  "3-LM14": ["`clearEdits`."],
  "3-LM15": ["An edit recorded with no batch serves two prompts."],
  "3-LM16": ["A condition on a hidden state, in a trace in a session."],
  "3-LM17": ["A block's inputs of one trace as its input in the next."],
  "4-TI01": ["A loop over batches, with a trace that stops at layer 1."],
  "4-TI02": [
    "How many nodes hold a value after each run.",
    { differs: "Counted is what lives after a thousand traces: the saved values, and nothing else." },
  ],
  "4-TI03": ["`tracer.stop()` between two saves."],
  "4-TI04": [
    "`session.stop()` in a loop ends the loop, in the session the session.",
    {
      differs:
        "It is `exit()`, of what it leaves: `iterator.exit()` the loop, `session.exit()` the session, also from within a loop.",
    },
  ],
  "4-TI05": ["Lists made by `session.apply`."],
  "4-LM01": ["A tuple output replaced by zeros and the rest."],
  "4-LM02": ["A tuple swapped in one invoke, untouched in the other."],
  "4-LM03": ["The same with gradients turned on."],
  "4-LM04": ["A weight saved in a trace is equal, and another object."],
  "4-LM05": ["The same on a model whose weights were not read yet."],
  "4-LM06": [
    "A module's output from its weight and input.",
    { differs: "With a Linear; SmolLM2 has no Conv1D." },
  ],
  "4-LM07": [
    "A weight written in a trace does not change later traces.",
    {
      differs:
        "Writing it is an error in the trace, rather than a change of a copy that goes unnoticed; a `clone()` can be written.",
    },
  ],
  "4-LM08": ["`generator.output` of a model whose weights were not read yet."],
};
