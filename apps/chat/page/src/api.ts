/** The audience of a message. */
export type MessageKind = "broadcast" | "room" | "direct";

/** A message, as the server sends it. */
export interface ChatMessage {
  readonly Type: MessageKind;
  readonly From: string;
  readonly To: string;
  readonly Message: string;
  readonly Timestamp: string;
}

/** An answer of the model to a question in a room. */
export interface Answer {
  readonly Type: "answer";
  readonly From: string;
  readonly To: string;
  /** The question. */
  readonly Message: string;
  readonly Asker: string;
  readonly Run: string;
  readonly Timestamp: string;
}

/** A message of the past, with the id of its event. */
export type PastMessage = (ChatMessage | Answer) & { readonly Id: string };

/** The outcome of a request that writes. */
export type Outcome =
  | { readonly kind: "done"; readonly body: Record<string, unknown> }
  /** The server said no, with the reason. */
  | { readonly kind: "refused"; readonly reason: string }
  /** The server was not reached, or failed: the request may be repeated. */
  | { readonly kind: "unreached" };

/** Milliseconds after which a request counts as lost. */
const requestTimeout = 20_000;

/** Posts parameters. Never rejects. */
export async function post(
  path: string,
  parameters: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  return request(path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(parameters),
  });
}

/** Changes the topics of a live connection. Never rejects. */
export function changeRooms(connection: string, change: object): Promise<Outcome> {
  return request("/chat/subscription", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ connection, ...change }),
  });
}

/** Returns the last messages of a person, or of rooms. Rejects if the server is not reached. */
export async function fetchHistory(
  parameters: Readonly<Record<string, string>>,
): Promise<{ Messages: PastMessage[]; Users: string[] }> {
  const response = await fetch(`/chat/history?${new URLSearchParams(parameters)}`);
  if (!response.ok) throw new Error(`status ${response.status}`);
  return response.json();
}

async function request(path: string, init: RequestInit): Promise<Outcome> {
  try {
    const response = await fetch(path, { ...init, signal: AbortSignal.timeout(requestTimeout) });
    if (response.status >= 500) return { kind: "unreached" };
    const body = response.status === 204 ? {} : await response.json();
    return response.ok ? { kind: "done", body } : { kind: "refused", reason: String(body.detail) };
  } catch {
    return { kind: "unreached" };
  }
}

/** Returns a UUID of version 7: a key of a request, with the time at which it was made. */
export function requestKey(now: number = Date.now()): string {
  const time = now.toString(16).padStart(12, "0");
  const random = crypto.randomUUID();
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(15)}`;
}
