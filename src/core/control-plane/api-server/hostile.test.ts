import { describe, expect, it } from 'vitest';
import { harness, pod } from './testing/harness.ts';

describe('hostile requests', () => {
  it.each([
    [{ verb: 'create', resource: 'pods', object: null }],
    [{ verb: 'create', resource: 'pods', object: [] }],
    [{ verb: 'create', resource: 'pods', object: { kind: 'Pod', apiVersion: 'v1', metadata: 'x' } }],
    [
      {
        verb: 'create',
        resource: 'pods',
        object: JSON.parse('{"apiVersion":"v1","kind":"Pod","__proto__":{"polluted":1},"metadata":{"name":"__proto__","namespace":"__proto__"}}'),
      },
    ],
    [{ verb: 'create', resource: 'services', object: pod('x') }],
    [{ verb: 'update', resource: 'pods', name: 'x', object: { apiVersion: 'v1', kind: 'Pod' } }],
    [{ verb: 'patch', resource: 'pods', namespace: 'default', name: 'a', patch: { kind: 'Service' } }],
    [{ verb: 'patch', resource: 'pods', namespace: 'default', name: 'a', patch: { metadata: null } }],
    [{ verb: 'patch', resource: 'pods', namespace: 'default', name: 'a', patch: { spec: { containers: [5] } } }],
    [{ verb: 'patch', resource: 'pods', namespace: 'default', name: 'a', patchType: 'json', patch: [{ op: 'replace', path: '', value: 5 }] }],
    [{ verb: 'patch', resource: 'pods', namespace: 'default', name: 'a', patchType: 'odd', patch: {} }],
    [{ verb: 'delete', resource: 'pods', namespace: 'default', name: 'a', options: { gracePeriodSeconds: 'x' } }],
    [{ verb: 'delete', resource: 'pods', namespace: 'default', name: 'a', options: { propagationPolicy: 'x' } }],
    [{ verb: 'frobnicate', resource: 'pods' }],
    [{ verb: 'create', resource: 'pods', namespace: 'default', name: 'a', subresource: 'binding', object: null }],
    [{ verb: 'create', resource: 'pods', namespace: 'default', name: 'a', subresource: 'constructor' }],
    [{}],
  ])('%j is refused, the world untouched', (call) => {
    const h = harness();
    h.ask({ verb: 'create', resource: 'pods', namespace: 'default', object: pod('a') });
    h.notes.length = 0;
    const { code, status } = h.ask(call as never);
    expect(code).toBeGreaterThanOrEqual(400);
    expect(status?.message).toBeTruthy();
    expect(h.notes).toEqual([]);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('a patch nested 100 000 deep is refused', () => {
    const h = harness();
    h.ask({ verb: 'create', resource: 'pods', namespace: 'default', object: pod('a') });
    let patch: object = { x: 1 };
    for (let i = 0; i < 100_000; i += 1) patch = { a: patch };
    expect(h.ask({ verb: 'patch', resource: 'pods', namespace: 'default', name: 'a', patch }).status?.message).toBe('the request is nested too deeply');
  });
});
