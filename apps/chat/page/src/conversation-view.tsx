import { useSignal } from "@preact/signals";
import { Icon } from "@sse/ui";
import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { AnswerView } from "./answer-view.js";
import type { ChatClient } from "./chat-client.js";
import { hashOf, type Place, titleOf } from "./conversation.js";
import type { Bubble, GapLine } from "./thread.js";

/** Parameters of a {@link ConversationView}. */
export interface ConversationViewProps {
  readonly client: ChatClient;
  readonly place: Place;
  /** Distinguishes the elements of several conversations on one page. */
  readonly id: string;
}

/** The pixels from the end within which a thread follows new messages. */
const nearEnd = 60;

/** A thread with its composer. */
export function ConversationView({ client, place, id }: ConversationViewProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const unseen = useSignal(0);
  const thread = client.thread(place);
  const count = thread.length;
  const seen = useRef(count);
  const toEnd = (): void => {
    if (box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  };
  const follow = (): void => {
    if (atEnd.current) toEnd();
  };
  useLayoutEffect(() => {
    follow();
    if (atEnd.current) seen.current = count;
    unseen.value = count - seen.current;
  }, [thread]);
  const typing = client.typing.value.get(hashOf(place));
  return (
    <div class="conversation">
      <div
        class="thread"
        ref={box}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls needs the keyboard
        tabIndex={0}
        role="log"
        aria-label={`Messages: ${titleOf(place)}, ${client.name}`}
        onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
          atEnd.current = scrollHeight - scrollTop - clientHeight < nearEnd;
          if (!atEnd.current) return;
          seen.current = count;
          unseen.value = 0;
        }}
      >
        {count === 0 && <p class="muted nothing">Nothing has been said here yet.</p>}
        {thread.map((one) => {
          if (one.kind === "gap") return <GapView key={one.key} gap={one} />;
          if (one.kind === "answer")
            return <AnswerView {...one} key={one.key} reader={client.answer(one.run)} onText={follow} />;
          const mine = one.from === client.name;
          return (
            <BubbleView key={one.key} bubble={one} mine={mine} retry={() => void client.retry(place, one)} />
          );
        })}
      </div>
      {unseen.value > 0 && (
        <button type="button" class="to-end" onClick={toEnd}>
          {unseen.value} below ↓
        </button>
      )}
      <p class="typing muted small" aria-live="polite">
        {typing !== undefined && `${typing} is typing…`}
      </p>
      <Composer client={client} place={place} id={id} />
    </div>
  );
}

const gapTexts: Readonly<Record<string, string>> = {
  evicted: "Messages are missing here: the server no longer holds them",
  epoch: "Messages may be missing here: the server was restarted",
  unknown: "Messages may be missing here: the server does not know where this page stopped",
};

function GapView({ gap }: { gap: GapLine }): JSX.Element {
  return <p class="gap-line">{gapTexts[gap.reason] ?? gapTexts["unknown"]}</p>;
}

const deliveries = {
  sending: "sending…",
  sent: "sent",
  failed: "not sent yet: goes out when the line is back",
  refused: "",
} as const;

function BubbleView({
  bubble,
  mine,
  retry,
}: {
  bubble: Bubble;
  mine: boolean;
  retry: () => void;
}): JSX.Element {
  const { from, text, time, delivery, late, reason } = bubble;
  return (
    <article class="bubble" data-mine={mine} data-late={late} data-delivery={delivery}>
      <header>
        <b dir="auto">{from}</b>
        <time class="muted" dateTime={time}>
          {new Date(time).toTimeString().slice(0, 5)}
        </time>
        {late && <span class="late">arrived late</span>}
      </header>
      <p dir="auto">{text}</p>
      {mine && (
        <footer>
          {deliveries[delivery]}
          {reason}
          {delivery === "failed" && (
            <button type="button" class="quiet" onClick={retry}>
              Retry now
            </button>
          )}
        </footer>
      )}
    </article>
  );
}

/** Milliseconds between two signs that a message is being written. */
const typingInterval = 3_000;

/** The question where nothing has been written. */
const defaultQuestion = "What are Server-Sent Events?";

function Composer({ client, place, id }: ConversationViewProps): JSX.Element {
  const draft = useSignal("");
  const announced = useRef(Number.NEGATIVE_INFINITY);
  const send = (): void => {
    const text = draft.value.trim();
    if (text === "") return;
    draft.value = "";
    void client.send(place, text);
  };
  const ask = (): void => {
    const question = draft.value.trim() || defaultQuestion;
    draft.value = "";
    void client.ask(titleOf(place).slice(1), question);
  };
  const write = (text: string): void => {
    draft.value = text;
    const now = performance.now();
    if (text === "" || now - announced.current < typingInterval) return;
    announced.current = now;
    client.announceTyping(place);
  };
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <label for={id} class="visually-hidden">
        Message of {client.name} to {titleOf(place)}
      </label>
      <textarea
        id={id}
        rows={1}
        maxLength={2_000}
        dir="auto"
        placeholder={`Write as ${client.name}`}
        value={draft.value}
        onInput={({ currentTarget }) => write(currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          send();
        }}
      />
      {place.kind === "room" && (
        <button
          type="button"
          aria-label={`Ask the model as ${client.name}`}
          title="Ask the model"
          onClick={ask}
        >
          <Icon name="spark" />
        </button>
      )}
      <button type="submit" class="primary" aria-label={`Send as ${client.name}`}>
        <Icon name="send" />
      </button>
    </form>
  );
}
