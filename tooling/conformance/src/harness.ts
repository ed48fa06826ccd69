import { afterEach, type TestContext } from "vitest";
import type { AdapterSubject, Route, ServerAbility } from "./adapters/subject.js";
import {
  type Attempt,
  attemptHttp1,
  attemptHttp2,
  type ClientResponse,
  RawClient,
  type RequestInit,
} from "./client.js";

/** A running application, as a test uses it. */
export interface TestServer {
  readonly port: number;
  /** Errors of the framework's error path, oldest first. */
  readonly errors: Error[];
  /** Resolves to the next error of the framework's error path, also if it occurred before. */
  nextError(): Promise<Error>;
  /** A request of which the head may be late. */
  attempt(path: string, init?: RequestInit): Attempt;
  /** A request, resolved when its head has arrived. */
  get(path: string, init?: RequestInit): Promise<ClientResponse>;
  /** A bare connection. */
  connect(): Promise<RawClient>;
}

/** Starts applications in one framework, and stops them after each test. */
export interface Harness {
  start(routes: Record<string, Route>, headers?: Record<string, string | string[]>): Promise<TestServer>;
  /** Skips a test where the server lacks an ability. */
  requireAbility(ability: ServerAbility, context: TestContext): void;
}

/** A harness for the surrounding suite. */
export function createHarness(subject: AdapterSubject): Harness {
  const cleanups: (() => unknown)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });

  const attemptOn = subject.protocol === "http2" ? attemptHttp2 : attemptHttp1;

  return {
    requireAbility: (ability, { skip }) => {
      const reason = subject.limits?.[ability];
      if (reason !== undefined) skip(reason);
    },
    start: async (routes, headers = {}) => {
      const errors = new ErrorLog();
      const running = await subject.start({ routes, headers, onError: (error) => errors.add(error) });
      cleanups.push(() => running.stop());

      function attempt(path: string, init?: RequestInit): Attempt {
        const attempted = attemptOn(running.port, path, init);
        attempted.response.catch(() => {});
        cleanups.push(attempted.leave);
        return attempted;
      }

      return {
        port: running.port,
        errors: errors.all,
        nextError: () => errors.next(),
        attempt,
        get: (path, init) => attempt(path, init).response,
        connect: async () => {
          const client = await RawClient.connect(running.port);
          cleanups.push(() => client.socket.destroy());
          return client;
        },
      };
    },
  };
}

class ErrorLog {
  readonly all: Error[] = [];
  #taken = 0;
  #arrived = (): void => {};

  add(error: Error): void {
    this.all.push(error);
    this.#arrived();
  }

  async next(): Promise<Error> {
    for (;;) {
      const error = this.all[this.#taken];
      if (error !== undefined) {
        this.#taken++;
        return error;
      }
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
    }
  }
}
