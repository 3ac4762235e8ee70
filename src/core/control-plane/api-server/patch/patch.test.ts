import { describe, expect, it } from 'vitest';
import { resourceById } from '../../../api/resources.ts';
import { deepFreeze } from '../../../engine/share.ts';
import { Refusal } from '../errors.ts';
import { applyPatch } from './patch.ts';

const pods = resourceById('pods') as NonNullable<ReturnType<typeof resourceById>>;
const apply = (old: unknown, patch: unknown, type: 'strategic' | 'merge' | 'json' = 'strategic', resource = pods): unknown =>
  applyPatch(deepFreeze(JSON.parse(JSON.stringify(old))), patch, type, resource);

describe('strategic', () => {
  const containers = [
    { name: 'a', image: '1', env: [{ name: 'X', value: '1' }] },
    { name: 'b', image: '2' },
  ];
  it.each([
    ['merges containers by name', { spec: { containers: [{ name: 'b', image: '3' }] } }, [containers[0], { name: 'b', image: '3' }]],
    ['appends', { spec: { containers: [{ name: 'c', image: '3' }] } }, [...containers, { name: 'c', image: '3' }]],
    ['deletes', { spec: { containers: [{ name: 'a', $patch: 'delete' }] } }, [containers[1]]],
    ['replaces the list', { spec: { containers: [{ name: 'z' }, { $patch: 'replace' }] } }, [{ name: 'z' }]],
    [
      'merges env inside',
      { spec: { containers: [{ name: 'a', env: [{ name: 'Y', value: '2' }] }] } },
      [
        {
          ...containers[0],
          env: [
            { name: 'X', value: '1' },
            { name: 'Y', value: '2' },
          ],
        },
        containers[1],
      ],
    ],
    [
      'orders',
      { spec: { containers: [{ name: 'c' }], '$setElementOrder/containers': [{ name: 'c' }, { name: 'a' }, { name: 'b' }] } },
      [{ name: 'c' }, ...containers],
    ],
  ])('%s', (_, patch, expected) => {
    expect(apply({ spec: { containers } }, patch)).toEqual({ spec: { containers: expected } });
  });

  it('[recorded] conditions of others go to the end, and to the front when the next writer orders its own', () => {
    const [x, y, z] = [{ type: 'X' }, { type: 'Y' }, { type: 'Z' }];
    expect(apply({ status: { conditions: [x, y] } }, { status: { conditions: [z] } })).toEqual({ status: { conditions: [x, y, z] } });
    const order = { '$setElementOrder/conditions': [x, y], conditions: [{ type: 'X', status: 'True' }] };
    expect(apply({ status: { conditions: [x, y, z] } }, { status: order })).toEqual({ status: { conditions: [{ type: 'X', status: 'True' }, y, z] } });
  });

  it('primitive lists: finalizers merge and lose by directive', () => {
    expect(apply({ metadata: { finalizers: ['a'] } }, { metadata: { finalizers: ['b', 'a'] } })).toEqual({ metadata: { finalizers: ['a', 'b'] } });
    expect(apply({ metadata: { finalizers: ['a', 'b'] } }, { metadata: { '$deleteFromPrimitiveList/finalizers': ['a'] } })).toEqual({
      metadata: { finalizers: ['b'] },
    });
  });

  it('retains keys', () => {
    const deploy = resourceById('deployments.apps') as typeof pods;
    expect(
      apply(
        { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: {} } } },
        { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } },
        'strategic',
        deploy,
      ),
    ).toEqual({
      spec: { strategy: { type: 'Recreate' } },
    });
  });

  it('other lists are replaced; a null removes; nulls of new maps vanish', () => {
    expect(apply({ spec: { tolerations: [{ key: 'a' }], x: 1 } }, { spec: { tolerations: [], x: null, y: { z: null, w: 1 } } })).toEqual({
      spec: { tolerations: [], y: { w: 1 } },
    });
  });

  it('services merge ports by port', () => {
    const services = resourceById('services') as typeof pods;
    expect(apply({ spec: { ports: [{ port: 80, name: 'a' }] } }, { spec: { ports: [{ port: 81, name: 'b' }] } }, 'strategic', services)).toEqual({
      spec: {
        ports: [
          { port: 80, name: 'a' },
          { port: 81, name: 'b' },
        ],
      },
    });
  });

  it('a missing merge key is refused', () => {
    const bad = () => apply({ spec: { containers } }, { spec: { containers: [{ image: 'x' }] } });
    expect(bad).toThrow(Refusal as never);
  });

  it('shares what it does not touch, and changes nothing for nothing', () => {
    const old = deepFreeze({ metadata: { labels: { a: 'b' } }, spec: { containers }, status: { phase: 'Pending' } });
    const next = applyPatch(old as never, { status: { phase: 'Running' } }, 'strategic', pods);
    expect([next.spec, next.metadata]).toEqual([old.spec, old.metadata]);
    expect(next.spec).toBe(old.spec);
    expect(applyPatch(old as never, { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'a' }] } }, 'strategic', pods)).toBe(old);
  });
});

describe('merge', () => {
  it('replaces lists, removes nulls', () => {
    expect(apply({ a: [1], b: { c: 1, d: 2 } }, { a: [2], b: { c: null } }, 'merge')).toEqual({ a: [2], b: { d: 2 } });
  });
});

describe('json', () => {
  const old = { a: { b: [1, 2] }, 'x/y': 1 };
  it.each([
    [[{ op: 'add', path: '/a/b/-', value: 3 }], { a: { b: [1, 2, 3] }, 'x/y': 1 }],
    [[{ op: 'add', path: '/a/b/0', value: 0 }], { a: { b: [0, 1, 2] }, 'x/y': 1 }],
    [[{ op: 'remove', path: '/a/b/0' }], { a: { b: [2] }, 'x/y': 1 }],
    [[{ op: 'replace', path: '/x~1y', value: 2 }], { a: { b: [1, 2] }, 'x/y': 2 }],
    [[{ op: 'move', from: '/x~1y', path: '/z' }], { a: { b: [1, 2] }, z: 1 }],
    [[{ op: 'copy', from: '/a/b', path: '/c' }], { a: { b: [1, 2] }, 'x/y': 1, c: [1, 2] }],
    [[{ op: 'test', path: '/a/b/1', value: 2 }], old],
    [[{ op: 'test', path: '/nope', value: null }], old],
  ])('%j', (patch, expected) => expect(apply(old, patch, 'json')).toEqual(expected));

  it.each([
    [[{ op: 'remove', path: '/nope' }]],
    [[{ op: 'replace', path: '/a/b/5', value: 1 }]],
    [[{ op: 'test', path: '/a', value: 1 }]],
    [[{ op: 'add', path: 'a', value: 1 }]],
    [[{ op: 'nope', path: '/a' }]],
    [[null]],
    [[{ op: 'add', path: '/__proto__/polluted', value: 1 }]],
    [[{ op: 'add', path: '/constructor/prototype/polluted', value: 1 }]],
  ])('%j is refused', (patch) => expect(() => apply(old, patch, 'json')).toThrow(Refusal as never));
});

describe('hostile keys', () => {
  it.each(['strategic', 'merge'] as const)('%s', (type) => {
    const patch = JSON.parse('{"__proto__":{"polluted":1},"metadata":{"__proto__":{"polluted":1},"labels":{"constructor":"x"}}}');
    const out = apply({ metadata: {} }, patch, type);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(out).toEqual({ metadata: { labels: { constructor: 'x' } } });
  });
});
