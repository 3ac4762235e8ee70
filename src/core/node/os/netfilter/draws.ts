/** Where random choices come from: the namespace's own stream, or choices given from outside. */
import { nextRandom, randomState } from '../../../engine/random.ts';
import type { Ctx } from '../../../engine/types.ts';
import type { Draws } from './packet.ts';
import type { Namespace } from './state.ts';

/** `seed` is asked once, at the first draw. */
export const kernelDraws = (ns: Namespace, seed: Pick<Ctx, 'random'>): Draws => new KernelDraws(ns, seed);

class KernelDraws implements Draws {
  private readonly ns: Namespace;
  private readonly seed: Pick<Ctx, 'random'>;

  constructor(ns: Namespace, seed: Pick<Ctx, 'random'>) {
    this.ns = ns;
    this.seed = seed;
  }
  private next(): number {
    this.ns.random ??= randomState(Math.floor(this.seed.random() * 4294967296), 'netfilter');
    return nextRandom(this.ns.random);
  }
  /** get_random_u32() & 0x7fffffff against a fraction of 2^31. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }
  pick(n: number): number {
    return Math.floor(this.next() * n);
  }
}

/**
 * The given numbers in order, then a copy of the kernel's stream. A number below 1 is what the kernel would draw; a whole number from 1 on is
 * the choice itself (numgen's result; for a random rule: not taken).
 */
export function givenDraws(given: readonly number[], ns: Namespace): Draws {
  const rest = [...given];
  const copy = ns.random ? ([...ns.random] as NonNullable<Namespace['random']>) : randomState(1, 'netfilter');
  const next = (): number => {
    const value = rest.shift();
    return typeof value === 'number' && value >= 0 ? value : nextRandom(copy);
  };
  return {
    chance: (probability) => next() < probability,
    pick: (n) => {
      const value = next();
      return value >= 1 ? Math.floor(value) % n : Math.floor(value * n);
    },
  };
}
