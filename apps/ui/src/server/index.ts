export { type PageFile, type PageResponse, pageFiles } from "./page-files.js";
export { type Problem, problem, problemType } from "./problem.js";
export { sendSamples } from "./send-samples.js";
