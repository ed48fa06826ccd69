import { PrometheusExporter, PrometheusSerializer } from "@opentelemetry/exporter-prometheus";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { observeHub } from "@sse/koa/metrics";
import type { Middleware } from "koa";
import type { ChatHub } from "./events.js";

/** Serves the statistics of the hub in the format of Prometheus. */
export function metrics(hub: Pick<ChatHub, "stats">): Middleware {
  const exporter = new PrometheusExporter({ preventServerStart: true });
  const serializer = new PrometheusSerializer();
  observeHub(hub, new MeterProvider({ readers: [exporter] }).getMeter("@sse/hub"));
  return async (ctx) => {
    const { resourceMetrics } = await exporter.collect();
    ctx.type = "text/plain; version=0.0.4; charset=utf-8";
    ctx.body = serializer.serialize(resourceMetrics);
  };
}
