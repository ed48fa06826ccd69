/**
 * The second argument of the option `fetch`. Its headers are an object, so that a function that
 * spreads them into headers of its own (`{ ...init.headers, Authorization }`) keeps the id to
 * resume from.
 */
export interface FetchInit extends RequestInit {
  headers: Record<string, string>;
}
