// An export with progress and a stop button: a run that outlives its page, one at a time for each user.
import { setTimeout as sleep } from "node:timers/promises";
import { createHub, isSseError, refuse, runStream } from "@sse/express";
import express from "express";

const users = new Map([["s-ann", "ann"]]); // sessions: yours
const hub = createHub();
const app = express();

/** Returns the user of a request, and the id of this user's run. */
function ownerOf(request) {
  const user = users.get(/session=([^;]*)/.exec(request.headers.cookie ?? "")?.[1] ?? "");
  if (user === undefined) throw refuse(401);
  return { user, id: `export of ${user}` };
}

app.post("/export", async (request, response) => {
  const { user, id } = ownerOf(request);
  try {
    const run = await hub.run(id, { user, ttl: 60_000 });
    void exportRows(run);
    response.status(201).json({ state: "started" });
  } catch (error) {
    if (!isSseError(error) || error.code !== "run-exists") throw error;
    response.status(409).json({ state: (await hub.findRun(id))?.state });
  }
});
app.get(
  "/export",
  runStream(hub, (request) => {
    const { user, id } = ownerOf(request);
    return { run: id, user };
  }),
);
app.delete("/export", async (request, response) => {
  const run = await hub.findRun(ownerOf(request).id);
  response.json({ state: await run?.cancel("by the user") });
});
app.listen(3000);

/** Your work, which stops when the signal of the run aborts. @param {import("@sse/express").Run} run */
async function exportRows(run) {
  try {
    for (let percent = 0; percent < 100; percent += 25) {
      await run.append({ event: "progress", data: { percent } });
      await sleep(500, undefined, { signal: run.signal });
    }
    await run.complete({ file: "/files/export.csv" });
  } catch (error) {
    if (!run.signal.aborted) await run.fail(error, { message: "The export has failed." });
  }
}
