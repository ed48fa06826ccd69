// The load process.
import { answer } from "../rpc.js";
import { type Arrived, type Churning, type Counting, Load, type Opening } from "./load.js";

const load = new Load((notice) => process.send?.({ notice }));

const methods = {
  open: (opening: Opening): Promise<void> => load.open(opening),
  count: (counting: Counting): void => load.count(counting),
  arrived: (wanted: { deliveries: number; timeout: number }): Promise<Arrived> => load.arrived(wanted),
  latencies: (published: number[]) => load.latencies(published),
  numbers: (_: null): number[][] => load.numbers(),
  reached: (wanted: { events: number; timeout: number }): Promise<Arrived> => load.reached(wanted),
  heard: (wanted: { timeout: number }): Promise<Arrived> => load.heard(wanted),
  churn: (churning: Churning): Promise<Arrived> => load.churn(churning),
  stall: (every: number): number => load.stall(every),
  close: (_: null): void => load.close(),
};

export type LoadMethods = typeof methods;

answer(methods);
