/**
 * What `GET /symbols` answers: the prices of this moment, and the position in the event log that belongs to them.
 * @typedef {{ position: string, now: number, updated: number, interval: number, symbols: Quote[] }} Market
 * @typedef {{ symbol: string, name: string, open: number, history: number[] }} Quote
 */

/** @returns {Promise<Market>} */
export async function loadMarket() {
  const response = await fetch("/symbols", { cache: "no-store" });
  if (!response.ok) throw new Error(`GET /symbols: ${response.status}`);
  return response.json();
}

/**
 * Has the server drop a connection.
 * @param {string} connection its id, from `sse:live`
 * @returns {Promise<number>} how long the browser was told to stay away, in milliseconds
 */
export async function dropConnection(connection) {
  const response = await fetch("/drop", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ connection }),
  });
  if (!response.ok) throw new Error(`POST /drop: ${response.status}`);
  return (await response.json()).retry;
}
