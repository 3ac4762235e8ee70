/**
 * The elements of our sets and maps as the kernel has them, so that a sync writes only what changes. Models pkg/proxy/nftables nftElementStorage,
 * v1.36.2. Several Services may want the same element (a pod behind two of them): it goes with the last.
 */
import { compareText } from '../address.ts';
import { type Container, containers, type PlanStep } from './service-plan.ts';

export interface Elements {
  /** Key → value; '' in sets. */
  values: Record<string, string>;
  /** How many more than one Service want it. */
  more: Record<string, number>;
}
export type ElementStore = Record<Container, Elements>;

/** Keys that nobody wants any more, while a sync runs. */
export type Leftovers = Record<Container, Set<string>>;

export function elementStore(): ElementStore {
  const store = {} as ElementStore;
  for (const name of containers) store[name] = { values: {}, more: {} };
  return store;
}

export function leftovers(): Leftovers {
  const out = {} as Leftovers;
  for (const name of containers) out[name] = new Set();
  return out;
}

/** A Service no longer asks for its elements. */
export function release(store: ElementStore, left: Leftovers, steps: readonly PlanStep[]): void {
  for (const step of steps) {
    if ('chain' in step) continue;
    const { more } = store[step.into];
    const count = more[step.key];
    if (count === undefined) left[step.into].add(step.key);
    else if (count === 1) delete more[step.key];
    else more[step.key] = count - 1;
  }
}

/** The lines that bring an element in; '' when it is there. */
export function ensure(store: ElementStore, left: Leftovers, where: string, step: Exclude<PlanStep, { chain: string }>): string {
  const { into, key, value, comment } = step;
  const { values, more } = store[into];
  const known = values[key];
  if (!left[into].delete(key) && known !== undefined) more[key] = (more[key] ?? 0) + 1;
  if (known === value) return '';
  values[key] = value;
  const words = comment === '' ? '' : ` comment "${comment}"`;
  const add = `add element ${where} ${into} { ${key}${words}${value === '' ? '' : ` : ${value}`} }\n`;
  return known === undefined ? add : `delete element ${where} ${into} { ${key} }\n${add}`;
}

/** The lines that take out what is left over. */
export function cleanUp(store: ElementStore, left: Leftovers, where: string): string {
  let out = '';
  for (const name of containers)
    for (const key of [...left[name]].sort(compareText)) {
      delete store[name].values[key];
      out += `delete element ${where} ${name} { ${key} }\n`;
    }
  return out;
}
