import fc from "fast-check";
import { expect, test } from "vitest";
import type { Run } from "../../src/runs/run.js";
import { settle } from "../support/clock.js";
import { testHub } from "../support/hub.js";
import { type RunClient, readRun } from "../support/runs.js";

type Step =
  | { readonly kind: "append"; readonly data: string }
  | { readonly kind: "tick" | "connect" | "connect plain" }
  | { readonly kind: "reload" | "stall" | "take" | "flow"; readonly viewer: number }
  | { readonly kind: "end"; readonly by: readonly number[] };

const viewer = fc.nat(5);
const steps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ kind: fc.constant("append"), data: fc.string({ minLength: 1, maxLength: 40 }) }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("tick") }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("connect", "connect plain") }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom("reload", "stall", "take", "flow"), viewer }) },
  ),
  { maxLength: 80 },
) as fc.Arbitrary<Step[]>;

/** The ends that are called at once. */
const ends = fc.array(fc.nat(3), { minLength: 1, maxLength: 3 });

/** A reader of the run, over any number of connections. */
interface Viewer {
  readonly plain: boolean;
  client: RunClient;
  /** The text of the connections before. */
  text: string;
  lastId: string;
  /** Whether it was told that nothing is missing: its text is complete. */
  isDone: boolean;
}

test("every viewer ends with exactly what was produced, and the one end, through reloads and slow reading", async () => {
  await fc.assert(
    fc.asyncProperty(
      steps,
      steps,
      ends,
      fc.integer({ min: 1, max: 4 }),
      async (before, after, by, maxEvents) => {
        const { hub, clock, tick, log } = testHub({ heartbeat: { interval: 0 }, window: { maxEvents } });
        const reported: unknown[] = [];
        hub.on("runEnd", (end) => reported.push(end));
        hub.on("error", () => {});
        const run = await hub.run("r");
        const viewers: Viewer[] = [];
        let produced = "";

        const open = (plain: boolean, lastEventId: string) =>
          readRun(hub, clock, { run: "r", controlEvents: !plain }, { capacity: 300, lastEventId });
        const join = async (plain: boolean) => {
          const client = await open(plain, "");
          viewers.push({ plain, client, text: "", lastId: "", isDone: false });
        };
        /** Takes what was received, and reads on after the last id; 204: nothing is missing. */
        const reload = async (one: Viewer) => {
          one.text += one.client.text;
          one.lastId = one.client.lastId || one.lastId;
          one.client.sink.leave();
          await settle();
          try {
            one.client = await open(one.plain, one.lastId);
            return true;
          } catch (error) {
            expect(error).toMatchObject({ code: "refused", status: 204 });
            one.isDone = true;
            return false;
          }
        };
        const act = async (step: Step) => {
          if (step.kind === "append") {
            await run.append({ data: step.data }).then(
              () => {
                produced += textOf(step.data);
              },
              () => {},
            );
          } else if (step.kind === "tick") await tick();
          else if (step.kind === "connect") await join(false);
          else if (step.kind === "connect plain") await join(true);
          else if ("viewer" in step) {
            const one = viewers[step.viewer % Math.max(1, viewers.length)];
            if (one === undefined || one.client.sink.over) return;
            if (step.kind === "reload") await reload(one);
            else one.client.sink[step.kind]();
          }
        };

        await join(false);
        for (const step of before) await act(step);
        const states = await Promise.all(by.map((way) => endBy(run, way)));
        expect(new Set(states).size).toBe(1);
        for (const step of after) await act(step);
        await join(false);

        for (const one of viewers) {
          for (let round = 0; !one.client.sink.over && round < 1_000; round += 1) {
            one.client.sink.flow();
            await tick();
          }
          if (!one.plain && !one.isDone && one.client.end === undefined && (await reload(one))) {
            await tick();
            expect(stateOf(one)).toBe(states[0]);
          }
          if (one.plain && !one.isDone && (await reload(one))) await tick();
          expect(one.isDone ? one.text : one.text + one.client.text).toBe(produced);
          expect(one.client.gaps).toBe(0);
        }
        expect(reported).toHaveLength(1);
        expect(hub.stats().connections).toBe(0);
        await hub.close();
        await log.close();
        expect(clock.timers).toBe(0);
      },
    ),
    { numRuns: 150 },
  );
});

function endBy(run: Run, way: number): Promise<string> {
  if (way === 0) return run.complete();
  if (way === 1) return run.cancel();
  return way === 2 ? run.fail(new Error("failed")) : run.complete({ last: true });
}

function stateOf({ client }: Viewer): string | undefined {
  return client.end?.state;
}

/** The text that a client reads: line ends become LF on the wire. */
function textOf(data: string): string {
  return data.replaceAll(/\r\n?/g, "\n");
}
