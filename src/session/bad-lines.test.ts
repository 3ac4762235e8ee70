/** What is typed: addresses and lines that are none. The words are those of the real tool; caps are named. */
import { describe, expect, test } from 'vitest';
import { Cluster, service } from './testing/cluster.ts';

const shared = new Cluster();

describe('row 24: CIDR', () => {
  const policy = (cidr: string) => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'n' },
    spec: { podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr } }] }] },
  });
  const ranges = (cidr: string) => service('s', { type: 'LoadBalancer', ports: [{ port: 80 }], loadBalancerSourceRanges: [cidr] });
  test.each([
    ['10.0.0.0/33', 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'],
    ['::/129', 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'],
    ['10.0.0.0', 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'],
    ['010.0.0.0/8', 'must not have leading 0s in IP or prefix length'],
    ['10.0.0.0/08', 'must not have leading 0s in IP or prefix length'],
    ['::ffff:10.0.0.0/104', 'must not have an IPv4-mapped IPv6 address'],
    ['10.0.0.1/8', 'must not have bits set beyond the prefix length'],
  ])('row 24: %s', (cidr, words) => {
    expect(shared.apply(JSON.stringify(policy(cidr))).err).toBe(
      `The NetworkPolicy "n" is invalid: spec.ingress[0].from[0].ipBlock.cidr: Invalid value: "${cidr}": ${words}\n`,
    );
    expect(shared.apply(JSON.stringify(ranges(cidr))).err).toContain(`spec.LoadBalancerSourceRanges[0]: Invalid value: "${cidr}": ${words}`);
  });
  test('row 24: all of IPv4 and all of IPv6 are networks', () => {
    for (const cidr of ['0.0.0.0/0', '::/0']) expect(shared.apply(JSON.stringify(policy(cidr))).rc).toBe(0);
  });
  test('row 24: of tools on the node', () => {
    expect(shared.shell('iptables -A INPUT -s 10.0.0.0/33 -j DROP').err).toContain("host/network `10.0.0.0/33' not found");
    expect(shared.shell('ip6tables -A INPUT -s ::/129 -j DROP').err).toContain("host/network `::/129' not found");
  });
});

describe('row 28: lines of the shell', () => {
  test.each([
    ['frobnicate', 127, 'sh: frobnicate: not found\n'],
    ['echo "unclosed', 2, 'sh: syntax error: unterminated quoted string\n'],
    ['if true; then', 2, 'sh: syntax error: unexpected end of file (expecting "then")\n'],
    ['a'.repeat(1 << 20), 2, 'sh: syntax error: script longer than 131072 characters\n'],
  ])('row 28: %.30s', (line, rc, err) => {
    expect(shared.shell(line)).toMatchObject({ rc, err, out: '' });
  });
  test('row 28: control characters are text', () => {
    expect(shared.shell('echo \u0001\u0007\u001b[31mred\u202e').out).toBe('\u0001\u0007\u001b[31mred\u202e\n');
  });
  test('row 28: 10 000 lines pasted at once run in order', () => {
    const out = shared
      .shell(Array.from({ length: 10_000 }, (_, i) => `echo ${i}`).join('\n'), 20_000)
      .out.trim()
      .split('\n');
    expect([out.length, out[0], out[9999]]).toEqual([10_000, '0', '9999']);
  });
  test('row 28: verbs that kubectl does not know, quotes that do not close', () => {
    expect(shared.kubectl('frobnicate')).toMatchObject({ rc: 1, err: expect.stringContaining('unknown command "frobnicate" for "kubectl"') });
    expect(shared.kubectl(`get ${'x'.repeat(1 << 20)}`)).toMatchObject({ rc: 1, err: expect.stringContaining("the server doesn't have a resource type") });
  });
});
