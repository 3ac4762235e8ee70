/** What the page knows of the world: records by id, each with its own listeners, so that a change repaints what shows it and nothing else. */
import { useCallback, useRef, useSyncExternalStore } from 'react';
import type { ViewDiff, ViewRecord } from '../../core/index.ts';

type Listener = () => void;
export type RecordType = ViewRecord['type'];
export type RecordOf<T extends RecordType> = Extract<ViewRecord, { type: T }>;

export class RecordStore {
  private readonly records = new Map<string, ViewRecord>();
  private readonly byId = new Map<string, Set<Listener>>();
  private readonly byType = new Map<RecordType, Set<Listener>>();
  private readonly versions = new Map<RecordType, number>();
  /** Records that a message on its way will change: what came meanwhile, `null` when it will be gone. */
  private readonly held = new Map<string, { record: ViewRecord | null | undefined }>();

  get(id: string): ViewRecord | undefined {
    return this.records.get(id);
  }

  /** How often a record of this type came, changed or went. */
  version(type: RecordType): number {
    return this.versions.get(type) ?? 0;
  }

  list<T extends RecordType>(type: T): RecordOf<T>[] {
    const out: RecordOf<T>[] = [];
    for (const record of this.records.values()) if (record.type === type) out.push(record as RecordOf<T>);
    return out;
  }

  apply(diff: ViewDiff, reset: boolean): void {
    const touched = new Set<string>();
    const types = new Set<RecordType>();
    if (reset) {
      this.held.clear();
      const kept = new Set(diff.changed.map((record) => record.id));
      for (const id of [...this.records.keys()]) if (!kept.has(id)) this.drop(id, touched, types);
    }
    for (const record of diff.changed) this.put(record, touched, types);
    for (const id of diff.removed) {
      const hold = this.held.get(id);
      if (hold) hold.record = null;
      else this.drop(id, touched, types);
    }
    this.tell(touched, types);
  }

  /** Keeps a record as it is shown until `release`; what comes meanwhile is kept back. */
  hold(id: string): void {
    if (!this.held.has(id)) this.held.set(id, { record: undefined });
  }

  release(id: string): void {
    const hold = this.held.get(id);
    if (!hold) return;
    this.held.delete(id);
    const touched = new Set<string>();
    const types = new Set<RecordType>();
    if (hold.record === null) this.drop(id, touched, types);
    else if (hold.record) this.put(hold.record, touched, types);
    this.tell(touched, types);
  }

  releaseAll(): void {
    for (const id of [...this.held.keys()]) this.release(id);
  }

  subscribe(id: string, listener: Listener): () => void {
    return listen(this.byId, id, listener);
  }

  subscribeType(type: RecordType, listener: Listener): () => void {
    return listen(this.byType, type, listener);
  }

  private put(record: ViewRecord, touched: Set<string>, types: Set<RecordType>): void {
    const hold = this.held.get(record.id);
    if (hold) {
      hold.record = record;
      return;
    }
    this.records.set(record.id, record);
    touched.add(record.id);
    types.add(record.type);
  }

  private drop(id: string, touched: Set<string>, types: Set<RecordType>): void {
    const record = this.records.get(id);
    if (!record) return;
    this.records.delete(id);
    touched.add(id);
    types.add(record.type);
  }

  private tell(touched: Set<string>, types: Set<RecordType>): void {
    for (const type of types) this.versions.set(type, this.version(type) + 1);
    for (const id of touched) for (const listener of this.byId.get(id) ?? []) listener();
    for (const type of types) for (const listener of this.byType.get(type) ?? []) listener();
  }
}

function listen<K>(map: Map<K, Set<Listener>>, key: K, listener: Listener): () => void {
  const set = map.get(key) ?? new Set();
  map.set(key, set);
  set.add(listener);
  return () => {
    set.delete(listener);
    if (set.size === 0) map.delete(key);
  };
}

export const records = new RecordStore();

/** One record; `undefined` when there is none. Repaints when this record changes. */
export function useRecord<T extends RecordType = RecordType>(id: string, store: RecordStore = records): RecordOf<T> | undefined {
  const subscribe = useCallback((listener: Listener) => store.subscribe(id, listener), [store, id]);
  return useSyncExternalStore(subscribe, () => store.get(id)) as RecordOf<T> | undefined;
}

/** All records of a type that pass `filter` (give a stable function), the same array until one of them changes. */
export function useRecords<T extends RecordType>(type: T, filter?: (record: RecordOf<T>) => boolean, store: RecordStore = records): readonly RecordOf<T>[] {
  const known = useRef<{ version: number; filter: typeof filter; list: RecordOf<T>[] } | null>(null);
  const subscribe = useCallback((listener: Listener) => store.subscribeType(type, listener), [store, type]);
  return useSyncExternalStore(subscribe, () => {
    const version = store.version(type);
    const before = known.current;
    if (before && before.version === version && before.filter === filter) return before.list;
    const all = store.list(type);
    const list = filter ? all.filter(filter) : all;
    const same = before !== null && before.list.length === list.length && before.list.every((record, i) => record === list[i]);
    known.current = { version, filter, list: same ? before.list : list };
    return known.current.list;
  });
}
