import { watchPrices } from "./terminal.js";

const [symbols, url = "http://localhost:3001"] = process.argv.slice(2);
const prices = watchPrices({ url, symbols }, console.log);

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, prices.close);
