/** The patch of `kubectl apply`. Models k8s.io/apimachinery/pkg/util/strategicpatch/patch.go CreateThreeWayMergePatch, v1.36.2. */
import { equal } from '../../api/equal.ts';
import { mergeKeyOf } from '../../api/merge-keys.ts';

type Fields = Record<string, unknown>;

interface How {
  kind: string;
  /** What is only in the second document, or differs there, is left out. */
  deletionsOnly?: boolean;
  /** What is only in the first is left out. */
  keep?: boolean;
}

const isMap = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
const isUnsafe = (key: string): boolean => key === '__proto__' || key === 'constructor' || key === 'prototype';

/** Brings `current` to `modified`, and takes away what `original` (the last applied) had and `modified` has not. */
export function threeWayPatch(original: unknown, modified: Fields, current: Fields, kind: string): Fields {
  const changes = diffMaps(current, modified, '', { kind, keep: true });
  const deletions = isMap(original) ? diffMaps(original, modified, '', { kind, deletionsOnly: true }) : {};
  return combine(changes, deletions, '', kind);
}

/** Two-way: `kubectl set`, `label` and the like send this. */
export const twoWayPatch = (before: Fields, after: Fields, kind: string): Fields => diffMaps(before, after, '', { kind });

/** Maps whose keys not named are dropped (patchStrategy retainKeys). */
const retainsKeys = (kind: string, field: string, inList: boolean): boolean =>
  (field === 'strategy' && !inList && kind === 'Deployment') || (field === 'volumes' && inList);

function diffMaps(before: Fields, after: Fields, field: string, how: How, inList = false): Fields {
  const patch: Fields = {};
  for (const key of Object.keys(before)) {
    if (isUnsafe(key)) continue;
    const [a, b] = [before[key], Object.hasOwn(after, key) ? after[key] : undefined];
    if (b === undefined) {
      if (!how.keep && a !== undefined) patch[key] = null;
    } else if (isMap(a) && isMap(b)) {
      const inner = diffMaps(a, b, key, how);
      if (Object.keys(inner).length > 0) patch[key] = inner;
    } else if (Array.isArray(a) && Array.isArray(b)) diffLists(a, b, field, key, patch, how);
    else if (!how.deletionsOnly && !equal(a, b)) patch[key] = b;
  }
  if (!how.deletionsOnly) for (const key of Object.keys(after)) if (!isUnsafe(key) && !Object.hasOwn(before, key)) patch[key] = after[key];
  if (Object.keys(patch).length > 0 && retainsKeys(how.kind, field, inList)) patch.$retainKeys = Object.keys(after).sort();
  return patch;
}

function diffLists(before: unknown[], after: unknown[], parent: string, key: string, patch: Fields, how: How): void {
  const mergeKey = mergeKeyOf(how.kind, parent, key);
  if (mergeKey === undefined) {
    if (!how.deletionsOnly && !equal(before, after)) patch[key] = after;
    return;
  }
  if (mergeKey === '') {
    const added = after.filter((v) => !before.includes(v));
    const gone = before.filter((v) => !after.includes(v));
    if (!how.deletionsOnly && added.length > 0) patch[key] = added;
    if (!how.keep && gone.length > 0) patch[`$deleteFromPrimitiveList/${key}`] = gone;
    if (patch[key] !== undefined || patch[`$deleteFromPrimitiveList/${key}`] !== undefined) patch[`$setElementOrder/${key}`] = after;
    return;
  }
  const byKey = (list: unknown[]): Map<unknown, Fields> => new Map(list.filter(isMap).map((item) => [item[mergeKey], item]));
  const [old, now] = [byKey(before), byKey(after)];
  const out: Fields[] = [];
  for (const [name, item] of now) {
    const was = old.get(name);
    if (was) {
      const inner = diffMaps(was, item, key, how, true);
      if (Object.keys(inner).length > 0) out.push({ ...inner, [mergeKey]: name });
    } else if (!how.deletionsOnly) out.push(item);
  }
  if (!how.keep) for (const name of old.keys()) if (!now.has(name)) out.push({ $patch: 'delete', [mergeKey]: name });
  if (out.length === 0) return;
  patch[key] = out;
  patch[`$setElementOrder/${key}`] = [...now.keys()].map((name) => ({ [mergeKey]: name }));
}

/** One patch that does what both do. */
function combine(a: Fields, b: Fields, field: string, kind: string): Fields {
  const out: Fields = { ...a };
  for (const key of Object.keys(b)) {
    const [x, y] = [out[key], b[key]];
    if (x === undefined) out[key] = y;
    else if (isMap(x) && isMap(y)) out[key] = combine(x, y, key, kind);
    else if (Array.isArray(x) && Array.isArray(y) && !key.startsWith('$')) {
      const mergeKey = mergeKeyOf(kind, field, key);
      if (!mergeKey) continue;
      const list = (x as Fields[]).slice();
      for (const item of y as Fields[]) {
        const at = list.findIndex((other) => other[mergeKey] === item[mergeKey]);
        if (at < 0) list.push(item);
        else list[at] = combine(list[at] as Fields, item, key, kind);
      }
      out[key] = list;
    }
  }
  return out;
}
