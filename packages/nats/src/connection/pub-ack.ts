import type { MsgHdrs, NatsConnection } from "@nats-io/nats-core";

/** What a stream answers to a message that it captures. */
export interface StreamAnswer {
  readonly seq: number;
  readonly duplicate?: boolean;
  readonly error?: { readonly err_code: number; readonly description: string };
}

/**
 * Publishes a message to its stream, once. The client's own publish tries again where nobody answers, behind what was published meanwhile.
 *
 * @throws what the connection throws where there is no answer.
 */
export async function request(
  nc: NatsConnection,
  subject: string,
  payload: Uint8Array,
  options: { headers: MsgHdrs; timeout: number },
): Promise<StreamAnswer> {
  const answer = await nc.request(subject, payload, options);
  return answer.json<StreamAnswer>();
}
