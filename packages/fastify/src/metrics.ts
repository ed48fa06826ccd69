export * from "@sse/hub/metrics";
