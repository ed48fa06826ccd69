import compression from "compression";
import { expressSubject } from "../src/adapters/express.js";
import { describeAdapter } from "../src/describe-adapter.js";

describeAdapter(expressSubject());
describeAdapter(expressSubject("@sse/express behind compression", compression()));
