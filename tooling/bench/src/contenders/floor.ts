import { once } from "node:events";
import { connect } from "node:net";
import { encode } from "./bare.js";
import type { Contender, ContenderOptions } from "./contender.js";

/** Bytes of a command to the program. */
const commandLength = 64;

/**
 * The floor without Node: what a topic gets in one tick is one buffer, which a loop in C writes to
 * each socket.
 */
export async function start({ process }: ContenderOptions): Promise<Contender> {
  const { port, processId } = process!;
  const control = connect(port, "127.0.0.1");
  await once(control, "connect");
  control.setNoDelay();
  const command = (text: string): boolean => control.write(text.padEnd(commandLength));
  const pending = new Map<string, string>();
  let events = 0;
  const flush = (): void => {
    for (const [topic, text] of pending) {
      const frame = `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
      command(`P ${topic} ${Buffer.byteLength(frame)}`);
      control.write(frame);
    }
    pending.clear();
  };
  return {
    port,
    processId,
    connections: async () => {
      command("C");
      const [answer] = (await once(control, "data")) as [Buffer];
      return Number(answer.toString());
    },
    publish: (topic, data) => {
      events += 1;
      if (pending.size === 0) setImmediate(flush);
      pending.set(topic, (pending.get(topic) ?? "") + encode(events, data));
    },
    close: async () => void control.destroy(),
  };
}
