import { createInterface } from "node:readline";
import { joinChat } from "./terminal.js";

const [username = "terminal", url = "http://localhost:3002"] = process.argv.slice(2);
const { source, say } = joinChat({ url, username }, console.log);
console.log(
  `You are ${username}. Say something; @name or #room in front of it addresses a person or a room. Ctrl-C ends it.`,
);

const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => say(line).catch((error: unknown) => console.log(`-- not sent: ${error}`)));
lines.on("close", source.close);
void source.closed.then(() => lines.close());

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, source.close);
