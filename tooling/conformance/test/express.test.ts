import compression from "compression";
import express from "express";
import { express4Subject, expressSubject } from "../src/adapters/express.js";
import { describeAdapter, describeEndpointsOf } from "../src/describe-adapter.js";

describeAdapter(expressSubject());
describeAdapter(express4Subject());
describeAdapter(expressSubject("@sse/express behind compression", compression()));
describeEndpointsOf({
  ...expressSubject("@sse/express behind express.json()", express.json()),
  parsesBodies: true,
});
