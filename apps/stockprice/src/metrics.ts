import { PrometheusExporter, PrometheusSerializer } from "@opentelemetry/exporter-prometheus";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import type { Hub } from "@sse/fastify";
import { observeHub } from "@sse/fastify/metrics";
import type { FastifyInstance } from "fastify";

/**
 * Serves `GET /metrics`: the statistics of the hubs in the format of Prometheus.
 *
 * @param hubs by the name that distinguishes them, in the label `hub`.
 */
export function serveMetrics(app: FastifyInstance, hubs: Readonly<Record<string, Pick<Hub, "stats">>>): void {
  const exporter = new PrometheusExporter({ preventServerStart: true });
  const meter = new MeterProvider({ readers: [exporter] }).getMeter("@sse/hub");
  const serializer = new PrometheusSerializer();
  for (const [name, hub] of Object.entries(hubs)) observeHub(hub, meter, { hub: name });

  app.get("/metrics", async (_request, reply) => {
    const { resourceMetrics } = await exporter.collect();
    return reply.type("text/plain; version=0.0.4; charset=utf-8").send(serializer.serialize(resourceMetrics));
  });
}
