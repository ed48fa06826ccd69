import type { ChatHub, Typing } from "./events.js";

/** Tells those who would get the message that somebody is writing it. Worthless a second later, hence ephemeral. */
export async function announceTyping(hub: ChatHub, typing: Typing): Promise<void> {
  const event = { event: "typing", data: typing } as const;
  const options = { ephemeral: true };
  if (typing.Type === "broadcast") await hub.broadcast(event, options);
  else if (typing.Type === "room") await hub.publish(typing.To, event, options);
  else await hub.sendTo(typing.To, event, options);
}
