import type { Body } from "../client.js";

/** A client of a hub that is live. */
export async function joined(response: Promise<{ body: Body }>): Promise<Body> {
  const { body } = await response;
  await body.until('"replayed":');
  return body;
}

/** The id of a live client's connection, as it receives it. */
export function connectionOf({ text }: Body): string {
  return /event: sse:live\n.*\ndata: \{"connection":"([^"]+)"/.exec(text)?.[1] ?? "";
}

/** Names and data of the application's events, once the stream has ended. */
export async function eventsOf(body: Body | undefined): Promise<string[]> {
  const text = (await body?.all()) ?? "";
  return [...text.matchAll(/^event: (?!sse:)(.*)\n(?:id: .*\n)?data: (.*)$/gm)].map(
    ([, name, data]) => `${name} ${data}`,
  );
}

/** The last id that the client has seen, which it would resume from. */
export function lastIdOf({ text }: Body): string {
  return [...text.matchAll(/^id: (.*)$/gm)].at(-1)?.[1] ?? "";
}

/** The last reconnection time that the client received, in milliseconds. */
export function retryOf({ text }: Body): number {
  return Number([...text.matchAll(/^retry: (.*)$/gm)].at(-1)?.[1]);
}
