/** The form in which the API server keeps a spec in memory, as it shows in differences. */

export function internalForm(_type: string, value: unknown): unknown {
  return value;
}
