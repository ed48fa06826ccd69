/** The name of the log in each engine. */
export const streamName = "chaos";
