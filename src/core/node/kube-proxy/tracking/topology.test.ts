import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Endpoint } from './endpoints.ts';
import type { ServicePort } from './service-port.ts';
import { categorizeEndpoints } from './topology.ts';

interface Case {
  name: string;
  nodeName?: string;
  nodeLabels?: Record<string, string>;
  preferSameTrafficDistribution?: boolean;
  service: { externalPolicyLocal: boolean; internalPolicyLocal: boolean; nodePort: number };
  endpoints: { endpoint: string; local: boolean; ready: boolean; serving: boolean; terminating: boolean; zoneHints?: string[]; nodeHints?: string[] }[];
  expect: { all: string[]; cluster: string[]; local: string[]; hasAnyEndpoints: boolean };
}

const file = fileURLToPath(new URL('../../../../../../shared/vectors/kube-proxy-endpoints/categorize.yaml', import.meta.url));
if (!existsSync(file)) test.skip('../shared/vectors/kube-proxy-endpoints (cases of upstream) is not present', () => {});

for (const c of existsSync(file) ? (parse(readFileSync(file, 'utf8')) as { cases: Case[] }).cases : []) {
  test(c.name, () => {
    const port = { ...c.service, externalIPs: [], loadBalancerVIPs: [] } as unknown as ServicePort;
    const endpoints = c.endpoints.map((e): Endpoint => {
      // The gate that these cases turn off is locked on in v1.36: without it node hints are as good as none.
      const nodeHints = c.preferSameTrafficDistribution === false ? [] : (e.nodeHints ?? []);
      return { ...e, isLocal: e.local, ip: '', port: 0, zoneHints: e.zoneHints ?? [], nodeHints };
    });
    const found = categorizeEndpoints(endpoints, port, c.nodeName ?? '', c.nodeLabels ?? {});
    const names = (list: readonly Endpoint[]): string[] => list.map((e) => e.endpoint).sort();
    expect({ all: names(found.reachable), cluster: names(found.cluster), local: names(found.local), hasAnyEndpoints: found.hasEndpoints }).toEqual(c.expect);
  });
}
