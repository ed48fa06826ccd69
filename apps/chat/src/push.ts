import { createHash, timingSafeEqual } from "node:crypto";
import { publishEndpoint, refuse } from "@sse/koa";
import type { Middleware } from "koa";
import type { ChatHub } from "./events.js";

/**
 * Lets other programs publish, such as a build that is done: with the token any event of the chat
 * may be published to anyone.
 *
 * @param token the token in `Authorization: Bearer <token>`.
 */
export function push(hub: ChatHub, token: string): Middleware {
  const wanted = digest(`Bearer ${token}`);
  return publishEndpoint(hub, {
    authorize: (ctx) => {
      // Digests have one length, and the time of the comparison does not depend on the token.
      if (timingSafeEqual(digest(ctx.get("authorization")), wanted)) return true;
      throw refuse(401, { headers: { "www-authenticate": "Bearer" } });
    },
  });
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
