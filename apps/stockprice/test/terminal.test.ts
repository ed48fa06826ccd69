import { afterEach, expect, test } from "vitest";
import { createStockServer, type StockServer } from "../src/server.js";
import { watchPrices } from "../src/terminal.js";

let server: StockServer | undefined;
afterEach(() => server?.close());

test("the terminal client prints each price of what it asked for", async () => {
  server = await createStockServer({ port: 0, interval: 20, seed: 1 });
  const lines: string[] = [];
  const prices = watchPrices({ url: server.url, symbols: "AAPL,TSLA" }, (line) => {
    lines.push(line);
    if (lines.length === 5) prices.close();
  });
  await prices.closed;
  expect(lines[0]).toBe("-- live, after 0 prices that were missed");
  expect(lines.slice(1).map((line) => line.replace(/[\d.]+$/, "<price>"))).toEqual([
    expect.stringMatching(/^AAPL +<price>$/),
    expect.stringMatching(/^TSLA +<price>$/),
    expect.stringMatching(/^AAPL +<price>$/),
    expect.stringMatching(/^TSLA +<price>$/),
  ]);
});

test("the terminal client says what the server objects to, and ends", async () => {
  server = await createStockServer({ port: 0 });
  const lines: string[] = [];
  await watchPrices({ url: server.url, symbols: "GOLD" }, (line) => lines.push(line)).closed;
  expect(lines).toEqual([expect.stringContaining("Unknown symbol: GOLD")]);
});
