import type { ChatHub, Typing } from "./events.js";

/**
 * Notifies the recipients of the next message that a person is typing it. Ephemeral, because it is
 * worthless a second later.
 */
export async function announceTyping(hub: ChatHub, typing: Typing): Promise<void> {
  const event = { event: "typing", data: typing } as const;
  const options = { ephemeral: true };
  if (typing.Type === "broadcast") await hub.broadcast(event, options);
  else if (typing.Type === "room") await hub.publish(typing.To, event, options);
  else await hub.sendTo(typing.To, event, options);
}
