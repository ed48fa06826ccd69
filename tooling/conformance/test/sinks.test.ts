import { describeEventSink } from "@sse/testing/conformance";
import { http1Sink, http2Sink, watchedHttp1Sink } from "../src/node-sinks.js";
import { webSink } from "../src/web-sink.js";

describeEventSink(http1Sink);
describeEventSink(watchedHttp1Sink);
describeEventSink(http2Sink);
describeEventSink(webSink);
