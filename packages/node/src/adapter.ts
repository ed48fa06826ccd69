export { endpointRequest } from "./endpoint-request.js";
export {
  type NodeExchange,
  openEventStream,
  prepareDoctorEndpoint,
  prepareEventStream,
  prepareHubStream,
  prepareRunStream,
} from "./exchange.js";
export { sendPlainResponse } from "./plain-response.js";
export { addHeaders } from "./response-headers.js";
