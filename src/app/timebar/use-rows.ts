/** Rows of the time bar, made anew when lanes, pods, the selection or the axis change. */
import { useMemo } from 'react';
import type { PodRecord } from '../../core/index.ts';
import { useShownComparison } from '../compare/store.ts';
import { useNodes } from '../map/nodes.ts';
import { records, useRecords } from '../state/records.ts';
import { useFrame } from '../state/run.ts';
import { useUi } from '../state/ui.ts';
import { panelWords } from '../words/panels.en.ts';
import { axisOf } from './axis.ts';
import { type Row, rowsOf } from './rows.ts';
import { twinRows, withGhosts } from './twins.ts';
import { useTimeView } from './view.ts';

/** Coarse, so that playing does not make rows at every frame. */
const coarse = (ms: number): number => Math.floor(ms / 1000) * 1000;

export function useRows(): readonly Row[] {
  const lanes = useFrame((run) => run.lanes);
  const marks = useFrame((run) => run.marks);
  const selectedId = useUi((ui) => ui.selectedId);
  const zoom = useTimeView((view) => view.zoom);
  const fromMs = useFrame((run) => coarse(axisOf(run.nowMs, Math.max(run.knownUntilMs, run.runs.ghostUntilMs), zoom, 1).fromMs));
  const toMs = useFrame((run) => coarse(axisOf(run.nowMs, Math.max(run.knownUntilMs, run.runs.ghostUntilMs), zoom, 1).toMs) + 1000);
  const pods = useRecords('pod');
  const nodes = useRecords('node');
  const { glass, cluster } = useNodes();
  const ghosts = useFrame((run) => run.runs.ghosts);
  const compared = useShownComparison();
  return useMemo(() => {
    if (compared) return twinRows(compared, cluster ? '' : glass, panelWords.time.rows);
    const byUid = new Map<string, PodRecord>(pods.map((pod) => [pod.uid, pod]));
    const rows = rowsOf(
      {
        lanes,
        marks,
        selectedId,
        node: cluster ? '' : glass,
        axis: { fromMs, toMs },
        podOf: (uid) => byUid.get(uid),
        nodeFamily: (name) => nodes.find((node) => node.name === name)?.family,
      },
      panelWords.time.rows,
    );
    return withGhosts(rows, ghosts, (about) => byUid.has(about.slice('pod/'.length)));
  }, [lanes, marks, selectedId, fromMs, toMs, pods, nodes, glass, cluster, ghosts, compared]);
}

export function runningFaults(): number[] {
  const cluster = records.get('cluster');
  return cluster?.type === 'cluster' ? cluster.faults.map((fault) => fault.sinceMs) : [];
}
