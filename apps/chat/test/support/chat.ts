import { afterEach } from "vitest";
import { type ChatServer, type ChatServerOptions, createChatServer } from "../../src/server.js";

let servers: ChatServer[] = [];

afterEach(async () => {
  await Promise.all(servers.map((server) => server.close()));
  servers = [];
});

/**
 * Starts a chat on a free port, without presence grace and without delays of the bot. It is closed
 * after the test.
 */
export async function startChat(options: ChatServerOptions = {}): Promise<ChatServer> {
  const server = await createChatServer({ port: 0, presenceGrace: 0, echoTime: 0, ...options });
  servers.push(server);
  return server;
}

/** Posts parameters in the query, as with curl. Returns the response. */
export async function post(
  { url }: ChatServer,
  path: string,
  parameters: Record<string, string>,
): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${url}${path}?${new URLSearchParams(parameters)}`, { method: "POST" });
  const text = await response.text();
  return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
}

/** Sends a message to everybody, and returns the id of the event. */
export async function say(server: ChatServer, from: string, message: string): Promise<string> {
  return idOf(await post(server, "/chat/broadcast", { from, message }));
}

/** Sends a message to one person, and returns the id of the event. */
export async function tell(server: ChatServer, from: string, to: string, message: string): Promise<string> {
  return idOf(await post(server, "/chat/direct", { from, to, message }));
}

/** Sends a message to a room, and returns the id of the event. */
export async function sayIn(
  server: ChatServer,
  room: string,
  from: string,
  message: string,
): Promise<string> {
  return idOf(await post(server, "/chat/room", { from, room, message }));
}

/** Returns the response of the server, as JSON. */
export async function get({ url }: ChatServer, path: string): Promise<unknown> {
  return (await fetch(`${url}${path}`)).json();
}

function idOf({ status, body }: { status: number; body: unknown }): string {
  if (status !== 200) throw new Error(`${status}: ${JSON.stringify(body)}`);
  return (body as { id: string }).id;
}
