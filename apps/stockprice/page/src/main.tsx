import { fontsLoaded } from "@sse/ui";
import { render } from "preact";
import { App } from "./app.js";
import { LabModel } from "./lab-model.js";
import { fetchMarket } from "./market-api.js";
import { MarketPage } from "./market-page.js";
import { Waiting } from "./waiting.js";
import "./style.css";

/** Milliseconds between two attempts to reach the server. */
const retryDelay = 2_000;

const root = document.querySelector("#app")!;

async function start(): Promise<void> {
  const [state] = await Promise.all([fetchMarket().catch(() => undefined), fontsLoaded()]);
  if (state === undefined) {
    render(<Waiting />, root);
    setTimeout(() => void start(), retryDelay);
    return;
  }
  const page = new MarketPage(state);
  render(<App page={page} lab={new LabModel()} />, root);
}

void start();
