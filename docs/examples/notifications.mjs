// Notifications for signed-in users: each tab receives what is sent to its user, also what was sent
// while it was away. Try it:
//   node notifications.mjs
//   curl -N -H "Cookie: session=s-ann" localhost:3000/notifications
//   curl localhost:3000/users/ann/notifications -H "Authorization: Bearer backend" -d "Mail"
import { createHub, hubStream, refuse } from "@sse/express";
import express from "express";

const sessions = new Map([
  ["s-ann", "ann"],
  ["s-bob", "bob"],
]);

const hub = createHub();
const app = express();

app.get(
  "/notifications",
  hubStream(hub, (request) => {
    const session = /(?:^|; )session=([^;]*)/.exec(request.headers.cookie ?? "")?.[1];
    const user = sessions.get(session ?? "");
    if (user === undefined) throw refuse(401);
    return { user, replay: { last: 20 } }; // a new tab shows the newest 20
  }),
);

// For the backend: a retry with the same Idempotency-Key sends nothing twice.
app.post("/users/:user/notifications", express.text({ type: "*/*" }), async (request, response) => {
  if (request.get("authorization") !== "Bearer backend") return void response.sendStatus(401);
  const idempotencyKey = request.get("idempotency-key");
  const event = { event: "notification", data: { text: request.body, at: new Date() } };
  const id = await hub.sendTo(request.params.user, event, { idempotencyKey });
  response.status(202).json({ id, online: hub.isOnline(request.params.user) });
});

const server = app.listen(Number(process.env.PORT ?? 3000));

process.once("SIGTERM", async () => {
  server.close();
  await hub.close({ drain: 1_000 });
});
