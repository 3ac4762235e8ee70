/** Where packets can start and go, and which of it is asked now: chosen, or what is selected on the map. */
import { useMemo } from 'react';
import type { LensPacketQuestion } from '../../core/index.ts';
import { useRecord, useRecords } from '../state/records.ts';
import { useFrame } from '../state/run.ts';
import { useUi } from '../state/ui.ts';
import { lensWords as t } from '../words/lens.en.ts';
import { useLens } from './store.ts';

export const other = 'other';

export interface Start {
  key: string;
  label: string;
  id: string;
  ip: string;
}

export interface Goal {
  key: string;
  label: string;
  ip: string;
  port: number;
  protocol: LensPacketQuestion['protocol'];
  id: string;
}

export interface Asking {
  starts: Start[];
  goals: Goal[];
  start: Start | undefined;
  goal: Goal | undefined;
  /** Null: nothing that can be asked. */
  question: LensPacketQuestion | null;
  /** Changes when the answer may have. */
  again: unknown;
  /** The cluster's own Services with an address. */
  own: number;
  /** Changes with the endpoints that the destination has. */
  shape: string;
}

const protocolOf = (text: string): Goal['protocol'] => (text === 'UDP' ? 'udp' : text === 'SCTP' ? 'sctp' : 'tcp');

export function useAsking(): Asking {
  const pods = useRecords('pod');
  const services = useRecords('service');
  const nodes = useRecords('node');
  const selectedId = useUi((ui) => ui.selectedId);
  const { from, to, typed, packet, seed } = useLens();
  const starts = useMemo<Start[]>(
    () => [
      ...pods.filter((p) => p.ip !== '' && !p.hostNetwork).map((p) => ({ key: `${p.namespace}/${p.name}`, label: `${p.name} ${p.ip}`, id: p.id, ip: p.ip })),
      ...nodes.map((n) => ({ key: n.name, label: `${n.name} ${n.ip}`, id: n.id, ip: n.ip })),
      { key: 'client', label: t.outside, id: '', ip: '' },
    ],
    [pods, nodes],
  );
  const goals = useMemo<Goal[]>(() => {
    const out: Goal[] = [];
    const node = nodes.find((n) => n.glassed) ?? nodes[0];
    for (const s of services) {
      if (s.clusterIP === '' || s.clusterIP === 'None') continue;
      for (const p of s.ports) {
        const protocol = protocolOf(p.protocol);
        const base = { ip: s.clusterIP, port: p.port, protocol, id: s.id };
        out.push({ ...base, key: `${s.id}:${p.protocol}${p.port}`, label: `${t.service(s.name)} ${s.clusterIP}:${p.port}` });
        if (p.nodePort && node)
          out.push({ ...base, key: `${s.id}:node${p.nodePort}`, ip: node.ip, port: p.nodePort, label: `${t.nodePort(s.name)} ${node.ip}:${p.nodePort}` });
      }
      out.push({ key: `${s.id}:ping`, label: `${t.service(s.name)} ${s.clusterIP} ping`, ip: s.clusterIP, port: 0, protocol: 'icmp', id: s.id });
    }
    for (const p of pods) if (p.ip !== '') out.push({ key: p.id, label: `${p.name} ${p.ip}:80`, ip: p.ip, port: 80, protocol: 'tcp', id: p.id });
    return out;
  }, [services, pods, nodes]);
  const start =
    starts.find((s) => s.key === from) ??
    starts.find((s) => s.id === selectedId && s.id.startsWith('pod/')) ??
    starts.find((s) => s.key === 'default/client') ??
    starts[0];
  const chosen = goals.find((g) => g.key === to) ?? goals.find((g) => g.id === selectedId && g.id.startsWith('service/')) ?? firstGoal(goals);
  const goal: Goal | undefined = to === other ? { ...typed, label: '', key: other, id: '' } : chosen;
  const rules = useRecord<'kernel'>(`kernel/${nodes.find((n) => n.glassed)?.name ?? ''}/netfilter`)?.facts;
  const resting = useFrame((run) => (run.playing ? Math.floor(run.nowMs / 2000) : run.nowMs));
  const again = useMemo(() => ({ rules, resting }), [rules, resting]);
  const valid = start && goal && goal.ip !== '' && (goal.port > 0 || goal.protocol === 'icmp');
  const { ip, port, protocol } = goal ?? { ip: '', port: 0, protocol: 'tcp' as const };
  const startKey = start?.key ?? '';
  const question = useMemo<LensPacketQuestion | null>(
    () => (valid ? { from: startKey, toIP: ip, toPort: protocol === 'icmp' ? 0 : port, protocol, seed, packet } : null),
    [valid, startKey, ip, port, protocol, seed, packet],
  );
  const own = services.filter((s) => s.clusterIP !== '' && s.clusterIP !== 'None').length;
  const behind = services.find((s) => s.id === goal?.id);
  const shape = behind ? behind.endpoints.map((e) => `${e.ip} ${e.ready}`).join() : '';
  return { starts, goals, start, goal, question, again, own, shape };
}

/** One of the user's own, rather than the cluster's. */
const firstGoal = (goals: readonly Goal[]): Goal | undefined => goals.find((g) => /^Service (?!kube)/.test(g.label)) ?? goals[0];
