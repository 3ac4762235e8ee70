/** The one queue: a binary heap in a plain array, ordered by (atMs, seq), which is a total order. */
import type { Message } from './types.ts';

const before = (a: Message, b: Message): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.seq < b.seq);

export function push(heap: Message[], message: Message): void {
  let i = heap.length;
  heap.push(message);
  while (i > 0) {
    const parent = (i - 1) >> 1;
    const p = heap[parent] as Message;
    if (!before(message, p)) break;
    heap[i] = p;
    i = parent;
  }
  heap[i] = message;
}

/** Removes and returns the first message; undefined when empty. */
export function pop(heap: Message[]): Message | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (heap.length === 0 || last === undefined) return first;
  const size = heap.length;
  let i = 0;
  for (;;) {
    let child = 2 * i + 1;
    if (child >= size) break;
    if (child + 1 < size && before(heap[child + 1] as Message, heap[child] as Message)) child += 1;
    if (!before(heap[child] as Message, last)) break;
    heap[i] = heap[child] as Message;
    i = child;
  }
  heap[i] = last;
  return first;
}
