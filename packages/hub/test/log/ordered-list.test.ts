import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { OrderedList } from "../../src/log/ordered-list.js";

const numbers = () => new OrderedList<number>((offset) => offset);

/** A list of so many offsets from 1 on. */
function filled(count: number): OrderedList<number> {
  const list = numbers();
  for (let offset = 1; offset <= count; offset += 1) list.push(offset);
  return list;
}

const everything = (list: OrderedList<number>) => list.between(0, Number.POSITIVE_INFINITY, 1e9);

type Step =
  | { readonly kind: "push" | "shift" | "clear" }
  | { readonly kind: "remove"; readonly at: number }
  | { readonly kind: "prepend"; readonly count: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 40, arbitrary: fc.constant<Step>({ kind: "push" }) },
  { weight: 15, arbitrary: fc.constant<Step>({ kind: "shift" }) },
  { weight: 20, arbitrary: fc.record({ kind: fc.constant("remove" as const), at: fc.nat(400) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("prepend" as const), count: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.constant<Step>({ kind: "clear" }) },
);

describe("a list in order", () => {
  test("holds what an array would, whatever is added and removed", () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 400 }),
        fc.nat(500),
        fc.nat(500),
        fc.nat(20),
        (steps, a, b, n) => {
          const list = numbers();
          let model: number[] = [];
          let [lowest, highest] = [1_000, 1_000];
          for (const next of steps) {
            if (next.kind === "push") {
              highest += 1;
              list.push(highest);
              model.push(highest);
            } else if (next.kind === "shift") expect(list.shift()).toBe(model.shift());
            else if (next.kind === "remove") {
              const offset = 1_000 + next.at;
              expect(list.remove(offset)).toBe(model.includes(offset));
              model = model.filter((other) => other !== offset);
            } else if (next.kind === "prepend") {
              const added = Array.from({ length: next.count }, (_, i) => lowest - next.count + i);
              lowest -= next.count;
              list.prepend(added);
              model = [...added, ...model];
            } else {
              list.clear();
              model = [];
            }
            expect([list.size, list.oldest]).toEqual([model.length, model[0]]);
          }
          const [after, through] = [900 + a, 900 + b];
          const within = model.filter((offset) => offset > after && offset <= through);
          expect(list.between(after, through, n)).toEqual(within.slice(0, n));
          const until = model.filter((offset) => offset <= through);
          expect([...list.ascending(after, through)]).toEqual(within);
          expect([...list.descending(through)]).toEqual(until.toReversed());
        },
      ),
    );
  });

  test("keeps no item alive that was removed from its middle or its beginning", () => {
    const list = filled(10_000);
    for (let offset = 1; offset <= 4_000; offset += 1) list.shift();
    for (let offset = 5_000; offset < 9_999; offset += 1) list.remove(offset);
    expect(everything(list)).toHaveLength(list.size);
    expect(list.size).toBe(1_001);
  });

  test("costs the same a shift, however much it holds", () => {
    let lookups = 0;
    const list = new OrderedList<number>((offset) => {
      lookups += 1;
      return offset;
    });
    for (let offset = 1; offset <= 100_000; offset += 1) list.push(offset);
    for (let offset = 1; offset <= 50_000; offset += 1) list.shift();
    expect(lookups).toBe(0);
    list.remove(75_000);
    expect(lookups).toBeLessThan(20);
  });
});
