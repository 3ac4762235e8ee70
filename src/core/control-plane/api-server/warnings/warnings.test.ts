import { describe, expect, it } from 'vitest';
import { harness, pod } from '../testing/harness.ts';

const warned = (resource: string, object: unknown) =>
  harness().ask({ verb: 'create', resource, namespace: 'default', object, options: { dryRun: true } }).warnings;
const service = (spec: object) => ({ apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec: { ports: [{ port: 80 }], ...spec } });
const container = (more: object) => pod('a', { containers: [{ name: 'c', image: 'x', ...more }] });

describe('warnings', () => {
  it.each([
    [
      '[recorded] externalIPs',
      'services',
      service({ externalIPs: ['192.0.2.1'] }),
      ['spec.externalIPs is deprecated and may no longer be implemented in some clusters'],
    ],
    ['[recorded] headless: none', 'services', service({ clusterIP: 'None' }), undefined],
    [
      'headless with affinity',
      'services',
      service({ clusterIP: 'None', sessionAffinity: 'ClientIP' }),
      ['spec.SessionAffinity is ignored for headless services'],
    ],
    [
      'a name with dots',
      'pods',
      pod('a.b'),
      ["metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]"],
    ],
    [
      'an old node label',
      'pods',
      pod('a', { nodeSelector: { 'beta.kubernetes.io/os': 'linux' } }),
      ['spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead'],
    ],
    [
      'a variable twice',
      'pods',
      container({ env: [{ name: 'A', value: '1' }, { name: 'A', value: '2' }, { name: 'B' }, { name: 'B', value: 'x$(B)' }] }),
      ['spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply'],
    ],
    [
      'a port twice',
      'pods',
      container({
        ports: [
          { containerPort: 80, name: 'a' },
          { containerPort: 80, name: 'b' },
        ],
      }),
      ['spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]'],
    ],
    ['[recorded] a negative grace: none', 'pods', pod('a', { terminationGracePeriodSeconds: -5 }), undefined],
    ['an unknown field', 'pods', pod('a', { nope: 1 }), ['unknown field "spec.nope"']],
  ])('%s', (_, resource, object, expected) => {
    expect(warned(resource, object)).toEqual(expected);
  });
});
