import { expect, test } from "vitest";
import { Market } from "../src/market.js";
import { normal, seededRandom } from "../src/random.js";
import { listings } from "../src/symbols.js";
import { Walk } from "../src/walk.js";

function pricesOf(seed: number, seconds: number): number[] {
  const market = new Market(seededRandom(seed));
  return Array.from({ length: seconds }, () => market.tick().map(({ price }) => price)).flat();
}

test("the same seed gives the same prices, another seed others", () => {
  expect(pricesOf(7, 50)).toEqual(pricesOf(7, 50));
  expect(pricesOf(7, 50)).not.toEqual(pricesOf(8, 50));
});

test("in a week a price stays above zero and within reach of where it began", () => {
  const walk = new Walk(100, seededRandom(3));
  const prices = Array.from({ length: 7 * 24 * 3_600 }, () => walk.next());
  expect(prices.every((price) => price > 80 && price < 125)).toBe(true);
});

test("a price moves in each second, by less than a hundredth", () => {
  const walk = new Walk(100, seededRandom(4));
  const prices = Array.from({ length: 100_000 }, () => walk.next());
  const moves = prices.slice(1).map((price, index) => Math.abs(price / (prices[index] ?? Number.NaN) - 1));
  expect(moves.reduce((most, move) => Math.max(most, move))).toBeLessThan(0.01);
  expect(moves.filter((move) => move > 0).length).toBeGreaterThan(99_900);
});

test("prices have at most six decimals", () => {
  for (const price of pricesOf(5, 100)) expect(price).toBe(Number(price.toFixed(6)));
});

test("history is the last three minutes, and ends with the newest price", () => {
  const market = new Market(seededRandom(1));
  const before = market.quotes();
  const ticks = Array.from({ length: 10 }, () => market.tick());
  market.quotes().forEach((quote, share) => {
    const added = ticks.map((tick) => tick[share]?.price);
    expect(quote.history).toEqual([...(before[share]?.history.slice(10) ?? []), ...added]);
    expect(quote.history).toHaveLength(180);
  });
});

test("what was read of the market does not change afterwards", () => {
  const market = new Market(seededRandom(1));
  const quotes = market.quotes();
  const copy = structuredClone(quotes);
  market.tick();
  expect(quotes).toEqual(copy);
});

test("each share has a symbol of its own", () => {
  expect(new Set(listings.map(({ symbol }) => symbol)).size).toBe(listings.length);
});

test("random numbers fill the range from 0 to 1 evenly", () => {
  const random = seededRandom(11);
  const tenths = new Array<number>(10).fill(0);
  for (let draw = 0; draw < 100_000; draw++) {
    const tenth = Math.floor(random() * 10);
    tenths[tenth] = (tenths[tenth] ?? Number.NaN) + 1;
  }
  for (const count of tenths) expect(Math.abs(count - 10_000)).toBeLessThan(500);
});

test("normal numbers have the mean 0 and the variance 1", () => {
  const random = seededRandom(12);
  const draws = Array.from({ length: 100_000 }, () => normal(random));
  const mean = draws.reduce((sum, draw) => sum + draw, 0) / draws.length;
  const variance = draws.reduce((sum, draw) => sum + draw * draw, 0) / draws.length;
  expect(mean).toBeCloseTo(0, 1);
  expect(variance).toBeCloseTo(1, 1);
});
