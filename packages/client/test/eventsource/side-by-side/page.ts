import { EventSource } from "../../../src/eventsource/index.js";
import { describeEvents } from "./describe-events.js";
import { drive } from "./drive.js";
import { probe } from "./probe.js";

const globals = {
  drive,
  probe,
  describeEvents,
  classes: { ours: EventSource as typeof globalThis.EventSource, native: globalThis.EventSource },
};

/** The globals that a test finds in a page: programs to run on either class. */
export type PageGlobals = typeof globals;

export type ClassName = keyof PageGlobals["classes"];

Object.assign(globalThis, globals);
