import { describeEventSink } from "../src/event-sink.js";
import { MemorySink } from "../src/memory-sink.js";
import { http1Sink, http2Sink, watchedHttp1Sink } from "../src/node-sinks.js";
import { webSink } from "../src/web-sink.js";

describeEventSink(http1Sink);
describeEventSink(watchedHttp1Sink);
describeEventSink(http2Sink);
describeEventSink(webSink);
describeEventSink({
  name: "memory",
  overhead: 0,
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
