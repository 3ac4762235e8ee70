/** Strategic merge patch. Models k8s.io/apimachinery/pkg/util/strategicpatch/patch.go, v1.36.2. */
import { equal } from '../../../api/equal.ts';
import { badRequest, Refusal } from '../errors.ts';
import { goMap } from './go-map.ts';
import { mergeKeyOf } from './merge-keys.ts';
import { isUnsafeKey } from './merge-patch.ts';
import { orderBy } from './order.ts';

type Fields = Record<string, unknown>;

const isMap = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

const orderPrefix = '$setElementOrder/';
const deletePrefix = '$deleteFromPrimitiveList/';

/** Returns `original` itself when the patch changes nothing. Directives: $patch, $retainKeys, $setElementOrder, $deleteFromPrimitiveList. */
export function strategicMerge(original: unknown, patch: Fields, kind: string, field = ''): unknown {
  if (patch.$patch === 'replace') return without(patch, '$patch');
  if (patch.$patch === 'delete') return {};
  if (patch.$patch !== undefined && patch.$patch !== 'merge') throw new Refusal(badRequest(`Unknown patch type: ${String(patch.$patch)}`));
  const base: Fields = isMap(original) ? original : {};
  const out = new Copy(base, !isMap(original));
  if (Array.isArray(patch.$retainKeys)) for (const key of Object.keys(base)) if (!patch.$retainKeys.includes(key)) out.remove(key);
  for (const key of Object.keys(patch)) if (key.startsWith(deletePrefix)) deletePrimitives(out, key.slice(deletePrefix.length), patch[key]);
  for (const key of Object.keys(patch)) {
    if (key.startsWith('$') || isUnsafeKey(key)) continue;
    const value = patch[key];
    const before = out.get(key);
    if (value === null) out.remove(key);
    else if (isMap(value)) out.set(key, strategicMerge(before, value, kind, key));
    else if (Array.isArray(value)) {
      const mergeKey = mergeKeyOf(kind, field, key);
      out.set(key, mergeKey === undefined ? replaceList(before, value) : mergeList(before, value, mergeKey, kind, key));
    } else out.set(key, value);
  }
  for (const key of Object.keys(patch)) {
    if (!key.startsWith(orderPrefix)) continue;
    const list = key.slice(orderPrefix.length);
    const [now, order] = [out.get(list), patch[key]];
    const mergeKey = mergeKeyOf(kind, field, list);
    if (Array.isArray(now) && Array.isArray(order) && mergeKey !== undefined)
      out.set(list, orderBy(now, order, Array.isArray(base[list]) ? (base[list] as unknown[]) : [], mergeKey));
  }
  return out.copied ?? original;
}

/** A copy made at the first change. */
class Copy {
  private readonly base: Fields;
  copied: Fields | undefined;
  constructor(base: Fields, fresh: boolean) {
    this.base = base;
    this.copied = fresh ? {} : undefined;
  }
  get(key: string): unknown {
    const now = this.copied ?? this.base;
    return Object.hasOwn(now, key) ? now[key] : undefined;
  }
  set(key: string, value: unknown): void {
    if (this.get(key) === value) return;
    this.copied ??= { ...this.base };
    this.copied[key] = value;
  }
  remove(key: string): void {
    if (!Object.hasOwn(this.copied ?? this.base, key)) return;
    this.copied ??= { ...this.base };
    delete this.copied[key];
  }
}

const without = (patch: Fields, directive: string): Fields => {
  const out: Fields = {};
  for (const key of Object.keys(patch)) if (key !== directive && !isUnsafeKey(key)) out[key] = patch[key];
  return out;
};

/** Equal lists stay the same value, so that a patch that repeats what is there changes nothing. */
const replaceList = (before: unknown, value: unknown[]): unknown => (equal(before, value) ? before : value);

function deletePrimitives(out: Copy, field: string, values: unknown): void {
  const before = out.get(field);
  if (!Array.isArray(values) || !Array.isArray(before)) return;
  out.set(
    field,
    before.filter((value) => !values.includes(value)),
  );
}

function mergeList(before: unknown, patch: unknown[], mergeKey: string, kind: string, field: string): unknown {
  const list: unknown[] = Array.isArray(before) ? before : [];
  if (mergeKey === '') {
    const added = patch.filter((value, i) => !list.includes(value) && patch.indexOf(value) === i);
    return added.length > 0 || !Array.isArray(before) ? [...list, ...added] : before;
  }
  let out = list.slice();
  let changed = !Array.isArray(before);
  if (patch.some((item) => isMap(item) && item.$patch === 'replace')) {
    return patch
      .filter((item) => !(isMap(item) && item.$patch === 'replace'))
      .map((item) => (isMap(item) ? strategicMerge(undefined, item, kind, field) : item));
  }
  for (const item of patch) {
    if (!isMap(item)) throw new Refusal(badRequest(`cannot merge a ${typeof item} into ${field}`));
    if (item.$patch === 'delete') {
      const kept = out.filter((other) => !sameKey(other, item, mergeKey));
      changed ||= kept.length !== out.length;
      out = kept;
      continue;
    }
    if (item[mergeKey] === undefined) throw new Refusal(badRequest(`map: ${goMap(item)} does not contain declared merge key: ${mergeKey}`));
    const at = out.findIndex((other) => sameKey(other, item, mergeKey));
    const merged = strategicMerge(at < 0 ? undefined : out[at], item, kind, field);
    if (at < 0) out.push(merged);
    else if (merged === out[at]) continue;
    else out[at] = merged;
    changed = true;
  }
  return changed ? out : before;
}

const sameKey = (a: unknown, b: Fields, mergeKey: string): boolean => isMap(a) && a[mergeKey] !== undefined && String(a[mergeKey]) === String(b[mergeKey]);
