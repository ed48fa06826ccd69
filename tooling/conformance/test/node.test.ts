import { nodeHttp1, nodeHttp2 } from "../src/adapters/node.js";
import { describeAdapter } from "../src/describe-adapter.js";

describeAdapter(nodeHttp1);
describeAdapter(nodeHttp2);
