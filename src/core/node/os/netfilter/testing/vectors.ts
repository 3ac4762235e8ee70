/** kube-proxy's vectors, for tests: the authored ones of `fixtures`, and those beside the repository when they are there. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

export interface FlowRow {
  name: string;
  sourceIP: string;
  protocol: string;
  destIP: string;
  destPort: number;
  output: string;
  masq: boolean;
}
export interface Step {
  fullSync: boolean;
  expect: {
    restoreInput?: string;
    iptablesSave?: string;
    transaction?: string;
    nftList?: string;
    flows?: FlowRow[];
    ipsets?: Record<string, { type: string; family: string; entries: string[] }>;
    virtualServers?: { address: string; port: number; protocol: string; scheduler: string; realServers: { address: string; port: number; weight: number }[] }[];
  };
}
export interface Vector {
  file: string;
  name: string;
  config: {
    ipFamily: 'IPv4' | 'IPv6';
    localAddresses?: string[];
    nodeIP?: string;
    nodeAddresses?: string[];
    iptables?: { localAddresses?: string[] };
    nftables?: { localAddresses?: string[] };
  };
  steps: Step[];
}

const root = fileURLToPath(new URL('../../../../../../', import.meta.url));
const beside = join(root, '..', 'shared', 'vectors');

function readFolder(folder: string, kind: string): Vector[] {
  const path = join(folder, kind);
  return (
    readdirSync(path)
      .filter((file) => file.endsWith('.yaml'))
      .sort()
      .map((file) => ({ file, ...(parse(readFileSync(join(path, file), 'utf8')) as Omit<Vector, 'file'>) }))
      // A digest of a large rule set has no steps to load: it is compared where the rules are made, in kube-proxy/iptables/proxier.test.ts.
      .filter((vector) => Array.isArray(vector.steps))
  );
}

export const upstreamAbsent = (kind: string): boolean => !existsSync(join(beside, kind));

export function vectors(kind: 'kube-proxy-iptables' | 'kube-proxy-ipvs' | 'kube-proxy-nftables'): Vector[] {
  const authored = readFolder(join(root, 'fixtures', 'vectors'), kind);
  if (upstreamAbsent(kind)) return authored;
  return [...readFolder(beside, kind).filter((v) => !v.file.includes('-x-')), ...authored];
}

export const localAddresses = (v: Vector): string[] =>
  v.config.localAddresses ?? v.config.iptables?.localAddresses ?? v.config.nftables?.localAddresses ?? v.config.nodeAddresses ?? [];

export const recording = (path: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(root, 'fixtures', 'recordings', path), 'utf8')) as Record<string, unknown>;
