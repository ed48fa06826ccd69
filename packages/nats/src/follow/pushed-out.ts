import type { MsgRequest } from "@nats-io/jetstream";
import type { Link, Session } from "../connection/link.js";

/** Whether one of these subjects may no longer hold all that came after a sequence, because newer entries of its own pushed it out. */
export async function mayHavePushedOut(
  link: Link,
  session: Session,
  subjects: Iterable<string>,
  after: number,
): Promise<boolean> {
  const answers = await Promise.all([...subjects].map((subject) => mayHave(link, session, subject, after)));
  return answers.includes(true);
}

async function mayHave(
  { settings: { stream } }: Link,
  { jsm }: Session,
  subject: string,
  after: number,
): Promise<boolean> {
  // Asked of the leader: a replica that lags still holds what is gone. The client's type for that lacks what servers take since 2.9.
  const query = { seq: 1, next_by_subj: subject } as MsgRequest;
  const oldest = await jsm.streams.getMessage(stream, query);
  if (oldest !== null && oldest.seq <= after) return false;
  const { config, state } = await jsm.streams.info(stream, { subjects_filter: subject });
  return oldest === null || state.subjects?.[subject] === config.max_msgs_per_subject;
}
