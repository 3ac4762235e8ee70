/** Reads the vectors of `fixtures/vectors` and, where they are present, the upstream tests' ones of `../shared/vectors`. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import type { EndpointSlice, Service } from '../../../api/types.ts';
import type { LocalTrafficDetector, ProxierConfig } from '../config.ts';
import { defaultProxierConfig } from '../config.ts';
import { type Applied, applyChanges, endpointSliceUpdate, serviceUpdate, type Tracker, tracker } from '../tracking/tracker.ts';

export interface Op {
  op: 'applyService' | 'applyEndpointSlice' | 'deleteService' | 'deleteEndpointSlice';
  object?: Service | EndpointSlice;
  name?: string;
}
export interface Step {
  ops: Op[];
  fullSync: boolean;
  expect: Record<string, unknown>;
}
export interface Vector {
  file: string;
  name: string;
  config: Record<string, unknown>;
  steps: Step[];
  [other: string]: unknown;
}

const root = fileURLToPath(new URL('../../../../../', import.meta.url));

/** The vectors of a folder; `missing` names what cannot be read here. */
export function vectors(folder: string): { found: Vector[]; missing: string | null } {
  const found: Vector[] = [];
  const seen = new Set<string>();
  let missing: string | null = null;
  for (const where of [`${root}fixtures/vectors/${folder}`, `${root}../shared/vectors/${folder}`]) {
    if (!existsSync(where)) {
      if (where.includes('shared')) missing = `../shared/vectors/${folder} (vectors of upstream's tests) is not present`;
      continue;
    }
    for (const file of readdirSync(where).sort()) {
      if (!file.endsWith('.yaml') || seen.has(file)) continue;
      seen.add(file);
      found.push({ ...(parse(readFileSync(`${where}/${file}`, 'utf8')) as Omit<Vector, 'file'>), file } as Vector);
    }
  }
  return { found: found.sort((a, b) => (a.file < b.file ? -1 : 1)), missing };
}

export function configOf(vector: Vector): ProxierConfig {
  const c = vector.config;
  return {
    ...defaultProxierConfig,
    family: c.ipFamily as 'IPv4' | 'IPv6',
    nodeName: c.nodeName as string,
    nodeIP: (c.nodeIP as string | undefined) ?? '',
    masqueradeAll: c.masqueradeAll === true,
    masqueradeMark: (c.masqueradeMark as string | undefined) ?? '0x4000',
    detector: c.localTrafficDetector as LocalTrafficDetector,
    nodePortAddresses: (c.nodePortAddresses as string[] | undefined) ?? [],
    localhostNodePorts: c.localhostNodePorts !== false,
    conntrackTCPLiberal: c.conntrackTCPLiberal === true,
    nfAcctCounters: (c.nfAcctCounters as string[] | undefined) ?? [],
    randomFully: c.randomFully === true,
    scheduler: (c.scheduler as string | undefined) ?? 'rr',
    serviceCIDRs: (c.serviceCIDRs as string | undefined) ?? '',
  };
}

export class Driver {
  readonly tracker: Tracker;
  readonly config: ProxierConfig;
  readonly log: string[] = [];
  private readonly slices: Record<string, EndpointSlice> = {};

  constructor(vector: Vector) {
    this.config = configOf(vector);
    this.tracker = tracker(this.config.family, this.config.nodeName);
  }

  apply(step: Step): Applied {
    this.record(step);
    return applyChanges(this.tracker, (line) => void this.log.push(line));
  }

  /** Events before a sync, which is not begun. */
  record(step: Step): void {
    const log = (line: string): void => void this.log.push(line);
    for (const { op, object, name } of step.ops) {
      if (op === 'applyService') serviceUpdate(this.tracker, nameOf(object as Service), object as Service, log);
      else if (op === 'deleteService') serviceUpdate(this.tracker, name as string, null, log);
      else if (op === 'applyEndpointSlice') {
        this.slices[nameOf(object as EndpointSlice)] = object as EndpointSlice;
        endpointSliceUpdate(this.tracker, object as EndpointSlice, false, log);
      } else endpointSliceUpdate(this.tracker, this.slices[name as string] as EndpointSlice, true, log);
    }
  }
}

const nameOf = (object: Service | EndpointSlice): string => `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
