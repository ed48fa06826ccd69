import { once } from "node:events";
import { connect } from "node:net";
import type { Contender, ContenderOptions } from "./contender.js";

/**
 * nginx with nchan: a channel for each topic, and a `POST` for each event, one after the other on
 * one connection without waiting for answers.
 */
export async function start({ process }: ContenderOptions): Promise<Contender> {
  const { port, processId } = process!;
  const publisher = connect(port, "127.0.0.1");
  await once(publisher, "connect");
  publisher.setNoDelay().resume();
  return {
    port,
    processId,
    connections: () => subscribers(port),
    publish: (topic, data) => {
      const body = JSON.stringify(data);
      const length = Buffer.byteLength(body);
      publisher.write(
        `POST /-/publish/${topic} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${length}\r\n\r\n${body}`,
      );
    },
    close: async () => void publisher.destroy(),
  };
}

async function subscribers(port: number): Promise<number> {
  const status = await fetch(`http://127.0.0.1:${port}/-/status`);
  return Number(/^subscribers: (\d+)/m.exec(await status.text())?.[1]);
}
