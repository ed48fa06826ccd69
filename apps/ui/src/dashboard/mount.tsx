import { signal } from "@preact/signals";
import { createSharedEventSource } from "@sse/client/shared";
import { render } from "preact";
import { fontsLoaded } from "../fonts.js";
import { oncePerFrame } from "../line/batch.js";
import { Line } from "../line/line.js";
import type { Sample } from "../sample.js";
import { Dashboard } from "./dashboard.js";
import { SampleHistory } from "./history.js";

/**
 * Shows the statistics of a server.
 *
 * @param title the name of the demo.
 * @param path the path of the stream of samples.
 */
export async function mountDashboard({ title, path }: { title: string; path: string }): Promise<void> {
  await fontsLoaded();
  const history = new SampleHistory();
  const version = signal(0);
  const changed = oncePerFrame(() => {
    version.value += 1;
  });
  const line = new Line(createSharedEventSource(path), {
    path: () => path,
    plain: true,
    listener: {
      event: ({ data }) => {
        history.add(JSON.parse(data) as Sample);
        changed();
      },
    },
  });
  const props = { title, line, history, version };
  render(<Dashboard {...props} />, document.querySelector("#app")!);
}
