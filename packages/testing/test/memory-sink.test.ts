import { describeEventSink } from "../src/conformance/index.js";
import { MemorySink } from "../src/index.js";

describeEventSink({
  name: "memory",
  overhead: 0,
  hidesProgress: "The client takes everything at once",
  open: async (settings) => {
    const sink = new MemorySink(settings);
    return {
      sink,
      head: sink.head,
      end: sink.end,
      received: () => sink.received(),
      pause: () => sink.pause(),
      resume: () => sink.resume(),
      leave: () => sink.destroy(),
      dispose: async () => sink.destroy(),
    };
  },
});
