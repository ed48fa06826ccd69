import type { MsgHdrs, NatsConnection } from "@nats-io/nats-core";

/** The response of a stream to a message that it captures. */
export interface PubAck {
  readonly seq: number;
  readonly duplicate?: boolean;
  readonly error?: { readonly err_code: number; readonly description: string };
}

/**
 * Publishes a message to its stream once. The client's own publish retries where there is no
 * responder, and would place the message behind those that were published meanwhile.
 *
 * @throws (as a rejection) what the connection throws if there is no response.
 */
export async function publishAcked(
  nc: NatsConnection,
  subject: string,
  payload: Uint8Array,
  options: { headers?: MsgHdrs; timeout: number },
): Promise<PubAck> {
  const response = await nc.request(subject, payload, options);
  return response.json<PubAck>();
}
