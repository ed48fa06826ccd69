import { connect } from "node:net";

/** Milliseconds after which a request has no reply. */
const timeout = 5_000;

/**
 * Sends a request to a NATS server, and returns the reply; `undefined` if there is none. The tests
 * of a client cannot rely on that client for their servers.
 */
export function natsRequest(port: number, subject: string, payload: object): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const end = (reply?: string) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(reply);
    };
    const timer = setTimeout(end, timeout);
    const body = JSON.stringify(payload);
    let received = "";
    let isSent = false;
    socket.setEncoding("utf8").on("data", (chunk: string) => {
      received += chunk;
      if (!isSent && received.startsWith("INFO ") && received.includes("\r\n")) {
        isSent = true;
        socket.write('CONNECT {"verbose":false}\r\nSUB reply 1\r\n');
        socket.write(`PUB ${subject} reply ${Buffer.byteLength(body)}\r\n${body}\r\n`);
      }
      const reply = /MSG reply 1 \d+\r\n([^\r]*)\r\n/.exec(received)?.[1];
      if (reply !== undefined) end(reply);
    });
    socket.on("error", () => end());
    socket.on("close", () => end());
  });
}
