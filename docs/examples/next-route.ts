// A route handler of Next.js, `app/rooms/[room]/events/route.ts`. Everything that exports a
// function from Request to Response works alike.
import { createHub, type Hub, hubStream, refuse } from "@sse/web";

declare global {
  var hub: Hub | undefined;
}
// Server components and route handlers have two instances of a module, and one globalThis.
globalThis.hub ??= createHub();
const news = globalThis.hub;

export const dynamic = "force-dynamic";

type Context = { params: Promise<{ room: string }> };

export const GET = hubStream(news, async (_request, { params }: Context) => {
  const { room } = await params;
  if (room === "secret") throw refuse(403);
  return { topics: [room], replay: { last: 10 } };
});

/** A server action: publishes to a room. */
export async function say(room: string, text: string): Promise<string> {
  return news.publish(room, { event: "message", data: { text } });
}
