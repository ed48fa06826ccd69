import { webSubject } from "../src/adapters/web.js";
import { describeAdapter } from "../src/describe-adapter.js";

describeAdapter(webSubject());
