/** Rows of two runs, and of a run with what its parent did after the fork. */
import type { LaneRecord } from '../../core/index.ts';
import type { CompareResult } from '../../session/protocol.ts';
import { plainRow, type Row, type RowWords, shortName } from './rows.ts';

/** Random endings of names differ from run to run: the n-th pod of an owner goes with the n-th. */
const plainName = (label: string): string => label.replace(/-[bcdfghjklmnpqrstvwxz2456789]{5}$/, '-…').replace(/-[bcdfghjklmnpqrstvwxz2456789]{7,10}-…$/, '-…');

export function twinRows(compared: CompareResult, node: string, words: RowWords): Row[] {
  const { a, b } = compared.lanes;
  const rows: Row[] = [plainRow('commands', 'commands', words.commands)];
  const taken = new Set<LaneRecord>();
  const partner = (lane: LaneRecord): LaneRecord | null => {
    const kind = lane.id.split('/')[1];
    const free = b.filter((other) => !taken.has(other) && other.id.split('/')[1] === kind);
    const found =
      free.find((other) => other.id === lane.id || other.label === lane.label) ?? free.find((other) => plainName(other.label) === plainName(lane.label));
    if (found) taken.add(found);
    return found ?? null;
  };
  const shown = (lane: LaneRecord): boolean => /^lane\/(pod|node)\//.test(lane.id) && !(lane.id.startsWith('lane/node/') && node !== '' && lane.label !== node);
  const put = (lane: LaneRecord, first: LaneRecord | null, second: LaneRecord | null): void => {
    const isNode = lane.id.startsWith('lane/node/');
    rows.push({
      ...plainRow(lane.id, isNode ? 'node' : 'lane', isNode ? lane.label : shortName(lane.label)),
      about: lane.about,
      strong: isNode,
      lane: first,
      twin: second,
    });
  };
  const order = (lanes: readonly LaneRecord[]): LaneRecord[] => [...lanes].sort((x, y) => (x.order < y.order ? -1 : x.order > y.order ? 1 : 0));
  for (const lane of order(a)) if (shown(lane)) put(lane, lane, partner(lane));
  for (const lane of order(b)) if (shown(lane) && !taken.has(lane)) put(lane, null, lane);
  const connections = [a, b].map((lanes) => lanes.find((lane) => lane.id === 'lane/connections') ?? null);
  if (connections[0] || connections[1])
    rows.push({ ...plainRow('lane/connections', 'connections', words.connections), lane: connections[0] ?? null, twin: connections[1] ?? null });
  rows.push({ ...plainRow('events', 'events', words.events), twin: null });
  return rows;
}

/** Lanes that only the other future had come last. */
export function withGhosts(rows: readonly Row[], ghosts: readonly LaneRecord[], known: (about: string) => boolean): readonly Row[] {
  if (ghosts.length === 0) return rows;
  const byId = new Map(ghosts.map((lane) => [lane.id, lane]));
  const out = rows.map((r) => {
    const ghost = r.lane ? byId.get(r.lane.id) : undefined;
    if (!ghost) return r;
    byId.delete(ghost.id);
    return { ...r, ghost };
  });
  const gone = [...byId.values()].filter((lane) => lane.id.startsWith('lane/pod/') && !known(lane.about));
  const at = out.findIndex((r) => r.kind === 'connections' || r.kind === 'events');
  out.splice(at < 0 ? out.length : at, 0, ...gone.map((lane) => ({ ...plainRow(`ghost/${lane.id}`, 'lane', shortName(lane.label)), ghost: lane })));
  return out;
}
