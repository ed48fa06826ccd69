import { SseError } from "@sse/core";
import type { HubClock } from "../clock.js";
import { changeTopicsOf, type TopicChange, type TopicChangeResult } from "../connection/topic-change.js";
import { Sleep } from "../sleep.js";
import type { HubConnection } from "../subscription.js";
import { isName } from "../validate.js";
import type { Answer, BusMessage, Question } from "./messages.js";
import { RemoteConnection } from "./remote-connection.js";

/** Milliseconds that an instance has for its answer. It takes the time of two deliveries. */
const answerTime = 2_000;

/** Most questions without an answer yet: who asks for connections that nobody has must not fill the memory. */
const mostQuestions = 1_000;

/** What inquiries work with. */
export interface InquiryContext {
  /** The id of this instance. */
  readonly instance: string;
  readonly clock: HubClock;
  /** The connections to this instance, by id. */
  readonly connections: ReadonlyMap<string, HubConnection>;
  /** Resolves to whether the bus has taken the message. */
  send(message: BusMessage): Promise<boolean>;
}

/** A question with what has become of it. */
interface Inquiry {
  sent: boolean;
  reply: { readonly from: string; readonly answer: Answer } | undefined;
  /** Ends the wait. */
  over(): void;
}

/**
 * Questions about single connections between the instances of a hub. Only the instance that has the connection answers, so that a question costs the others
 * nothing; that nobody has it is known when the time is up.
 */
export class Inquiries {
  readonly #context: InquiryContext;
  readonly #open = new Map<string, Inquiry>();

  constructor(context: InquiryContext) {
    this.#context = context;
  }

  /** @throws {SseError} (as a rejection) `log-unavailable` if the others cannot be asked; `overloaded`. */
  async find(connection: string): Promise<RemoteConnection | undefined> {
    // It is what a client says; the others would take the message for none of ours.
    if (!isName(connection)) return undefined;
    const reply = await this.#ask((request) => ({ kind: "find", request, connection }));
    if (reply?.answer.kind !== "found") return undefined;
    return new RemoteConnection(connection, reply.from, reply.answer.connection);
  }

  /** @throws {SseError} (as a rejection) `log-unavailable` if its instance cannot be asked, or does not answer; `overloaded`. */
  async changeTopics(
    { id, instance, user }: RemoteConnection,
    change: TopicChange,
  ): Promise<TopicChangeResult> {
    const reply = await this.#ask((request) => ({
      kind: "change",
      request,
      instance,
      connection: id,
      user,
      change,
    }));
    if (reply?.answer.kind !== "changed") throw unavailable();
    return reply.answer.result;
  }

  /** Another instance asks. */
  asked(question: Question): void {
    const { connections, send, instance } = this.#context;
    const { request } = question;
    const connection = connections.get(question.connection);
    if (question.kind === "change") {
      if (question.instance !== instance) return;
      // A connection that has taken the id over since may belong to somebody else.
      const result: TopicChangeResult =
        connection?.user === question.user && connection !== undefined
          ? changeTopicsOf(connection, question.change)
          : { refusal: "ended" };
      void send({ kind: "changed", request, result });
    } else if (connection !== undefined) {
      const { user, topics, connectedAt } = connection;
      const facts = { user, topics: [...topics], connectedAt: connectedAt.getTime() };
      void send({ kind: "found", request, connection: facts });
    }
  }

  /** Another instance answers. */
  answered(from: string, answer: Answer): void {
    const inquiry = this.#open.get(answer.request);
    if (inquiry === undefined) return;
    inquiry.reply = { from, answer };
    inquiry.over();
  }

  /** Waits for no answer any more. */
  close(): void {
    for (const { over } of this.#open.values()) over();
  }

  /** Resolves to `undefined` if nobody has answered in time. */
  async #ask(question: (request: string) => Question): Promise<Inquiry["reply"]> {
    if (this.#open.size >= mostQuestions) throw overloaded();
    const request = crypto.randomUUID();
    const inquiry: Inquiry = { sent: false, reply: undefined, over: () => {} };
    const over = new Promise<void>((resolve) => {
      inquiry.over = resolve;
    });
    this.#open.set(request, inquiry);
    void this.#context.send(question(request)).then((sent) => {
      inquiry.sent = sent;
      if (!sent) inquiry.over();
    });
    await new Sleep(this.#context.clock).orUntil(over, answerTime);
    this.#open.delete(request);
    if (inquiry.reply === undefined && !inquiry.sent) throw unavailable();
    return inquiry.reply;
  }
}

function unavailable(): SseError {
  return new SseError(
    "log-unavailable",
    "the instance that has the connection cannot be reached now; try again in a moment: a change of topics may be repeated",
  );
}

function overloaded(): SseError {
  return new SseError(
    "overloaded",
    `${mostQuestions} questions to the other instances wait for an answer; ask again in a moment`,
  );
}
