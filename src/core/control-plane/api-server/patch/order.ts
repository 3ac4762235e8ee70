/** The order that `$setElementOrder` asks for. Models strategicpatch normalizeElementOrder and mergeSortedSlice, v1.36.2. */

type Item = unknown;

/** Items named in `order` take its order; the others keep the server's, put in by best effort. Returns `merged` itself when it is in order. */
export function orderBy(merged: Item[], order: Item[], server: Item[], mergeKey: string): Item[] {
  const keyOf = (item: Item): string => `k${mergeKey === '' ? String(item) : String((item as Record<string, unknown> | null)?.[mergeKey])}`;
  const rank = (list: Item[]): Map<string, number> => new Map(list.map((item, i) => [keyOf(item), i]));
  const [inOrder, onServer] = [rank(order), rank(server)];
  const at = (ranks: Map<string, number>, item: Item): number => ranks.get(keyOf(item)) ?? Number.MAX_SAFE_INTEGER;
  const patch = merged.filter((item) => inOrder.has(keyOf(item))).sort((a, b) => at(inOrder, a) - at(inOrder, b));
  const serverOnly = merged.filter((item) => !inOrder.has(keyOf(item))).sort((a, b) => at(onServer, a) - at(onServer, b));
  const out: Item[] = [];
  for (let i = 0, j = 0; i < serverOnly.length || j < patch.length; ) {
    const [left, right] = [serverOnly[i], patch[j]];
    const leftFirst =
      j >= patch.length || (i < serverOnly.length && onServer.has(keyOf(left)) && onServer.has(keyOf(right)) && at(onServer, left) < at(onServer, right));
    if (leftFirst) {
      out.push(left);
      i += 1;
    } else {
      out.push(right);
      j += 1;
    }
  }
  return out.every((item, i) => item === merged[i]) ? merged : out;
}
