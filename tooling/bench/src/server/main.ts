// The server process: one contender, told by its parent what to publish.
import type { Contender, ContenderOptions } from "../contenders/contender.js";
import { type ContenderName, contenders } from "../contenders/index.js";
import { answer } from "../rpc.js";
import { type Appending, append } from "./append.js";
import { type Published, Publisher, type Publishing } from "./publisher.js";
import { type Usage, usage } from "./usage.js";

let contender: Contender | undefined;
let publisher: Publisher | undefined;

const methods = {
  async start({ name, options }: { name: ContenderName; options: ContenderOptions }): Promise<number> {
    const { start } = await contenders[name].load();
    contender = await start(options);
    publisher = new Publisher(contender);
    return contender.port;
  },
  connections: (_: null): number | Promise<number> => contender!.connections(),
  position: (_: null): string => contender!.position!(),
  publish: (publishing: Publishing): Promise<Published> => publisher!.publish(publishing),
  append: (appending: Appending): Promise<number> => append(contender!, appending),
  /** For a publisher at saturation: so many ticks have arrived everywhere. */
  arrived: (ticks: number): void => publisher!.arrived(ticks),
  usage: (_: null): Usage => usage(contender!.processId),
  /** After a garbage collection: what is really held. */
  async settledUsage(_: null): Promise<Usage> {
    for (let round = 0; round < 3; round += 1) {
      globalThis.gc!();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return usage(contender!.processId);
  },
  close: (_: null): Promise<void> => contender!.close(),
};

export type ServerMethods = typeof methods;

answer(methods);
