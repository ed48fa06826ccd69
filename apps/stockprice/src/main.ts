import { createStockServer } from "./server.js";

const port = 3001;
const server = await createStockServer({ port });
console.log(server.port === port ? server.url : `${server.url} (port ${port} is taken)`);

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void server.close());
