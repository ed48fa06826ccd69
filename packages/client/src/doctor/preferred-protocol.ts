import { connect } from "node:tls";
import { systemTimers } from "@sse/core/internal";
import type { DoctorSettings } from "./settings.js";

/**
 * Asks a server which protocol it speaks with a browser. Without TLS that is always HTTP/1.1.
 *
 * @returns `undefined` if there is no answer.
 */
export function preferredProtocol(
  url: string,
  { insecure, timeout }: Pick<DoctorSettings, "insecure" | "timeout">,
): Promise<"h2" | "http/1.1" | undefined> {
  const { protocol, hostname, port } = new URL(url);
  if (protocol !== "https:") return Promise.resolve("http/1.1");
  return new Promise((resolve) => {
    const host = hostname.replace(/^\[|\]$/g, "");
    const socket = connect({
      host,
      port: Number(port || 443),
      servername: /[a-z]/i.test(host) ? host : "",
      ALPNProtocols: ["h2", "http/1.1"],
      rejectUnauthorized: !insecure,
    });
    const finish = (answer: "h2" | "http/1.1" | undefined): void => {
      systemTimers.clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = systemTimers.setTimeout(() => finish(undefined), timeout);
    socket.once("secureConnect", () => finish(socket.alpnProtocol === "h2" ? "h2" : "http/1.1"));
    socket.once("error", () => finish(undefined));
  });
}
