// Reads as `reader.mjs` does, as a worker. A file of its own: Bun serves what has a `fetch`.
import { read } from "./reader.mjs";

export default {
  async fetch(request) {
    const { searchParams } = new URL(request.url);
    return Response.json(await read(searchParams.get("url"), Number(searchParams.get("count"))));
  },
};
