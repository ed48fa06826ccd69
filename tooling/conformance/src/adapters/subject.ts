import type { EventStream } from "@sse/core";
import type {
  Hub,
  PublishEndpointOptions,
  PublishHub,
  RunSubscription,
  Subscription,
  SubscriptionEndpointOptions,
  SubscriptionHub,
} from "@sse/hub";
import type {
  DoctorEndpointOptions,
  EventStreamHandlerOptions,
  HubStreamHandlerOptions,
  NodeRequest,
} from "@sse/node";

/** A route that is served by `eventStream`. */
export interface StreamRoute {
  stream: (stream: EventStream, request: NodeRequest) => void | Promise<void>;
  options?: EventStreamHandlerOptions;
}

/** A route that is served by `hubStream`. */
export interface HubRoute {
  hub: Pick<Hub, "connect" | "probe">;
  subscribe?: (request: NodeRequest) => Subscription | Promise<Subscription>;
  options?: HubStreamHandlerOptions;
}

/** A route that is served by `runStream`. */
export interface RunRoute {
  runs: Pick<Hub, "connectRun" | "probeRun">;
  find: (request: NodeRequest) => RunSubscription | Promise<RunSubscription>;
}

/** A route that is served by `publishEndpoint`. */
export interface PublishRoute {
  publish: PublishHub;
  options: PublishEndpointOptions<NodeRequest>;
}

/** A route that is served by `subscriptionEndpoint`. */
export interface SubscriptionRoute {
  subscription: SubscriptionHub;
  options: SubscriptionEndpointOptions<NodeRequest>;
}

/** A route that is served by `doctorEndpoint`. */
export interface DoctorRoute {
  doctor: DoctorEndpointOptions;
}

export type Route = StreamRoute | HubRoute | RunRoute | PublishRoute | SubscriptionRoute | DoctorRoute;

/** An application that is the same in every framework. */
export interface Application {
  /** By path. Each route gets every method. */
  routes: Record<string, Route>;
  /** Headers that middleware in front sets on every response, in the framework's own way. */
  headers: Record<string, string | string[]>;
  /** Receives every error of the framework's error path. */
  onError(error: Error): void;
}

/** An application that listens on 127.0.0.1. */
export interface Running {
  port: number;
  /** Stops at once, whatever is open. */
  stop(): Promise<void>;
}

/** Abilities that servers differ in. */
export type ServerAbility =
  /** Sends no `Connection` header where HTTP/1.1 needs none. */
  | "noConnectionHeader"
  /** Announces with `Connection: close` that it closes the connection. */
  | "announceClose"
  /** Cuts the connection of a response that is destroyed, whatever was sent of it. */
  | "cut"
  /** Starts requests that a client sends without waiting for the response before. */
  | "pipelining"
  /** Keeps a connection open after a body that was refused for its length. */
  | "longBody";

/**
 * Abilities that a server lacks, each with the reason. Tests of them are skipped with that reason.
 */
export type ServerLimits = { readonly [Ability in ServerAbility]?: string };

/** An adapter in its framework. */
export interface AdapterSubject {
  name: string;
  protocol: "http1" | "http2";
  /**
   * Whether something in front of the endpoints reads the bodies of requests, and responds itself
   * to what it does not accept. Default false.
   */
  parsesBodies?: boolean;
  /** Whether something in front responds to OPTIONS. Default false. */
  answersOptions?: boolean;
  /** Default: none. */
  limits?: ServerLimits;
  start(application: Application): Promise<Running>;
}
