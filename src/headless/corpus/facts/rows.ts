/** `row`, `rows`, `row_sequence`, `top`: what kubectl get prints, now or as a watch would have. */
import { podColumns } from '../../../core/index.ts';
import { inOrder, matches } from '../patterns.ts';
import { isOld, namesOf, select } from '../select.ts';
import { parseTable, type Row } from '../table.ts';
import { brief, type Check, failed, type Scope, when } from './check.ts';

type Columns = Record<string, unknown>;

const fits = (columns: Columns, row: Row, scope: Scope): boolean => {
  const names = namesOf(scope.stage, scope.namespace);
  return Object.keys(columns).every((name) => name === 'pod' || name === 'count' || (row[name] !== undefined && matches(columns[name], row[name], names)));
};

function rowsOf({ stage, namespace }: Scope, argument: string): { rows: Row[]; err: string } {
  const { out, err } = stage.runKubectl(`get ${argument} -o wide`, namespace);
  return { rows: parseTable(out).filter((row) => row.NAME !== 'onlooker'), err };
}
const shown = (rows: Row[], err: string): string => (rows.length > 0 ? rows.map((r) => brief(r)).join('; ') : err.trim() || 'nothing');

export const row: Check = (scope) => {
  const target = select(scope.stage, String(scope.fact.row), scope.namespace, scope.sinceMs);
  const { rows, err } = rowsOf(scope, target.argument);
  return when(rows.length > 0 && rows.every((r) => fits(scope.fact.columns as Columns, r, scope)), shown(rows, err));
};

export const rows: Check = (scope) => {
  const { fact, stage } = scope;
  const target = select(stage, String(fact.rows), scope.namespace, scope.sinceMs);
  const { rows: found, err } = rowsOf(scope, target.argument);
  const seen = shown(found, err);
  if (fact.columns_by_revision) return byRevision(scope, found, seen);
  if (fact.set) return when(sameSet(scope, fact.set as Columns[], found), seen);
  if (fact.must_include) {
    const wanted = fact.must_include as Columns[];
    const rest = found.filter((r) => !wanted.some((w) => fits(w, r, scope)));
    const others = fact.others as (Columns & { count: number }) | undefined;
    const ok = wanted.every((w) => found.some((r) => fits(w, r, scope)));
    return when(ok && (!others || (rest.length === others.count && rest.every((r) => fits(others, r, scope)))), seen);
  }
  const count = fact.count === undefined || found.length === fact.count;
  const named = fact.name_regex === undefined || found.every((r) => new RegExp(String(fact.name_regex)).test(r.NAME ?? ''));
  return when(found.length > 0 && count && named && found.every((r) => fits((fact.columns ?? {}) as Columns, r, scope)), seen);
};

function sameSet(scope: Scope, wanted: Columns[], found: Row[]): boolean {
  const { stage, namespace, sinceMs } = scope;
  if (wanted.length !== found.length) return false;
  const old = (r: Row): boolean => {
    const object = stage.get('pods', namespace, r.NAME ?? '');
    return object !== undefined && isOld(stage, object, sinceMs);
  };
  return wanted.every((w) => found.some((r) => (w.pod === undefined || (w.pod === 'old') === old(r)) && fits(w, r, scope)));
}

function byRevision(scope: Scope, found: Row[], seen: string): { held: boolean; seen: string } {
  const revision = (r: Row): number =>
    Number(scope.stage.get('replicasets.apps', scope.namespace, r.NAME ?? '')?.metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 0);
  const sorted = [...found].sort((a, b) => revision(b) - revision(a));
  const wanted = scope.fact.columns_by_revision as Record<string, Columns>;
  const place: Record<string, Row | undefined> = { new: sorted[0], newest: sorted[0], old: sorted[1], previous: sorted[1], oldest: sorted[sorted.length - 1] };
  return when(
    Object.keys(wanted).every((name) => place[name] !== undefined && fits(wanted[name] as Columns, place[name], scope)),
    seen,
  );
}

/** Every state a watch of the pod would have shown. */
export const rowSequence: Check = (scope) => {
  const { stage, fact, namespace, sinceMs, untilMs } = scope;
  const name = String(fact.row_sequence).replace(/^pod\//, '');
  const seen = stage.told
    .filter(
      (t) => t.resource === 'pods' && t.object.metadata.name === name && t.object.metadata.namespace === namespace && t.atMs >= sinceMs && t.atMs <= untilMs,
    )
    .map((t): Row => {
      const c = podColumns(t.object as never);
      return { READY: `${c.readyContainers}/${c.totalContainers}`, STATUS: c.status, RESTARTS: String(c.restarts) };
    });
  const wanted = fact.must_include_in_order as Columns[];
  const short = [...new Set(seen.map((r) => `${r.READY} ${r.STATUS} ${r.RESTARTS}`))].join(' → ');
  return when(
    inOrder(wanted, seen, (w, r) => fits(w, r, scope)),
    short,
  );
};

export const top: Check = ({ stage, fact, namespace }) => {
  const { out, err } = stage.runKubectl(`top ${String(fact.top).replace('/', ' ')}`, namespace);
  const line = parseTable(out)[0];
  const bytes = quantity(line?.['MEMORY(bytes)'] ?? '');
  const want = fact.memory_bytes as { about: number; within_percent: number } | undefined;
  if (!line || !want) return failed(err.trim() || out);
  return when(Math.abs(bytes - want.about) * 100 <= want.about * want.within_percent, brief(line));
};

const quantity = (text: string): number =>
  Number.parseInt(text, 10) * (text.endsWith('Mi') ? 2 ** 20 : text.endsWith('Gi') ? 2 ** 30 : text.endsWith('Ki') ? 2 ** 10 : 1);
