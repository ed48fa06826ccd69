import { type DoctorLeft, doctorEvents, doctorProbes } from "@sse/core/internal";
import { idHeader } from "../resume/id-header.js";
import { doctorStreamOf, heartbeatFor, isWhole, parse, quietTime } from "./doctor-stream.js";
import { lateness, maxLateness } from "./lateness.js";
import type {
  LeavingObservation,
  Observations,
  SilenceObservation,
  StreamObservation,
} from "./observations.js";
import { observeStream, type WatchedRequest } from "./observe-stream.js";
import type { DoctorSettings } from "./settings.js";

/** Milliseconds for which a series of the endpoint is waited for. */
const seriesTime = 10_000;
/** Milliseconds for which any other stream is watched after a reconnect. */
const reconnectTime = 5_000;
/** Milliseconds in which the endpoint says whether a client has left. */
const leaveTime = 20_000;
/** Milliseconds for which a stream with heartbeats is watched, at most. */
const maxHeartbeatTime = 30_000;

/** Makes the requests of one run, and returns what was seen. */
export async function examine(url: string, settings: DoctorSettings): Promise<Observations> {
  const first = await observeStream(settings, { url, duration: Math.max(settings.silence, seriesTime) });
  const examination = new Examination(url, settings, first);
  const further = doctorStreamOf(first) ? examination.endpoint() : examination.stream();
  return { url, first, ...(await further) };
}

type Further = Omit<Observations, "url" | "first">;

/** The requests that follow the first one, and depend on what it showed. */
class Examination {
  readonly #url: string;
  readonly #settings: DoctorSettings;
  readonly #first: StreamObservation;

  constructor(url: string, settings: DoctorSettings, first: StreamObservation) {
    this.#url = url;
    this.#settings = settings;
    this.#first = first;
  }

  /** Examines a doctor endpoint, with all requests at once, because they mostly wait. */
  async endpoint(): Promise<Further> {
    const ids = this.#first.events.flatMap(({ id }) => (id === "" ? [] : [id]));
    const middle = ids[Math.floor((ids.length - 1) / 2)];
    const series = { url: this.#url, duration: seriesTime };
    const [again, resumed, plain, silences, leaving] = await Promise.all([
      this.#observe(series),
      middle && this.#observe({ ...series, lastEventId: middle }),
      this.#compressed && this.#observe({ ...series, compression: false }),
      this.#silences(),
      this.#heldBack ? undefined : this.#leaving(),
    ]);
    return {
      again,
      resumed: resumed || undefined,
      plain: plain || undefined,
      leaving,
      ...silences,
    };
  }

  /** Examines any other stream. */
  async stream(): Promise<Further> {
    const { events, comments, head, end } = this.#first;
    if (head === undefined && end.how === "left") return { plain: await this.#withoutCompression() };
    if (head?.status !== 200) return {};
    const lastEventId = events.findLast(({ id }) => idHeader(id))?.id;
    const nothing = events.length + comments.length === 0;
    const [resumed, plain] = await Promise.all([
      lastEventId && this.#observe({ url: this.#url, duration: reconnectTime, lastEventId }),
      nothing && this.#compressed && this.#withoutCompression(),
    ]);
    return { resumed: resumed || undefined, plain: plain || undefined };
  }

  #withoutCompression(): Promise<StreamObservation> {
    const duration = Math.max(this.#settings.silence, reconnectTime);
    return this.#observe({ url: this.#url, duration, compression: false });
  }

  /** Whether a stream is over before its first event arrives, so that it cannot be left. */
  get #heldBack(): boolean {
    return (lateness(this.#first) ?? 0) > maxLateness;
  }

  get #compressed(): boolean {
    return this.#first.head?.headers["content-encoding"] !== undefined;
  }

  #observe(request: WatchedRequest): Promise<StreamObservation> {
    return observeStream(this.#settings, request);
  }

  /** Watches a silent stream, and, if it is cut, one that is kept open by heartbeats. */
  async #silences(): Promise<Pick<Further, "silence" | "heartbeats">> {
    const asked = this.#settings.silence;
    if (asked === 0) return {};
    const silence = await this.#silence(asked, 0);
    if (isWhole(silence.stream) || doctorStreamOf(silence.stream) === undefined) return { silence };
    const limit = quietTime(silence.stream);
    const time = Math.min(3 * limit, maxHeartbeatTime);
    return { silence, heartbeats: await this.#silence(time, heartbeatFor(limit)) };
  }

  async #silence(asked: number, heartbeat: number): Promise<SilenceObservation> {
    const url = this.#probe(doctorProbes.silence, {
      for: String(asked),
      ...(heartbeat === 0 ? {} : { heartbeat: String(heartbeat) }),
    });
    return { stream: await this.#observe({ url, duration: asked + seriesTime }), asked, heartbeat };
  }

  /** Leaves a stream, and asks the application when it has learned it. */
  async #leaving(): Promise<LeavingObservation | undefined> {
    const url = this.#probe(doctorProbes.leave);
    const left = await this.#observe({ url, duration: seriesTime, until: () => true });
    const stream = doctorStreamOf(left)?.hello.stream;
    if (stream === undefined) return undefined;
    const isAnswer = ({ event }: { event: string }): boolean => event === doctorEvents.left;
    const { events } = await this.#observe({
      url: this.#probe(doctorProbes.left, { stream }),
      duration: leaveTime,
      until: isAnswer,
    });
    const answer = events.find(isAnswer);
    if (answer === undefined) return undefined;
    const { known = false, left: noticed } = (parse(answer.data) ?? {}) as Partial<DoctorLeft>;
    return { known, ...(noticed ? { noticedAfter: answer.after } : {}) };
  }

  #probe(probe: string, parameters: Record<string, string> = {}): string {
    const url = new URL(this.#url);
    for (const [name, value] of Object.entries({ doctor: probe, ...parameters }))
      url.searchParams.set(name, value);
    return url.href;
  }
}
