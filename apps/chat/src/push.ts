import { createHash, timingSafeEqual } from "node:crypto";
import { publishEndpoint, refuse } from "@sse/koa";
import type { Middleware } from "koa";
import type { ChatHub } from "./events.js";

/**
 * Lets other programs say something, such as a build that is done: whoever has the token may publish any event of the chat to anyone.
 *
 * @param token what they send as `Authorization: Bearer <token>`.
 */
export function push(hub: ChatHub, token: string): Middleware {
  const wanted = digest(`Bearer ${token}`);
  return publishEndpoint(hub, {
    authorize: (ctx) => {
      // Digests have one length, and the time that the comparison takes tells nothing of the token.
      if (timingSafeEqual(digest(ctx.get("authorization")), wanted)) return true;
      throw refuse(401, { headers: { "www-authenticate": "Bearer" } });
    },
  });
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
