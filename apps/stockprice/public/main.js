import { dropConnection, loadMarket } from "./api.js";
import { hideBlank, isBlank, showBlank } from "./blank.js";
import { placeholder } from "./card.js";
import { showChips, showEmptyChips } from "./chips.js";
import { showCommands } from "./commands.js";
import { Counters } from "./counters.js";
import { element } from "./dom.js";
import { animate } from "./motion.js";
import { Session } from "./session.js";
import { notice, Status } from "./status.js";

const welcome = element("notice-text").innerText;
const gaps = /** @type {Record<string, string>} */ ({
  epoch: "The server was restarted, and what it sent before is gone.",
  evicted: "This page was away for longer than the server remembers.",
  unknown: "The server does not know the last event of this page.",
});
/** How many shares there will be, for the places that are kept until they are known. */
const expected = 8;
/** Milliseconds between two attempts to load the market. */
const patience = 3_000;

const status = new Status();
const counters = new Counters();
/** The symbols of the shares to follow; undefined means all. */
let chosen = symbolsInUrl();
/** @type {Session | undefined} */
let session;
/** The stream that is followed, for the commands. */
let path = "/price";
/** The id of the connection while it is live. */
let connection = "";
/** Whether the connection is away because this page asked for it. */
let dropped = false;
/** Counts the starts: an answer to an earlier one is not used. */
let starts = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/**
 * Loads the market as it is, and follows it from there.
 * @param {string} text what to say about it
 * @param {"plain" | "lost"} [tone]
 */
async function start(text, tone) {
  const current = ++starts;
  clearTimeout(timer);
  session?.close();
  dropped = false;
  setConnection("");
  if (!isBlank()) status.set("connecting");
  const market = await loadMarket().catch(() => undefined);
  if (current !== starts) return;
  if (market === undefined) return showUnreachable();
  const all = market.symbols.map(({ symbol }) => symbol);
  const symbols = all.filter((symbol) => chosen?.has(symbol) ?? true);
  showChips(all, new Set(symbols), choose);
  if (symbols.length === 0) return showNothingChosen();
  hideBlank();
  status.set("connecting");
  notice(text, tone);
  session = new Session(market, symbols, listener);
  element("grid").replaceChildren(...session.elements);
  path = symbols.length === all.length ? "/price" : `/price?symbols=${symbols}`;
  counters.seen(market.position);
  showCommands(path, market.position);
}

/** @type {import("./session.js").SessionListener} */
const listener = {
  price(id, missed) {
    counters.received(id, missed);
    showCommands(path, id);
  },
  live(id, missed) {
    const wasAway = status.state !== "connecting";
    if (wasAway && missed === 0) notice("Back again; nothing was missed.");
    dropped = false;
    setConnection(id);
    status.set("live");
  },
  checked(missed, lost) {
    counters.lost(lost ?? 0);
    const comparison =
      lost === undefined
        ? "The server's record could not be loaded to compare."
        : `${lost} lost, compared with the server's own record.`;
    notice(
      `Caught up: ${missed} missed prices arrived in one go. ${comparison}`,
      lost ? "lost" : "caught-up",
    );
  },
  gap(reason) {
    void start(`${gaps[reason] ?? "Prices were lost."} The prices have been loaded afresh.`, "lost");
  },
  lost(givenUp) {
    setConnection("");
    status.set(givenUp ? "offline" : "reconnecting");
    if (dropped) return;
    notice(
      "The connection is lost. The browser tries again by itself, and what it misses arrives later.",
      "waiting",
    );
  },
};

/** Has the server drop this page's connection, and keep the browser away for a while. */
async function drop() {
  if (connection === "") return;
  const id = connection;
  dropped = true;
  setConnection("");
  try {
    const away = await dropConnection(id);
    status.expectBackIn(away);
    const seconds = Math.round(away / 1_000);
    notice(
      `The server dropped the connection and keeps the browser away for ${seconds} seconds. The market goes on.`,
      "waiting",
    );
  } catch {
    dropped = false;
    if (status.state === "live") setConnection(id);
    notice("The server did not drop the connection.", "waiting");
  }
}

/** @param {string} id empty while there is no live connection */
function setConnection(id) {
  connection = id;
  element("drop").setAttribute("aria-disabled", String(id === ""));
}

/** @param {Set<string> | undefined} symbols */
function choose(symbols) {
  chosen = symbols;
  history.replaceState(null, "", symbols === undefined ? "/" : `/?symbols=${[...symbols]}`);
  void start(welcome);
}

function symbolsInUrl() {
  const list = new URLSearchParams(location.search).get("symbols");
  return list === null ? undefined : new Set(list.split(","));
}

function showUnreachable() {
  status.set("offline");
  notice("Waiting for the server. This page tries again every few seconds.", "waiting");
  showBlank({
    title: "The server does not answer",
    text: "Is it running? “npm start stockprice” starts it.",
    action: "Try now",
    onAction: () => void start(welcome),
  });
  timer = setTimeout(() => void start(welcome), patience);
}

function showNothingChosen() {
  status.set("idle");
  notice("Nothing is followed, so there is no connection.");
  showBlank({
    title: "No shares chosen",
    text: "Choose some above to follow their prices.",
    action: "Follow all",
    onAction: () => choose(undefined),
  });
}

showCommands(path, "…");
element("drop").addEventListener("click", () => void drop());
showEmptyChips(1 + expected);
element("grid").append(...Array.from({ length: expected }, placeholder));
animate((now, ease) => session?.draw(now, ease));
void start(welcome);
