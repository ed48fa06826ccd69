/** Says why a request failed, in words for the person who made it. */
export class RequestFailed extends Error {}

/**
 * Posts to the chat.
 *
 * @param {string} path @param {Record<string, string>} parameters
 * @returns {Promise<any>} the answer
 * @throws {RequestFailed}
 */
export async function post(path, parameters) {
  const body = JSON.stringify(parameters);
  const headers = { "Content-Type": "application/json" };
  return answerOf(fetch(path, { method: "POST", headers, body }));
}

/** @param {string} path @returns {Promise<any>} the answer @throws {RequestFailed} */
export async function get(path) {
  return answerOf(fetch(path));
}

/** @param {Promise<Response>} request */
async function answerOf(request) {
  const response = await request.catch(() => {
    throw new RequestFailed("the server cannot be reached.");
  });
  if (response.status === 204) return undefined;
  const answer = await response.json().catch(() => undefined);
  if (response.ok) return answer;
  throw new RequestFailed(answer?.error?.message ?? `the server answered ${response.status}.`);
}
