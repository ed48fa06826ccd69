/** Separates the id of a stream from the id of its instance. */
const separator = "~";

/**
 * Returns the id of a connection in a cluster: the stream's id and the instance's, so that other
 * instances know which one has it. An id that names the instance already is returned as it is.
 */
export function connectionId(stream: string, instance: string): string {
  return instanceOf(stream) === instance ? stream : `${stream}${separator}${instance}`;
}

/** Returns the instance that a connection's id names, or `undefined` if it names none. */
export function instanceOf(connection: string): string | undefined {
  const at = connection.lastIndexOf(separator);
  return at < 0 ? undefined : connection.slice(at + 1);
}
