import type { Page } from "playwright-core";
import { afterEach, expect, test } from "vitest";
import { type ChatServer, type ChatServerOptions, createChatServer } from "../../../apps/chat/src/server.js";
import { describeInBrowser, type OpenBrowserPage, windows } from "../src/browser.js";
import { logEventSources } from "../src/event-source-log.js";
import { lowContrast, overflowing } from "../src/looks.js";

const schemes = ["light", "dark"] as const;
const sizes = Object.entries(windows);

let servers: ChatServer[] = [];
afterEach(async () => {
  for (const server of servers) await server.close();
  servers = [];
});

/** A chat that does not take long over anything. */
async function start(options: ChatServerOptions = {}): Promise<ChatServer> {
  const server = await createChatServer({
    port: 0,
    retry: 200,
    awayTime: 1_000,
    presenceGrace: 300,
    echoTime: 50,
    ...options,
  });
  servers.push(server);
  return server;
}

async function isIn(page: Page, state: string): Promise<void> {
  await page.locator(`#pill[data-state="${state}"]`).waitFor();
}

/** As `expect(read())`, once it holds: a busy machine takes its time. */
function eventually<T>(read: () => Promise<T>) {
  return expect.poll(read, { timeout: 100_000 });
}

/** Goes to the chat and chooses a name. */
async function enter(page: Page, { url }: ChatServer, name: string): Promise<void> {
  await page.goto(url);
  await page.getByLabel("Your name").fill(name);
  await page.getByRole("button", { name: "Enter" }).click();
  await isIn(page, "live");
}

/** Opens the chat as a user, in a browser profile of their own. */
async function person(open: OpenBrowserPage, chat: ChatServer, name: string): Promise<Page> {
  const { page } = await open();
  await enter(page, chat, name);
  return page;
}

/** Opens a conversation by its name in the list at the side. */
async function choose(page: Page, name: string): Promise<void> {
  await page.locator(".row", { has: page.getByText(name, { exact: true }) }).click();
}

async function write(page: Page, text: string): Promise<void> {
  await page.locator("#message").fill(text);
  await page.locator("#message").press("Enter");
}

/** Returns what the open conversation shows, line by line, without who and when. */
function thread(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll("#messages > li:not(.day)")].map((line) => {
      const hidden = line.querySelector(".visually-hidden")?.textContent ?? "";
      const shown = line.querySelector(".text") ?? line.querySelector("span");
      return (shown?.textContent ?? "").slice(hidden.length);
    }),
  );
}

async function shows(page: Page, lines: string[]): Promise<void> {
  await eventually(() => thread(page)).toEqual(lines);
}

/** The people in the list, with their unread counts. */
async function people(page: Page): Promise<string[]> {
  const rows = await page.locator("#people .row").allInnerTexts();
  return rows.map((row) => row.split("\n").slice(1).join(" "));
}

/** Says something without a browser, as with curl. */
async function post(chat: ChatServer, path: string, parameters: Record<string, string>): Promise<void> {
  const response = await fetch(`${chat.url}${path}?${new URLSearchParams(parameters)}`, { method: "POST" });
  expect(response.ok).toBe(true);
}

function say(chat: ChatServer, from: string, message: string): Promise<void> {
  return post(chat, "/chat/broadcast", { from, message });
}

describeInBrowser("the chat page", (open) => {
  test("lets two people see each other and talk, in rooms and to everybody", async () => {
    const chat = await start();
    const ann = await person(open, chat, "Ann");
    const bob = await person(open, chat, "Bob");
    for (const page of [ann, bob])
      await eventually(() => page.locator("#online").innerText()).toBe("2 online");
    expect(await people(ann)).toEqual(["Ann you", "Echo bot", "Bob"]);

    await write(ann, "Hello, everybody!");
    await write(bob, "Hi Ann");
    for (const page of [ann, bob]) await shows(page, ["Hello, everybody!", "Hi Ann"]);
    expect(await ann.locator(".message.own .text").allTextContents()).toEqual([
      expect.stringMatching(/^You, .*: Hello, everybody!$/),
    ]);

    for (const page of [ann, bob]) await choose(page, "general");
    await ann.locator("#message").pressSequentially("first line");
    await ann.locator("#message").press("Shift+Enter");
    await ann.locator("#message").pressSequentially("second line");
    await ann.locator("#message").press("Enter");
    for (const page of [ann, bob]) await shows(page, ["first line\nsecond line"]);
    await bob.close();
    await eventually(() => ann.locator("#online").innerText()).toBe("1 online");
  });

  test("says who is typing, until the message comes", async () => {
    const chat = await start();
    const ann = await person(open, chat, "Ann");
    await post(chat, "/chat/typing", { from: "Bob" });
    await eventually(() => ann.locator("#typing").innerText()).toBe("Bob is typing…");
    await say(chat, "Bob", "there");
    await eventually(() => ann.locator("#typing").innerText()).toBe("");
    const noticed = ann.waitForRequest(/\/chat\/typing$/);
    await ann.locator("#message").pressSequentially("me too");
    expect((await noticed).postDataJSON()).toEqual({ from: "Ann" });
  });

  test("keeps a direct message between its two people, and counts what is unread", async () => {
    const chat = await start();
    const [ann, bob, carl] = [
      await person(open, chat, "Ann"),
      await person(open, chat, "Bob"),
      await person(open, chat, "Carl"),
    ];
    await choose(ann, "Bob");
    await write(ann, "only for you");
    await say(chat, "curl", "for all");
    await shows(ann, ["only for you"]);
    await eventually(() => people(bob)).toEqual(["Bob you", "Echo bot", "Ann 1 unread", "Carl"]);
    expect(await bob.title()).toBe("(1) Everyone · Bob · Chat");
    await choose(bob, "Ann");
    await shows(bob, ["only for you"]);
    expect(await people(bob)).toEqual(["Bob you", "Echo bot", "Ann", "Carl"]);
    await shows(carl, ["for all"]);
    expect(await people(carl)).toEqual(["Carl you", "Echo bot", "Ann", "Bob"]);
  });

  test("shows what was missed after the server dropped it, marked, in order and once", async () => {
    const chat = await start();
    const { page } = await open();
    const seen = await logEventSources(page);
    await enter(page, chat, "Ann");
    await say(chat, "Bob", "before");
    await page.getByRole("button", { name: "Drop my connection" }).click();
    await isIn(page, "reconnecting");
    await eventually(() => page.locator("#banner").innerText()).toContain("lets it back in");
    await say(chat, "Bob", "missed 1");
    await write(page, "written while away");
    await page.locator(".message.pending").waitFor();
    await say(chat, "Carl", "missed 2");
    await post(chat, "/chat/room", { from: "Bob", room: "general", message: "missed in a room" });
    await isIn(page, "live");
    await say(chat, "Bob", "after");
    const mark = "Arrived while you were away (2)";
    await shows(page, ["before", mark, "missed 1", "written while away", "missed 2", "after"]);
    expect(await page.locator(".message.missed .text").allTextContents()).toHaveLength(2);
    expect(await page.locator("#banner").innerText()).toBe(
      "You are back. 3 messages arrived while you were away.",
    );
    await choose(page, "general");
    await shows(page, ["Arrived while you were away (1)", "missed in a room"]);
    const ids = (await seen()).filter(({ data }) => data.includes('"Message"')).map(({ id }) => id);
    expect(ids).toHaveLength(6);
    expect(new Set(ids).size).toBe(6);
  });

  test("lets a visitor who is alone see the same with the bot", async () => {
    const chat = await start({ echoTime: 700 });
    const ann = await person(open, chat, "Ann");
    await ann.getByRole("button", { name: "Talk to Echo" }).click();
    await ann.getByRole("button", { name: "Count to 5 and drop me" }).click();
    await isIn(ann, "reconnecting");
    await isIn(ann, "live");
    await eventually(() => thread(ann)).toContain("5");
    const lines = await thread(ann);
    expect(lines.filter((line) => /^\d$/.test(line))).toEqual(["1", "2", "3", "4", "5"]);
    expect(lines).toContainEqual(expect.stringMatching(/^Arrived while you were away \([1-4]\)$/));
  });

  test("shows the history once after a reload, under the same name", async () => {
    const chat = await start();
    const ann = await person(open, chat, "Ann");
    await write(ann, "one");
    await say(chat, "Bob", "two");
    await shows(ann, ["one", "two"]);
    await ann.reload();
    await isIn(ann, "live");
    await shows(ann, ["one", "two"]);
    expect(await ann.locator(".line.missed").count()).toBe(0);
    expect(await ann.locator("#me-name").innerText()).toBe("Ann");
  });

  test("lets another tab be another person, and tabs with one name be one", async () => {
    const chat = await start();
    const ann = await person(open, chat, "Ann");
    const tab = await ann.context().newPage();
    await tab.goto(chat.url);
    expect(await tab.getByLabel("Your name").inputValue()).toBe("Ann");
    await tab.getByRole("button", { name: "Enter" }).click();
    await isIn(tab, "live");
    expect(await tab.locator("#online").innerText()).toBe("1 online");
    await write(tab, "from the other tab");
    await shows(ann, ["from the other tab"]);
    await tab.getByRole("button", { name: "Change name" }).click();
    await tab.getByLabel("Your name").fill("Bob");
    await tab.getByLabel("Your name").press("Enter");
    await isIn(tab, "live");
    await eventually(() => people(ann)).toEqual(["Ann you", "Echo bot", "Bob"]);
    await shows(tab, ["from the other tab"]);
  });

  test("makes and leaves rooms, and finds them again after a reload", async () => {
    const chat = await start();
    const ann = await person(open, chat, "Ann");
    await post(chat, "/chat/room", { from: "Bob", room: "music", message: "la la" });
    await ann.getByRole("button", { name: "Join or make a room" }).click();
    await ann.getByLabel("Name of the room").fill("no such name");
    await ann.getByLabel("Name of the room").press("Enter");
    expect(await ann.locator("#room-error").innerText()).toContain("Use letters");
    await ann.getByLabel("Name of the room").fill("Music");
    await ann.getByLabel("Name of the room").press("Enter");
    expect(await ann.locator("#title").innerText()).toBe("music");
    await shows(ann, ["la la"]);
    await ann.reload();
    await choose(ann, "music");
    await shows(ann, ["la la"]);
    await ann.getByRole("button", { name: "Leave room" }).click();
    await isIn(ann, "live");
    expect(await ann.locator("#rooms .row-name").allInnerTexts()).toEqual(["general", "random"]);
    await post(chat, "/chat/room", { from: "Bob", room: "music", message: "no one listens" });
    await say(chat, "Bob", "end");
    await shows(ann, ["end"]);
    expect(await ann.locator("#rooms .row-name").allInnerTexts()).toEqual(["general", "random"]);
  });

  test("shows markup in names and messages as text", async () => {
    const chat = await start();
    const { page } = await open();
    const evil = '<img src=x onerror="document.title=1">';
    await enter(page, chat, "<b>Ann</b>");
    await post(chat, "/chat/broadcast", { from: "<script>1</script>", message: evil });
    await post(chat, "/chat/direct", {
      from: "<i>Bob</i>",
      to: "<b>Ann</b>",
      message: "javascript:alert(1)",
    });
    await post(chat, "/chat/typing", { from: "<u>Carl</u>" });
    await write(page, "<svg onload=document.title=2>");
    await shows(page, [evil, "<svg onload=document.title=2>"]);
    await choose(page, "<i>Bob</i>");
    await shows(page, ["javascript:alert(1)"]);
    const made = "#messages img, #messages svg, #messages a, .chat b, .chat i, .chat u, #sidebar script";
    expect(await page.locator(made).count()).toBe(0);
    expect(await page.title()).toBe("<i>Bob</i> · <b>Ann</b> · Chat");
  });

  test("keeps a text that could not be sent, and says so", async () => {
    const chat = await start();
    const { page, errors } = await open();
    await enter(page, chat, "Ann");
    await page.route("**/chat/broadcast", (route) => route.abort());
    await write(page, "precious");
    await page.getByText("Not sent: the server cannot be reached.").waitFor();
    expect(await page.locator("#message").inputValue()).toBe("precious");
    await page.unroute("**/chat/broadcast");
    await page.getByRole("button", { name: "Send" }).click();
    await shows(page, ["precious"]);
    expect(await page.locator("#message").inputValue()).toBe("");
    expect(await page.locator("#send-error").innerText()).toBe("");
    errors.length = 0; // the aborted request
  });

  test("says why the server does not want a name", async () => {
    const chat = await start();
    const { page, errors } = await open();
    await page.goto(chat.url);
    await page.getByRole("button", { name: "Enter" }).click();
    expect(await page.locator("#name-error").innerText()).toBe("Give a name, any name.");
    await page.getByLabel("Your name").fill("echo");
    await page.getByLabel("Your name").press("Enter");
    await page.getByText("Echo is the name of the bot. Choose another one.").waitFor();
    await page.getByLabel("Your name").fill("Ann");
    await page.getByLabel("Your name").press("Enter");
    await isIn(page, "live");
    errors.length = 0; // the answers 400
  });

  test("says that messages are no longer held after the server was restarted, and goes on", async () => {
    const first = await start();
    const { page, errors } = await open();
    await enter(page, first, "Ann");
    await say(first, "Bob", "before");
    await shows(page, ["before"]);
    await first.close();
    await isIn(page, "offline");
    const second = await start({ port: first.port });
    await say(second, "Bob", "after");
    await isIn(page, "live");
    await shows(page, [
      "before",
      "Some older messages are no longer held",
      "Arrived while you were away (1)",
      "after",
    ]);
    errors.length = 0; // the attempts while there was no server
  });

  test("goes on from its last message when the browser has given up", async () => {
    const chat = await start();
    const { page, errors } = await open();
    await enter(page, chat, "Ann");
    await say(chat, "Bob", "before");
    await shows(page, ["before"]);
    await page.route("**/chat/sse?*", (route) => route.fulfill({ status: 502, body: "no" }));
    await page.getByRole("button", { name: "Drop my connection" }).click();
    await isIn(page, "offline");
    await say(chat, "Bob", "missed");
    await page.unroute("**/chat/sse?*");
    await page.locator(".line.missed").waitFor();
    await shows(page, ["before", "Arrived while you were away (1)", "missed"]);
    errors.length = 0; // the answers 502
  });

  test("stays at the end only for a reader who is there", async () => {
    const chat = await start();
    const ann = await person(open, chat, "Ann");
    const fromEnd = (): Promise<number> =>
      ann.locator("#scroller").evaluate((it) => Math.round(it.scrollHeight - it.scrollTop - it.clientHeight));
    for (let number = 0; number < 30; number++) await say(chat, "Bob", `message ${number}`);
    await eventually(() => thread(ann)).toHaveLength(30);
    expect(await fromEnd()).toBe(0);
    await ann.locator("#scroller").evaluate((it) => {
      const scrolled = new Promise((resolve) => it.addEventListener("scroll", resolve, { once: true }));
      it.scrollTo(0, 100);
      return scrolled.then(() => undefined);
    });
    await say(chat, "Bob", "one more");
    await ann.getByRole("button", { name: "1 new message" }).waitFor();
    expect(await ann.locator("#scroller").evaluate((it) => it.scrollTop)).toBe(100);
    await ann.getByRole("button", { name: "1 new message" }).click();
    expect(await fromEnd()).toBe(0);
    await eventually(() => ann.locator("#to-bottom").isVisible()).toBe(false);
  });

  test("can be used with the keyboard alone, on a phone's width too", async () => {
    const chat = await start();
    const { page } = await open({ viewport: windows.phone });
    await enter(page, chat, "Ann");
    const focused = (): Promise<string> => page.evaluate(() => document.activeElement?.id ?? "");
    await page.locator("#open-sidebar").press("Enter");
    await eventually(focused).toBe("close-sidebar");
    await page.keyboard.press("Escape");
    expect(await focused()).toBe("open-sidebar");
    expect(await page.locator("#open-sidebar").getAttribute("aria-expanded")).toBe("false");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    expect(await page.locator("#title").innerText()).toBe("general");
    await eventually(focused).toBe("message");
    await page.keyboard.type("typed");
    await page.keyboard.press("Enter");
    await shows(page, ["typed"]);
  });

  test("tells a screen reader what is said, and not the history", async () => {
    const chat = await start();
    await say(chat, "Bob", "old");
    const ann = await person(open, chat, "Ann");
    await shows(ann, ["old"]);
    expect(await ann.locator("#announcer").innerText()).toBe("");
    await post(chat, "/chat/room", { from: "Bob", room: "general", message: "new" });
    await eventually(() => ann.locator("#announcer").innerText()).toBe("Bob, general: new");
  });

  for (const colorScheme of schemes) {
    test.each(sizes)(`fits and can be read in ${colorScheme} colors, on a %s`, async (_size, viewport) => {
      const chat = await start();
      const { page } = await open({ viewport, colorScheme, reducedMotion: "reduce" });
      const looksRight = async (what: string): Promise<void> => {
        expect(await overflowing(page), what).toEqual([]);
        expect(await lowContrast(page), what).toEqual([]);
        expect(await page.evaluate(() => document.getAnimations().length), what).toBe(0);
      };
      await page.goto(chat.url);
      const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      expect(ground).toBe(colorScheme === "light" ? "rgb(246, 247, 249)" : "rgb(14, 17, 22)");
      await page.getByRole("button", { name: "Enter" }).click();
      await looksRight("the name screen");
      await enter(page, chat, "W".repeat(32));
      await looksRight("an empty conversation");
      const long = "Donaudampfschifffahrtsgesellschaft".repeat(8);
      await say(chat, "M".repeat(32), long);
      await post(chat, "/chat/direct", { from: "Q".repeat(32), to: "W".repeat(32), message: "hi" });
      await write(page, long);
      await eventually(() => thread(page)).toHaveLength(2);
      await post(chat, "/chat/typing", { from: "M".repeat(32) });
      await looksRight("a conversation with long words and names");
      await page.locator("#drop").click();
      await isIn(page, "reconnecting");
      await write(page, "written while away");
      await page.locator(".message.pending").waitFor();
      await say(chat, "Bob", "missed");
      await looksRight("a page that is away");
      await page.locator(".line.missed").waitFor();
      await isIn(page, "live");
      await looksRight("a page that is back");
      if (await page.locator("#open-sidebar").isVisible()) await page.locator("#open-sidebar").click();
      await looksRight("the list of conversations");
      await page.getByRole("button", { name: "Join or make a room" }).click();
      await page.getByLabel("Name of the room").fill("?");
      await page.getByLabel("Name of the room").press("Enter");
      await looksRight("the dialog");
    });
  }
});
