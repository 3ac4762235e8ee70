import { describe, expect, test } from 'vitest';
import { harness } from '../testing/harness.ts';
import { repackSubsets } from './endpoints.ts';

describe('repackSubsets', () => {
  test('ports come in the order of their hashes, as recorded: 443 of b before 80 of a', () => {
    const ports = [
      { name: 'a', port: 80, protocol: 'TCP' },
      { name: 'b', port: 443, protocol: 'TCP' },
    ];
    const [subset] = repackSubsets([{ addresses: [{ ip: '10.244.0.172' }, { ip: '10.244.0.176' }], ports }]);
    expect(subset?.ports?.map((p) => p.port)).toEqual([443, 80]);
  });

  test('addresses come in the order of their text', () => {
    const [subset] = repackSubsets([{ addresses: [{ ip: '10.0.0.2' }, { ip: '10.0.0.10' }], ports: [{ port: 1, protocol: 'TCP' }] }]);
    expect(subset?.addresses?.map((a) => a.ip)).toEqual(['10.0.0.10', '10.0.0.2']);
  });

  test('ports with the same addresses are put together; not ready trumps ready', () => {
    const port = { port: 1, protocol: 'TCP' };
    const got = repackSubsets([
      { addresses: [{ ip: '10.0.0.1' }], ports: [port] },
      { notReadyAddresses: [{ ip: '10.0.0.1' }], ports: [port, { port: 2, protocol: 'TCP' }] },
    ]);
    expect(got).toHaveLength(1);
    expect(got[0]?.addresses).toBeUndefined();
    expect(got[0]?.notReadyAddresses).toEqual([{ ip: '10.0.0.1' }]);
    expect(got[0]?.ports?.map((p) => p.port).sort()).toEqual([1, 2]);
  });
});

test('the API server lays out what is written, and a second write in another order changes nothing', () => {
  const h = harness([]);
  const object = (names: string[]) =>
    ({
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: { name: 'e', namespace: 'default' },
      subsets: [{ addresses: [{ ip: '10.0.0.9' }], ports: names.map((name) => ({ name, port: name === 'a' ? 80 : 443, protocol: 'TCP' })) }],
    }) as never;
  const made = h.ask({ verb: 'create', resource: 'endpoints', namespace: 'default', object: object(['a', 'b']) });
  expect((made.object as unknown as { subsets: { ports: { name: string }[] }[] }).subsets[0]?.ports.map((p) => p.name)).toEqual(['b', 'a']);
  const again = h.ask({ verb: 'update', resource: 'endpoints', namespace: 'default', name: 'e', object: object(['a', 'b']) });
  expect(again.code).toBe(200);
  expect(again.object?.metadata.resourceVersion).toBe(made.object?.metadata.resourceVersion);
});
