/** Creations and deletions a controller has asked for and not yet seen in its watch. Models pkg/controller/controller_utils.go, v1.36.2. */

export interface Expectation {
  adds: number;
  /** Keys of pods whose deletion was asked for. */
  deletes: Record<string, true>;
  sinceMs: number;
}
export type Expectations = Record<string, Expectation>;

const expectationsTimeoutMs = 300_000;

export function expectCreations(all: Expectations, key: string, count: number, nowMs: number): void {
  all[key] = { adds: count, deletes: {}, sinceMs: nowMs };
}
export function expectDeletions(all: Expectations, key: string, pods: readonly string[], nowMs: number): void {
  const deletes: Record<string, true> = {};
  for (const pod of pods) deletes[pod] = true;
  all[key] = { adds: 0, deletes, sinceMs: nowMs };
}
export function creationObserved(all: Expectations, key: string, count = 1): void {
  const expectation = all[key];
  if (expectation && expectation.adds > 0) expectation.adds = Math.max(0, expectation.adds - count);
}
export function deletionObserved(all: Expectations, key: string, pod: string): void {
  const expectation = all[key];
  if (expectation) delete expectation.deletes[pod];
}
/** True when everything asked for was seen, or that was so long ago that it no longer counts. */
export function satisfiedExpectations(all: Expectations, key: string, nowMs: number): boolean {
  const expectation = all[key];
  if (!expectation) return true;
  if (nowMs - expectation.sinceMs > expectationsTimeoutMs) return true;
  if (expectation.adds > 0) return false;
  for (const _ in expectation.deletes) return false;
  return true;
}
