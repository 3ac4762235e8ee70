/** Seeded chance: one sfc32 stream per room, its state four 32-bit integers. */

export type RandomState = [number, number, number, number];

/** FNV-1a, 32 bits, of the UTF-16 units of `text`. */
export function fnv1a(text: string, hash = 0x811c9dc5): number {
  let h = hash;
  for (let i = 0; i < text.length; i += 1) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}

/** A stream of its own for each (seed, name): a new draw in one room does not disturb another. */
export function randomState(seed: number, name: string): RandomState {
  const state: RandomState = [fnv1a(name), seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0, 1];
  for (let i = 0; i < 12; i += 1) nextRandom(state);
  return state;
}

/** Advances `state` and returns a number in [0, 1) with 32 bits. Models sfc32 (PractRand, public domain). */
export function nextRandom(state: RandomState): number {
  const t = (((state[0] + state[1]) | 0) + state[3]) | 0;
  state[3] = (state[3] + 1) | 0;
  state[0] = state[1] ^ (state[1] >>> 9);
  state[1] = (state[2] + (state[2] << 3)) | 0;
  state[2] = (state[2] << 21) | (state[2] >>> 11);
  state[2] = (state[2] + t) | 0;
  return (t >>> 0) / 4294967296;
}

/** `count` characters drawn from `alphabet`. `random` is `ctx.random`. */
export function draw(random: () => number, alphabet: string, count: number): string {
  let text = '';
  for (let i = 0; i < count; i += 1) text += alphabet[Math.floor(random() * alphabet.length)];
  return text;
}

/** A random hexadecimal string, as container and sandbox IDs are. */
export const hexId = (random: () => number, digits = 64): string => draw(random, '0123456789abcdef', digits);

/** A random UID, version 4. */
export function uid(random: () => number): string {
  const h = hexId(random, 32);
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-4${h.slice(13, 16)}-${'89ab'[Math.floor(random() * 4)]}${h.slice(17, 20)}-${h.slice(20)}`;
}
