import { isInstalled, redisServer } from "@sse/engines";
import type { BrowserContext, Page } from "playwright-core";
import { afterEach, expect, test } from "vitest";
import { type ChatServer, type ChatServerOptions, createChatServer } from "../../../apps/chat/src/server.js";
import { startOn } from "../../../apps/chat/test/support/instances.js";
import { seriousFindings } from "../src/accessibility.js";
import { describeInBrowser, type OpenBrowserPage, screens } from "../src/browser.js";
import { countLoaded } from "../src/first-screen.js";
import { lowContrast, overflowing, watchLayout } from "../src/looks.js";

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
    awayTime: 1_500,
    presenceGrace: 300,
    echoTime: 50,
    ...options,
  });
  servers.push(server);
  return server;
}

async function isIn(page: Page, state: string, index = 0): Promise<void> {
  await page.locator(`.pill[data-state="${state}"]`).nth(index).waitFor();
}

/** Opens the first screen, where Ann and Bob are. */
async function duo(page: Page, { url }: ChatServer): Promise<void> {
  await page.goto(url);
  await isIn(page, "live", 1);
}

/** Opens a conversation, and chooses a name. */
async function enter(
  page: Page,
  { url }: Pick<ChatServer, "url">,
  name: string,
  hash = "#/everyone",
): Promise<void> {
  await page.goto(`${url}/${hash}`);
  await page.getByLabel("Your name").fill(name);
  await page.getByRole("button", { name: "Enter" }).click();
  await isIn(page, "live");
}

/** Opens the chat as a person, in a browser profile of their own. */
async function person(open: OpenBrowserPage, chat: ChatServer, name: string, hash?: string): Promise<Page> {
  const { page } = await open();
  await enter(page, chat, name, hash);
  return page;
}

async function anotherTab(context: BrowserContext, chat: ChatServer, name: string): Promise<Page> {
  const page = await context.newPage();
  await enter(page, chat, name);
  return page;
}

async function write(page: Page, text: string, by = ""): Promise<void> {
  const box = by === "" ? page.locator("#message") : page.getByLabel(`Message of ${by}`);
  await box.fill(text);
  await box.press("Enter");
}

/** Returns the texts of a thread, in its order. */
function texts(page: Page, within = ""): Promise<string[]> {
  return page
    .locator(`${within} .thread > .bubble > p, ${within} .thread > .gap-line`)
    .evaluateAll((lines) => lines.map((line) => line.textContent ?? ""));
}

function bubble(page: Page, text: string) {
  return page.locator(".bubble", { hasText: text });
}

async function drop(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Drop for 6 s" }).click();
  await isIn(page, "away");
}

/** Returns what is wrong with the looks of a page. */
async function faults(page: Page): Promise<string[]> {
  return [...(await overflowing(page)), ...(await lowContrast(page)), ...(await seriousFindings(page))];
}

/** Says something without a browser, as with curl. */
async function post(chat: ChatServer, path: string, parameters: Record<string, string>): Promise<void> {
  const response = await fetch(`${chat.url}${path}?${new URLSearchParams(parameters)}`, { method: "POST" });
  expect(response.ok).toBe(true);
}

function say(chat: ChatServer, from: string, message: string): Promise<void> {
  return post(chat, "/chat/broadcast", { from, message });
}

async function connections({ url }: ChatServer): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^sse_hub_connections(?:\{[^}]*\})? (\d+)/m.exec(text)?.[1]);
}

describeInBrowser("the chat page", (open) => {
  test("Bob's line is cut and mended: what Ann wrote arrives late, marked, in order", async () => {
    const chat = await start();
    const { page } = await open();
    const loaded = countLoaded(page);
    const shift = await watchLayout(page);
    await duo(page, chat);
    const { requests, bytes, foreign } = await loaded();
    expect(requests).toBeLessThan(12); // two streams and two pasts among them
    expect(bytes).toBeLessThan(150_000);
    expect(foreign).toEqual([]);

    await write(page, "hello", "Ann");
    await write(page, "hi", "Bob");
    await expect.poll(() => texts(page, '[aria-label="Ann"]')).toEqual(["hello", "hi"]);
    await page.getByRole("button", { name: "Show me" }).click();
    await isIn(page, "cut");
    expect(await faults(page)).toEqual([]);
    await page.locator('.notice[data-tone="replay"]').waitFor();
    expect(await page.locator(".notice").innerText()).toMatch(
      /^3 missed messages arrived: in order, once each/,
    );
    const bob = '[aria-label="Bob"]';
    const ann = await texts(page, '[aria-label="Ann"]');
    expect(ann).toHaveLength(5);
    expect(await texts(page, bob)).toEqual(ann);
    expect(await page.locator(`${bob} .late`).count()).toBe(3);
    expect(await page.locator(".wire-request mark").innerText()).toMatch(/^Last-Event-ID: [\w.-]+$/);
    expect(await page.locator(".wire-outcome").innerText()).toContain("3 events sent late");
    expect(await faults(page)).toEqual([]);
    expect(await shift()).toBeLessThan(0.05);
  });

  test("an answer that is cut in mid-sentence goes on, is the same for both, and can be stopped", async () => {
    const chat = await start({ wordTime: 150 });
    const { page } = await open();
    await duo(page, chat);
    const answers = page.locator(".answer p");
    const bob = page.locator('[aria-label="Bob"] .answer');
    await page.getByRole("button", { name: "Ask the model", exact: true }).click();
    await expect.poll(() => bob.locator("p").innerText()).toMatch(/\w+ \w+ \w+/);
    await page.getByRole("button", { name: "Cut Bob's line" }).click();
    const cut = await bob.locator("p").innerText();
    await expect
      .poll(async () => (await answers.first().innerText()).length)
      .toBeGreaterThan(cut.length + 20);
    expect(await faults(page)).toEqual([]);
    await page.getByRole("button", { name: "Mend Bob's line" }).click();
    await bob.getByText("went on where it was cut").waitFor();
    await page.locator('[aria-label="Bob"] .answer[data-state="complete"]').waitFor();
    await page.locator('[aria-label="Ann"] .answer[data-state="complete"]').waitFor();
    const [ann, whole] = await answers.allInnerTexts();
    expect(whole).toBe(ann);
    expect(whole?.startsWith(cut)).toBe(true);
    await page.reload();
    await expect.poll(() => answers.allInnerTexts()).toEqual([whole, whole]);

    await page.getByRole("button", { name: "Ask the model", exact: true }).click();
    await page.getByRole("button", { name: "Stop" }).first().click();
    await expect.poll(() => page.locator('.answer[data-state="cancelled"]').count()).toBe(2);
    expect(await faults(page)).toEqual([]);
  });

  test("a room that is joined after a break costs no message of another", async () => {
    const chat = await start();
    const page = await person(open, chat, "Ann", "#/room/general");
    await write(page, "before");
    await bubble(page, "sent").waitFor();
    await drop(page);
    const expected = ["before"];
    for (let count = 1; count <= 70; count++) {
      await post(chat, "/chat/room", { from: "Bob", room: "general", message: `m${count}` });
      expected.push(`m${count}`);
    }
    await post(chat, "/chat/room", { from: "Bob", room: "music", message: "earlier" });
    await page.getByLabel("Join a room").fill("Music");
    await page.getByRole("button", { name: "Join" }).click();
    await isIn(page, "live");
    await expect.poll(() => texts(page)).toEqual(["earlier"]);
    await post(chat, "/chat/room", { from: "Bob", room: "music", message: "now" });
    await expect.poll(() => texts(page)).toEqual(["earlier", "now"]);
    await page.getByRole("link", { name: /^#general/ }).click();
    await expect.poll(() => texts(page)).toEqual(expected);

    const id = await page.locator(".pill-detail").innerText();
    await page.goto(`${chat.url}/#/room/films`);
    await post(chat, "/chat/room", { from: "Bob", room: "films", message: "a film" });
    await expect.poll(() => texts(page)).toEqual(["a film"]);
    expect(await page.locator(".pill-detail").innerText()).toBe(id);
    await page.getByRole("button", { name: "Leave the room" }).click();
    await expect.poll(() => page.locator(".sidebar .row").allInnerTexts()).not.toContain("#films");
  });

  test("eight tabs over HTTP/1.1 share one connection, and each of them sends", async () => {
    const chat = await start();
    const first = await person(open, chat, "Ann");
    const tabs = [first];
    while (tabs.length < 8) tabs.push(await anotherTab(first.context(), chat, "Ann"));
    expect(await connections(chat)).toBe(1);
    await expect
      .poll(() => first.locator(".tabs-note").innerText())
      .toBe("8 tabs · 1 connection · this tab leads");
    await write(tabs[7]!, "from the eighth");
    for (const tab of tabs) await expect.poll(() => texts(tab)).toEqual(["from the eighth"]);
    await first.close();
    await say(chat, "Bob", "goes on");
    for (const tab of tabs.slice(1))
      await expect.poll(() => texts(tab)).toEqual(["from the eighth", "goes on"]);
    // A tab that comes later has the past too.
    const late = await anotherTab(tabs[1]!.context(), chat, "Ann");
    await expect.poll(() => texts(late)).toEqual(["from the eighth", "goes on"]);
    expect(await connections(chat)).toBe(1);
  });

  test("a restart is told before what follows it, and what could not be sent goes out by itself", async () => {
    const chat = await start();
    const { page, errors } = await open();
    await enter(page, chat, "Ann");
    for (let count = 0; count < 30; count++) await say(chat, "Bob", `old ${count}`);
    await bubble(page, "old 29").waitFor();
    await page.locator(".thread").evaluate((thread) => {
      thread.scrollTop = 0;
    });
    await chat.close();
    await isIn(page, "away");
    await page.locator('.people[data-stale="true"]').waitFor();
    await write(page, "hold this");
    await page.locator('.bubble[data-delivery="failed"]').waitFor();
    expect(await faults(page)).toEqual([]);
    await start({ port: chat.port });
    await isIn(page, "live");
    await page.locator('.notice[data-tone="gap"]').waitFor();
    await page.locator(".bubble", { hasText: "hold this" }).getByText("sent", { exact: true }).waitFor();
    const lines = await texts(page);
    expect(lines.filter((line) => line === "hold this")).toHaveLength(1);
    expect(lines.findIndex((line) => line.startsWith("Messages may be missing here"))).toBeGreaterThan(29);
    await say(servers.at(-1)!, "Bob", "new");
    await bubble(page, "new").waitFor();
    expect((await texts(page)).at(-1)).toBe("new");
    expect(await faults(page)).toEqual([]);
    errors.length = 0; // the attempts while there was no server
  });

  test.skipIf(!isInstalled(redisServer().program))(
    "the process that serves a page is named and killed, and the page goes on at another one",
    async () => {
      const { url, processes } = await startOn(redisServer(), "REDIS_URL", "redis");
      const { page, errors } = await open();
      await enter(page, { url }, "Ann");
      const served = page.locator(".served b");
      const killed = await served.innerText();
      expect(processes.map(String)).toContain(killed);
      await write(page, "before");
      await bubble(page, "before").getByText("sent", { exact: true }).waitFor();
      await page.getByRole("button", { name: "Kill it" }).click();
      await expect.poll(() => served.innerText()).not.toBe(killed);
      await isIn(page, "live");
      await write(page, "after");
      await bubble(page, "after").getByText("sent", { exact: true }).waitFor();
      expect(await texts(page)).toEqual(["before", "after"]);
      expect(await faults(page)).toEqual([]);
      errors.length = 0; // the connections that the killed process had
    },
  );

  test("a message is in the thread at once, and a repeated request is one message", async () => {
    const chat = await start();
    const { page, errors } = await open();
    await enter(page, chat, "Ann");
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let requests = 0;
    await page.route("**/chat/broadcast", async (route) => {
      requests += 1;
      if (requests > 1) return route.continue();
      await held;
      await route.fetch(); // The server has it, and the response is lost.
      return route.abort();
    });
    await write(page, "only once");
    await bubble(page, "only once").getByText("sending…").waitFor();
    expect(await page.locator("#message").inputValue()).toBe("");
    release();
    await page.getByRole("button", { name: "Retry now" }).click();
    await bubble(page, "only once").getByText("sent", { exact: true }).waitFor();
    await drop(page);
    await isIn(page, "live");
    const { Messages } = await (await fetch(`${chat.url}/chat/history?rooms=`)).json();
    expect(Messages.map(({ Message }: { Message: string }) => Message)).toEqual(["only once"]);
    expect(requests).toBe(2);
    await write(page, "x".repeat(2_000));
    await expect.poll(() => texts(page)).toHaveLength(2);
    errors.length = 0; // the response that was lost
  });

  test("a conversation has a URL, and unread counts outlive a reload", async () => {
    const chat = await start();
    const page = await person(open, chat, "Ann", "#/room/general");
    await post(chat, "/chat/direct", { from: "Bob", to: "Ann", message: "psst" });
    await say(chat, "Bob", "hello all");
    await page.getByRole("link", { name: "Everyone 1 unread" }).waitFor();
    await page.reload();
    await isIn(page, "live");
    expect(page.url()).toContain("#/room/general");
    await page.getByRole("link", { name: "Everyone 1 unread" }).click();
    await expect.poll(() => texts(page)).toEqual(["hello all"]);
    await page.reload();
    await expect.poll(() => texts(page)).toEqual(["hello all"]);
    await page.getByRole("link", { name: "Everyone", exact: true }).waitFor();
    await write(page, "count 2");
    await page.getByRole("link", { name: /^Echo/ }).click();
    await write(page, "count 2");
    await expect.poll(() => texts(page)).toEqual(["count 2", "1", "2"]);
  });

  test("typing is shown, and the keyboard reaches everything", async () => {
    const chat = await start();
    const page = await person(open, chat, "Ann");
    await post(chat, "/chat/typing", { from: "Bob" });
    await page.getByText("Bob is typing…").waitFor();
    await say(chat, "Bob", "there");
    await expect.poll(() => page.locator(".typing").innerText()).toBe("");
    await page.locator("body").press("Tab");
    const reached: string[] = [];
    for (let step = 0; step < 30; step++) {
      const name = await page.evaluate(() => {
        const { activeElement: element } = document;
        return element === document.body ? "" : (element?.getAttribute("aria-label") ?? element?.id ?? "");
      });
      reached.push(name);
      await page.keyboard.press("Tab");
    }
    expect(reached).toEqual(
      expect.arrayContaining(["message", "Send as Ann", "Messages: Everyone, Ann", "new-room", "Frames"]),
    );
  });

  test.each(screens)("every screen fits and can be read on %s", async (_name, screen) => {
    const chat = await start();
    const { page } = await open({ ...screen, reducedMotion: "reduce" });
    const shift = await watchLayout(page);
    await duo(page, chat);
    expect(await faults(page)).toEqual([]);
    await page.goto(`${chat.url}/#/room/music`);
    await page.getByLabel("Your name").waitFor();
    expect(await faults(page)).toEqual([]);
    await page.getByLabel("Your name").fill("Ann");
    await page.getByLabel("Your name").press("Enter");
    await isIn(page, "live");
    await write(
      page,
      "a message with a_very_long_word_that_has_to_break_somewhere_because_it_is_wider_than_a_phone",
    );
    await bubble(page, "a_very_long").getByText("sent", { exact: true }).waitFor();
    expect(await faults(page)).toEqual([]);
    await page.goto(`${chat.url}/hub`);
    await page.getByRole("region", { name: "Hub chat" }).waitFor();
    expect(await faults(page)).toEqual([]);
    expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
    expect(await shift()).toBeLessThan(0.05);
  });
});
