import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../api/types.ts';
import { type Harness, harness } from './testing/harness.ts';

const both = { serviceCIDR: '10.96.0.0/16,fd00:10:96::/112' };
const service = (name: string, spec: object): KubeObject =>
  ({ apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { selector: { a: 'b' }, ports: [{ port: 80 }], ...spec } }) as unknown as KubeObject;
const create = (h: Harness, spec: object = {}, name = 's') =>
  h.ask({ verb: 'create', resource: 'services', namespace: 'default', object: service(name, spec) });
const patch = (h: Harness, spec: object, name = 's') => h.ask({ verb: 'patch', resource: 'services', namespace: 'default', name, patch: { spec } });
const held = (h: Harness): string[] => Object.keys(h.state().serviceIPs).sort();

describe('a cluster with IPv4 and IPv6', () => {
  it.each([
    [{}, 'SingleStack', ['IPv4']],
    [{ ipFamilyPolicy: 'PreferDualStack' }, 'PreferDualStack', ['IPv4', 'IPv6']],
    [{ ipFamilyPolicy: 'RequireDualStack' }, 'RequireDualStack', ['IPv4', 'IPv6']],
    [{ ipFamilies: ['IPv6'] }, 'SingleStack', ['IPv6']],
    [{ ipFamilies: ['IPv6'], ipFamilyPolicy: 'PreferDualStack' }, 'PreferDualStack', ['IPv6', 'IPv4']],
    [{ clusterIP: 'fd00:10:96::abcd' }, 'SingleStack', ['IPv6']],
    [{ clusterIPs: ['fd00:10:96::7', '10.96.0.77'], clusterIP: 'fd00:10:96::7', ipFamilyPolicy: 'RequireDualStack' }, 'RequireDualStack', ['IPv6', 'IPv4']],
  ])('%j', (spec, policy, families) => {
    const h = harness(undefined, both);
    const made = create(h, spec).object?.spec as { ipFamilyPolicy: string; ipFamilies: string[]; clusterIPs: string[]; clusterIP: string };
    expect([made.ipFamilyPolicy, made.ipFamilies]).toEqual([policy, families]);
    expect(made.clusterIP).toBe(made.clusterIPs[0]);
    made.clusterIPs.forEach((ip, i) => {
      expect(ip.startsWith(families[i] === 'IPv6' ? 'fd00:10:96::' : '10.96.')).toBe(true);
    });
    expect(held(h)).toEqual(made.clusterIPs.slice().sort());
  });

  it('upgrades and downgrades by the policy, and gives the second address back', () => {
    const h = harness(undefined, both);
    const first = create(h).object?.spec.clusterIP as string;
    const up = patch(h, { ipFamilyPolicy: 'PreferDualStack' }).object?.spec as { clusterIPs: string[] };
    expect(up).toMatchObject({ clusterIP: first, ipFamilies: ['IPv4', 'IPv6'] });
    expect(up.clusterIPs).toHaveLength(2);
    expect(held(h)).toEqual(up.clusterIPs.slice().sort());
    const down = patch(h, { ipFamilyPolicy: 'SingleStack' }).object?.spec;
    expect(down).toMatchObject({ clusterIP: first, clusterIPs: [first], ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' });
    expect(held(h)).toEqual([first]);
  });

  it('a second address without a change of policy', () => {
    const h = harness(undefined, both);
    create(h, { clusterIP: '10.96.0.50' });
    expect(patch(h, { clusterIPs: ['10.96.0.50', 'fd00:10:96::50'] }).status?.message).toBe(
      `Service "s" is invalid: spec.ipFamilyPolicy: Invalid value: "SingleStack": must be 'RequireDualStack' or 'PreferDualStack' when multiple cluster IPs are specified`,
    );
    expect(held(h)).toEqual(['10.96.0.50']);
  });

  it.each([
    [{ ipFamilies: ['IPv4', 'IPv4'] }, 'spec.ipFamilies[1]: Duplicate value: "IPv4"'],
    [{ ipFamilies: ['IPv5'] }, 'spec.ipFamilies[0]: Unsupported value: "IPv5": supported values: "IPv4", "IPv6"'],
    [
      { ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'SingleStack' },
      `spec.ipFamilyPolicy: Invalid value: "SingleStack": must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified`,
    ],
    [{ clusterIP: 'fd00::9', ipFamilies: ['IPv4'] }, 'spec.clusterIPs[0]: Invalid value: "fd00::9": expected an IPv4 value as indicated by `ipFamilies[0]`'],
    [
      { clusterIP: 'fd00::9' },
      'spec.clusterIPs: Invalid value: ["fd00::9"]: failed to allocate IP fd00::9: the provided IP (fd00::9) is not in the valid range. The range of valid IPs is fd00:10:96::/112',
    ],
  ])('refuses %j', (spec, words) => {
    const h = harness(undefined, both);
    const refused = create(h, spec);
    expect([refused.code, refused.status?.message]).toEqual([422, `Service "s" is invalid: ${words}`]);
    expect(held(h)).toEqual([]);
  });

  it('a headless Service', () => {
    const h = harness(undefined, both);
    expect(create(h, { clusterIP: 'None', ipFamilyPolicy: 'PreferDualStack' }).object?.spec).toMatchObject({
      clusterIPs: ['None'],
      ipFamilies: ['IPv4', 'IPv6'],
    });
    expect(create(h, { clusterIP: 'None', selector: {} }, 't').object?.spec).toMatchObject({
      ipFamilyPolicy: 'RequireDualStack',
      ipFamilies: ['IPv4', 'IPv6'],
    });
  });
});

it('a cluster with IPv4 alone prefers in vain, and refuses what it lacks', () => {
  const h = harness();
  expect(create(h, { ipFamilyPolicy: 'PreferDualStack' }).object?.spec).toMatchObject({ ipFamilies: ['IPv4'], ipFamilyPolicy: 'PreferDualStack' });
  expect(create(h, { ipFamilyPolicy: 'RequireDualStack' }, 't').status?.message).toContain('this cluster is not configured for dual-stack services');
  expect(create(h, { clusterIP: 'fd00::9' }, 't').status?.message).toBe(
    'Service "t" is invalid: spec.clusterIPs[0]: Invalid value: ["fd00::9"]: IPv6 is not configured on this cluster',
  );
  expect(create(h, { ipFamilies: ['IPv6'] }, 't').status?.message).toContain('spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster');
});
