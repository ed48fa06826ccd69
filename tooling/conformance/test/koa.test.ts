import cors from "@koa/cors";
import compress from "koa-compress";
import { koaBehindParser, koaHttp2, koaSubject } from "../src/adapters/koa.js";
import { describeAdapter, describeEndpointsOf } from "../src/describe-adapter.js";

describeAdapter(koaSubject());
describeAdapter(koaHttp2);
describeAdapter(koaSubject("@sse/koa behind koa-compress and @koa/cors", compress(), cors()));
describeEndpointsOf(koaBehindParser());
