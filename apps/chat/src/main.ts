import { createChatServer } from "./server.js";

const wantedPort = 3002;

const chat = await createChatServer({
  port: wantedPort,
  pushToken: process.env.PUSH_TOKEN,
  tickInterval: Number(process.env.TICK ?? 0),
});
const note = chat.port === wantedPort ? "" : ` (port ${wantedPort} is taken)`;
console.log(`${chat.url}${note}`);

for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => void chat.close());
