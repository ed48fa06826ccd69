import { engineLog, engineName } from "./engine.js";
import { startFront } from "./front.js";
import { startInstances } from "./instances.js";
import { createChatServer } from "./server.js";

const { env } = process;
const wantedPort = Number(env.PORT ?? 3002);
const settings = { port: wantedPort, pushToken: env.PUSH_TOKEN, tickInterval: Number(env.TICK ?? 0) };
const engine = engineName(env);

if (process.argv[2] === "instance") await serveInstance();
else if (engine === undefined) await serveAlone();
else await serveTogether(engine);

/** Runs one process, with the log in its memory. */
async function serveAlone(): Promise<void> {
  const chat = await createChatServer(settings);
  console.log(`${chat.url}${noteOn(chat.port)}`);
  onSignal(() => chat.close());
}

/** Runs two processes with one log, on the engine, and one port in front of them. */
async function serveTogether(engine: string): Promise<void> {
  const instances = await startInstances({
    program: process.argv[1]!,
    // Any free ports, if the front has any.
    ports: [1, 2].map((offset) => (wantedPort === 0 ? 0 : wantedPort + offset)),
    restartDelay: 5_000,
    print: console.log,
  });
  const ports = () => instances.running().map(({ port }) => port);
  const front = await startFront(ports, wantedPort);
  const places = instances.running().map(({ process, port }) => `process ${process} on port ${port}`);
  console.log(`http://localhost:${front.port}${noteOn(front.port)}, on ${engine}: ${places.join(", ")}`);
  onSignal(async () => {
    await instances.close();
    await front.close();
  });
}

/** Runs one of the processes that share a log. */
async function serveInstance(): Promise<void> {
  const log = await engineLog(env);
  const chat = await createChatServer({ ...settings, ...(log !== undefined && { log }) });
  process.send?.(chat.port);
  onSignal(async () => {
    await chat.close();
    await log?.close();
    if (process.connected) process.disconnect();
  });
}

function noteOn(port: number): string {
  return wantedPort === 0 || port === wantedPort ? "" : ` (port ${wantedPort} is taken)`;
}

/** Ends an instance also when its parent has ended. */
function onSignal(close: () => Promise<void>): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => void close());
  process.once("disconnect", () => void close());
}
