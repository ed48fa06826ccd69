import { describe } from "vitest";
import type { AdapterSubject } from "./adapters/subject.js";
import { createHarness } from "./harness.js";
import { describeBackPressure } from "./suite/back-pressure.js";
import { describeDoctorEndpoint } from "./suite/doctor.js";
import { describeEndpoints } from "./suite/endpoints.js";
import { describeErrors } from "./suite/errors.js";
import { describeEvents } from "./suite/events.js";
import { describeHead } from "./suite/head.js";
import { describeHttp1 } from "./suite/http1.js";
import { describeHubStream } from "./suite/hub.js";
import { describeLeaving } from "./suite/leaving.js";
import { describePlainAnswers } from "./suite/plain-answers.js";
import { describeRunStream } from "./suite/runs.js";

/** Describes the functions of an adapter, in any framework. */
export function describeAdapter(subject: AdapterSubject): void {
  describe(subject.name, () => {
    const harness = createHarness(subject);
    describeHead(harness);
    describeEvents(harness);
    describePlainAnswers(harness);
    describeErrors(harness);
    describeLeaving(harness);
    describeBackPressure(harness);
    describeHubStream(harness);
    describeRunStream(harness);
    describeEndpoints(harness, subject);
    describeDoctorEndpoint(harness);
    if (subject.protocol === "http1") describeHttp1(harness);
  });
}

/** Describes `publishEndpoint` and `subscriptionEndpoint`, where adapters can differ. */
export function describeEndpointsOf(subject: AdapterSubject): void {
  describe(subject.name, () => describeEndpoints(createHarness(subject), subject));
}
