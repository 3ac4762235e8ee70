// @vitest-environment happy-dom
import { act } from 'react';
import { createRoot } from 'react-dom/client';
import { beforeEach, describe, expect, it } from 'vitest';
import type { PodRecord } from '../../core/index.ts';
import { pod } from '../testing/fixture-frame.ts';
import { RecordStore, useRecord, useRecords } from './records.ts';

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

let store: RecordStore;
beforeEach(() => {
  store = new RecordStore();
  store.apply({ changed: [pod('a'), pod('b')], removed: [] }, true);
});
const put = (...changed: PodRecord[]): void => store.apply({ changed, removed: [] }, false);

describe('records', () => {
  it('tell only the listeners of what changed', () => {
    const told: string[] = [];
    store.subscribe('pod/a', () => told.push('a'));
    store.subscribe('pod/b', () => told.push('b'));
    put(pod('a', { status: 'Error' }));
    expect(told).toEqual(['a']);
    store.apply({ changed: [], removed: ['pod/b'] }, false);
    expect(told).toEqual(['a', 'b']);
    expect(store.get('pod/b')).toBeUndefined();
  });

  it('forget on a reset what is not told again', () => {
    store.apply({ changed: [pod('c')], removed: [] }, true);
    expect(store.list('pod').map((p) => p.name)).toEqual(['c']);
  });

  it('that are held are shown when they are released, the newest', () => {
    store.hold('pod/a');
    put(pod('a', { status: 'Pending' }));
    put(pod('a', { status: 'Error' }));
    expect((store.get('pod/a') as PodRecord).status).toBe('Running');
    store.release('pod/a');
    expect((store.get('pod/a') as PodRecord).status).toBe('Error');
  });

  it('that are held and removed go when they are released', () => {
    store.hold('pod/a');
    store.apply({ changed: [], removed: ['pod/a'] }, false);
    expect(store.get('pod/a')).toBeDefined();
    store.releaseAll();
    expect(store.get('pod/a')).toBeUndefined();
  });
});

describe('hooks', () => {
  const unready = (p: PodRecord): boolean => p.family !== 'ready';

  it('paint again only what shows the record, with the same list while none of it changed', async () => {
    const painted = { one: 0, list: 0 };
    const lists = new Set<unknown>();
    // biome-ignore lint/correctness/noComponentHookFactories: counts its own paints.
    const One = () => {
      painted.one += 1;
      return <i>{useRecord<'pod'>('pod/a', store)?.status}</i>;
    };
    // biome-ignore lint/correctness/noComponentHookFactories: counts its own paints.
    const List = () => {
      painted.list += 1;
      const list = useRecords('pod', unready, store);
      lists.add(list);
      return <b>{list.length}</b>;
    };
    const box = document.createElement('div');
    const root = createRoot(box);
    await act(async () =>
      root.render(
        <>
          <One />
          <List />
        </>,
      ),
    );
    await act(async () => put(pod('b', { restarts: 1 })));
    expect(painted).toEqual({ one: 1, list: 1 });
    await act(async () => put(pod('a', { status: 'Error', family: 'failed' })));
    expect(box.textContent).toBe('Error1');
    expect(painted).toEqual({ one: 2, list: 2 });
    expect(lists.size).toBe(2);
    await act(async () => root.unmount());
  });
});
