import { beforeEach, describe, expect, test } from "vitest";
import { Presence } from "../../src/connection/presence.js";
import { ManualClock } from "../support/clock.js";

let clock: ManualClock;
let said: string[];

beforeEach(() => {
  clock = new ManualClock();
  said = [];
});

function open(grace = 0, maxBytes?: number): Presence {
  const note = (what: string) => (user: string, topic: string | undefined) =>
    said.push(`${what} ${user} ${topic ?? ""}`.trim());
  const presence = new Presence(grace, clock, maxBytes);
  presence.listen({ join: note("join"), leave: note("leave"), changedHere: () => {} });
  return presence;
}

describe("a user with several tabs", () => {
  test("joins with the first and leaves with the last", () => {
    const presence = open();
    presence.enter("ann");
    presence.enter("ann");
    presence.exit("ann");
    expect(said).toEqual(["join ann"]);
    expect(presence.has("ann")).toBe(true);
    presence.exit("ann");
    expect(said).toEqual(["join ann", "leave ann"]);
    expect(presence.has("ann")).toBe(false);
  });

  test("is one user", () => {
    const presence = open();
    presence.enter("ann");
    presence.enter("ann");
    presence.enter("bob");
    expect(presence.users()).toEqual(["ann", "bob"]);
    expect(presence.countHere).toBe(2);
  });
});

describe("topics", () => {
  test("count their users by themselves", () => {
    const presence = open();
    presence.enter("ann");
    presence.enter("ann", "news");
    presence.enter("bob");
    expect(presence.users("news")).toEqual(["ann"]);
    presence.exit("ann", "news");
    expect(presence.users("news")).toEqual([]);
    expect(presence.users()).toEqual(["ann", "bob"]);
    expect(said).toEqual(["join ann", "join ann news", "join bob", "leave ann news"]);
  });

  test("may have the name of anything", () => {
    const presence = open();
    presence.enter("ann", "undefined");
    expect(presence.users()).toEqual([]);
    expect(presence.users("__proto__")).toEqual([]);
  });
});

describe("the grace period", () => {
  test("delays leave, and the user is present until then", async () => {
    const presence = open(1_000);
    presence.enter("ann");
    presence.exit("ann");
    await clock.pass(999);
    expect(presence.has("ann")).toBe(true);
    expect(said).toEqual(["join ann"]);
    await clock.pass(1);
    expect(presence.has("ann")).toBe(false);
    expect(said).toEqual(["join ann", "leave ann"]);
  });

  test("lets a page reload without leaving", async () => {
    const presence = open(1_000);
    presence.enter("ann");
    presence.exit("ann");
    await clock.pass(900);
    presence.enter("ann");
    await clock.pass(5_000);
    expect(said).toEqual(["join ann"]);
    expect(clock.timers).toBe(0);
  });

  test("starts again with each departure", async () => {
    const presence = open(1_000);
    presence.enter("ann");
    presence.exit("ann");
    await clock.pass(900);
    presence.enter("ann");
    presence.exit("ann");
    await clock.pass(999);
    expect(presence.has("ann")).toBe(true);
    await clock.pass(1);
    expect(said).toEqual(["join ann", "leave ann"]);
  });

  test("ends at once when presence is closed, and leaves no timer", () => {
    const presence = open(1_000);
    for (const user of ["ann", "bob"]) presence.enter(user);
    presence.enter("ann", "news");
    presence.exit("ann", "news");
    presence.exit("ann");
    presence.close();
    expect(said.slice(3).sort()).toEqual(["leave ann", "leave ann news"]);
    expect(presence.users()).toEqual(["bob"]);
    expect(clock.timers).toBe(0);
  });
});

describe("a user who is on other instances too", () => {
  test("joins with the first of all connections and leaves with the last", () => {
    const presence = open();
    presence.addRemote("ann", undefined);
    presence.enter("ann");
    presence.addRemote("ann", undefined);
    presence.removeRemote("ann", undefined);
    presence.exit("ann");
    expect(said).toEqual(["join ann"]);
    presence.removeRemote("ann", undefined);
    expect(said).toEqual(["join ann", "leave ann"]);
    expect(presence.users()).toEqual([]);
  });

  test("is here only by connections of this instance, and in the grace period after the last of all if that was one", async () => {
    const presence = open(1_000);
    presence.addRemote("ann", undefined);
    expect([presence.usersHere(), presence.hasHere("ann"), presence.countHere]).toEqual([[], false, 0]);
    presence.enter("ann");
    expect([presence.usersHere(), presence.hasHere("ann"), presence.countHere]).toEqual([["ann"], true, 1]);
    presence.removeRemote("ann", undefined);
    presence.exit("ann");
    expect([presence.usersHere(), [...presence.connected(undefined)]]).toEqual([["ann"], []]);
    presence.addRemote("ann", undefined);
    presence.removeRemote("ann", undefined);
    expect([presence.users(), presence.usersHere()]).toEqual([["ann"], []]);
    await clock.pass(1_000);
    expect(said).toEqual(["join ann", "leave ann"]);
  });

  test("is forgotten without a word when presence is closed", () => {
    const presence = open(1_000);
    presence.addRemote("ann", "news");
    presence.close();
    expect([said, presence.users("news")]).toEqual([["join ann news"], []]);
  });

  test("changes here with the first connection here, and the last", () => {
    const changed: string[] = [];
    const presence = new Presence(0, clock);
    presence.listen({
      join: () => {},
      leave: () => {},
      changedHere: (user, topic) => changed.push(`${user} ${topic} ${presence.isConnected(user, topic)}`),
    });
    presence.addRemote("ann", "a");
    for (const topic of [undefined, "a", "a"]) presence.enter("ann", topic);
    presence.removeRemote("ann", "a");
    for (const topic of ["a", "a"]) presence.exit("ann", topic);
    expect(changed).toEqual(["ann undefined true", "ann a true", "ann a false"]);
  });
});

test("a user who never came does not leave", () => {
  open().exit("ann");
  open().removeRemote("ann", undefined);
  expect(said).toEqual([]);
});

test("grace periods that other instances pass on are bounded in total, and their memory returns", async () => {
  const presence = open(1_000, 5_000);
  const adopt = (): number => {
    for (let user = 0; ; user += 1) {
      try {
        presence.adoptLeaving(`user ${user}`, "news");
      } catch (error) {
        expect(error).toMatchObject({ code: "overloaded" });
        return user;
      }
    }
  };
  const count = adopt();
  expect(count).toBeGreaterThan(3);
  expect(count).toBeLessThan(20);
  expect(presence.users("news")).toHaveLength(count);
  // One of them returns, the others leave.
  presence.enter("user 0", "news");
  await clock.pass(1_000);
  expect(presence.users("news")).toEqual(["user 0"]);
  presence.exit("user 0", "news");
  await clock.pass(1_000);
  expect(adopt()).toBe(count);
});
