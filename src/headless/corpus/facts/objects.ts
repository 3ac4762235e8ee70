/** `field`, `conditions`, `container`, `endpoints`, `endpointslice`, `object_absent`, `invariant`: what the API server holds. */
import type { KubeObject } from '../../../core/index.ts';
import { compares, matches, regexOf, same, within } from '../patterns.ts';
import { isOld, namesOf, select } from '../select.ts';
import { brief, type Check, failed, type Scope, type Verdict, when } from './check.ts';
import { at } from './path.ts';

const anything = (): undefined => undefined;

export const field: Check = (scope) => {
  const { stage, fact, namespace } = scope;
  const path = String(fact.path);
  const { objects } = select(stage, String(fact.field), namespace, scope.sinceMs);
  if (path === 'count') return counted(fact.equals, objects.filter((o) => !leaving(o)).length);
  if (path === 'count of finished')
    return counted(fact.equals, objects.filter((o) => conditionsOf(o).some((c) => c.status === 'True' && /^(Complete|Failed)$/.test(c.type))).length);
  if (path === 'count ever created') return counted(fact.equals, ever(scope));
  if (objects.length === 0) return failed('no such object');
  const values = objects.map((o) => at(o, path));
  const seen = brief(values.length === 1 ? values[0] : values);
  if (fact.distinct) return when(new Set(values).size === values.length && values.every((v) => v !== undefined), seen);
  if (fact.set_equals) return when(same([...(fact.set_equals as string[])].sort(), [...new Set(values.map(String))].sort()), seen);
  if (fact.has_keys)
    return when(
      values.every((v) => (fact.has_keys as string[]).every((key) => Object.hasOwn((v ?? {}) as object, key))),
      seen,
    );
  if (fact.equals === 'hash in the ReplicaSet name')
    return when(
      objects.every((o, i) => (o.metadata.ownerReferences?.[0]?.name ?? '').endsWith(`-${values[i]}`)),
      seen,
    );
  if (fact.contains !== undefined)
    return when(
      values.every((v) => within(fact.contains, v, anything)),
      seen,
    );
  const wanted = fact.equals;
  return when(
    values.every(
      (v) => same(wanted, v) || (typeof wanted === 'string' && wanted.includes('<') && matches(wanted, v, namesOf(stage, namespace))) || empty(wanted, v),
    ),
    seen,
  );
};

const empty = (wanted: unknown, value: unknown): boolean => value === undefined && typeof wanted === 'object' && Object.keys(wanted as object).length === 0;
const counted = (wanted: unknown, count: number): Verdict => when(matches(wanted, count, anything), String(count));
const leaving = (o: KubeObject): boolean => (o.metadata as { deletionTimestamp?: string }).deletionTimestamp !== undefined;

function ever(scope: Scope): number {
  const selector = /([A-Za-z0-9./-]+)=(\S+)$/.exec(String(scope.fact.field));
  return scope.stage.told.filter((t) => t.resource === 'pods' && t.event === 'ADDED' && t.object.metadata.labels?.[selector?.[1] ?? ''] === selector?.[2])
    .length;
}

interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
}
export const conditionsOf = (o: KubeObject): Condition[] => ((o.status as { conditions?: Condition[] } | undefined)?.conditions ?? []) as Condition[];

export const conditions: Check = ({ stage, fact, namespace, sinceMs }) => {
  const { objects } = select(stage, String(fact.conditions), namespace, sinceMs);
  if (objects.length === 0) return failed('no such object');
  const wanted = (fact.equals ?? fact.contains) as Condition[];
  return when(
    objects.every((o) => {
      const found = conditionsOf(o);
      const there = wanted.every((w) => {
        const one = found.find((c) => c.type === w.type);
        return one && within(w, one, anything) && (fact.message_regex === undefined || regexOf(String(fact.message_regex), anything).test(one.message ?? ''));
      });
      return there && (fact.equals === undefined || found.length === wanted.length);
    }),
    brief(objects.map(conditionsOf)),
  );
};

interface ContainerStatus {
  name: string;
  ready: boolean;
  state?: Record<string, unknown>;
  lastState?: Record<string, unknown>;
}
export const container: Check = ({ stage, fact, namespace, sinceMs }) => {
  const text = String(fact.pod);
  const { objects } = select(stage, /[=/ ]/.test(text) ? text : `pod/${text}`, namespace, sinceMs);
  const pod = objects[0];
  if (!pod) return failed('no such pod');
  const status = pod.status as { containerStatuses?: ContainerStatus[]; initContainerStatuses?: ContainerStatus[] };
  const one = (fact.init ? status.initContainerStatuses : status.containerStatuses)?.find((c) => c.name === fact.container);
  const state =
    typeof fact.state === 'string' ? Object.hasOwn(one?.state ?? {}, fact.state) : fact.state === undefined || within(fact.state, one?.state, anything);
  const last = fact.lastState === undefined || within(fact.lastState, one?.lastState, anything);
  return when(
    one !== undefined && state && last && (fact.ready === undefined || one.ready === fact.ready),
    brief({ state: one?.state, lastState: one?.lastState, ready: one?.ready }),
  );
};

interface Slice {
  addressType: string;
  endpoints?: { addresses: string[]; conditions: Record<string, boolean>; targetRef?: { name: string; uid: string } }[];
  ports?: { port?: number }[];
}
const slicesOf = ({ stage, namespace }: Scope, service: string): Slice[] =>
  stage.list('endpointslices.discovery.k8s.io', namespace, `kubernetes.io/service-name=${service}`) as unknown as Slice[];

export const endpoints: Check = (scope) => {
  const { fact, stage, namespace } = scope;
  const slices = slicesOf(scope, String(fact.endpoints).replace(/^(service|svc)\//, ''));
  const ready = slices.flatMap((s) => (s.endpoints ?? []).filter((e) => e.conditions.ready).map((e) => e.addresses[0]));
  const ports = [...new Set(slices.flatMap((s) => (s.ports ?? []).map((p) => p.port)))];
  const ips = fact.equals_pod_ips ? stage.list('pods', namespace, String(fact.equals_pod_ips)).map((p) => (p.status as { podIP?: string }).podIP) : ready;
  return when(
    ready.length === fact.ready && (fact.port === undefined || ports.includes(fact.port as number)) && same([...ready].sort(), [...ips].sort()),
    `${ready.join(' ') || 'none'} port ${ports}`,
  );
};

export const endpointslice: Check = (scope) => {
  const { fact, stage, sinceMs } = scope;
  const found = slicesOf(scope, String(fact.endpointslice)).flatMap((s) => s.endpoints ?? []);
  const wanted = fact.endpoints as { pod?: string; conditions: Record<string, boolean> }[];
  const old = (uid: string | undefined): boolean => stage.told.some((t) => t.event === 'ADDED' && t.object.metadata.uid === uid && t.atMs <= sinceMs);
  const ok =
    wanted.length === found.length &&
    wanted.every((w) =>
      found.some((f) => (w.pod === undefined || (w.pod === 'old') === old(f.targetRef?.uid)) && within(w.conditions, f.conditions, anything)),
    );
  return when(ok, brief(found.map((f) => ({ pod: old(f.targetRef?.uid) ? 'old' : 'new', conditions: f.conditions }))));
};

export const objectAbsent: Check = ({ stage, fact, namespace, sinceMs }) => {
  const text = String(fact.object_absent);
  if (text === 'old pod') {
    const left = stage.list('pods', namespace).filter((p) => isOld(stage, p, sinceMs));
    return when(left.length === 0, left.map((p) => p.metadata.name).join(' '));
  }
  const both = /^(jobs) and (pods) (created by cronjob \S+)$/.exec(text);
  const texts = both ? [`${both[1]} ${both[3]}`, `${both[2]} ${both[3]}`] : [text];
  const left = texts.flatMap((t) => select(stage, t, namespace, sinceMs).objects);
  return when(left.length === 0, left.map((p) => p.metadata.name).join(' ') || 'absent');
};

/** Holds at every moment of its step: looked up in the past. */
export const invariant: Check = (scope) => {
  const { stage, fact, namespace, untilMs } = scope;
  const during = fact.during_step as number | undefined;
  const from = during === undefined ? scope.sinceMs : (stage.stepStartMs[during] ?? 0);
  const to = during === undefined ? untilMs : (stage.stepStartMs[during + 1] ?? untilMs);
  const selector = /([A-Za-z0-9./-]+)=(\S+)$/.exec(String(fact.invariant));
  const pods = new Map<string, KubeObject>();
  let worst = '';
  for (const t of stage.told) {
    if (t.atMs > to) break;
    if (t.resource !== 'pods' || t.object.metadata.namespace !== namespace || t.object.metadata.labels?.[selector?.[1] ?? ''] !== selector?.[2]) continue;
    if (t.event === 'DELETED') pods.delete(t.object.metadata.uid);
    else pods.set(t.object.metadata.uid, t.object);
    if (t.atMs < from) continue;
    const all = [...pods.values()];
    const counts: Record<string, number> = {
      available: all.filter((p) => conditionsOf(p).some((c) => c.type === 'Ready' && c.status === 'True')).length,
      total_not_terminating: all.filter((p) => !leaving(p)).length,
      active: all.filter((p) => !leaving(p) && !/^(Succeeded|Failed)$/.test((p.status as { phase?: string }).phase ?? '')).length,
    };
    for (const name of Object.keys(counts)) {
      const limit = /^(>=|<=|>|<)\s*(\d+)$/.exec(String(fact[name] ?? ''));
      if (limit && !compares(limit[1] as string, counts[name] as number, Number(limit[2]))) worst = `${name} ${counts[name]} at ${t.atMs / 1000} s`;
    }
  }
  return when(worst === '', worst);
};
