/** Which records of the map a rule is about: its Service, the pods whose addresses it names. */
import { useMemo } from 'react';
import type { WalkStep } from '../../core/index.ts';
import { useRecords } from '../state/records.ts';
import { aboutStep } from './rows.ts';

export interface Joins {
  /** Ids of records, the nearest first. */
  of(step: Pick<WalkStep, 'text' | 'chain'>): string[];
}

export function useJoins(): Joins {
  const services = useRecords('service');
  const pods = useRecords('pod');
  const nodes = useRecords('node');
  return useMemo(() => {
    const byName = new Map(services.map((s) => [`${s.namespace}/${s.name}`, s.id]));
    const byIP = new Map<string, string>();
    for (const n of nodes) byIP.set(n.ip, n.id);
    for (const s of services) byIP.set(s.clusterIP, s.id);
    for (const p of pods) if (p.ip !== '' && !p.hostNetwork) byIP.set(p.ip, p.id);
    const known = new Map<string, string[]>();
    return {
      of: (step) => {
        const key = `${step.chain ?? ''} ${step.text}`;
        let ids = known.get(key);
        if (!ids) {
          const { service, ips } = aboutStep(step);
          const found = [...ips.map((ip) => byIP.get(ip)), byName.get(service)].filter((id): id is string => id !== undefined);
          // A pod says more than the Service it is behind.
          ids = [...new Set(found)].sort((a, b) => Number(b.startsWith('pod/')) - Number(a.startsWith('pod/')));
          if (known.size < 20_000) known.set(key, ids);
        }
        return ids;
      },
    };
  }, [services, pods, nodes]);
}
