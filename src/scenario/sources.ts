/** The values that a query looks at. */
import {
  connectionsSince,
  eventRecordsNow,
  globMatch,
  nodeRecordsNow,
  objectsNow,
  podRecordsNow,
  readWithTool,
  serviceRecordsNow,
  type WalkAnswer,
  type Wanted,
  walkPacket,
} from '../core/index.ts';
import type { Query, Source } from './format.ts';
import type { Moment, Subject } from './judge.ts';
import { valuesAt } from './path.ts';

export interface Found {
  values: { of: string; value: string }[];
  /** Lines and messages: one that passes is enough. Otherwise all must. */
  some: boolean;
  /** Words for a count, and for none. */
  one: string;
  many: string;
  none: string;
}

const maxLines = 20_000;
const maxMessages = 5000;

/** A sentence when there is nothing to look at. */
export function find(query: Query, subject: Subject): Found | string {
  const { view } = subject;
  if ('object' in query) {
    const [kind, name] = split(query.object);
    const objects = objectsNow(view, kind, wanted(query, name));
    if (!objects) return `no kind ${kind}`;
    const values = objects.flatMap((o) => texts(o.metadata.name, query.path === undefined ? [o.metadata.name] : valuesAt(o, query.path)));
    return { values, some: false, one: `${kind}`, many: `${kind}s`, none: objects.length > 0 ? `no ${query.path} in ${query.object}` : `no ${query.object}` };
  }
  if ('pod' in query) {
    const pods = podRecordsNow(view, wanted(query, query.pod));
    const values = pods.flatMap((p) => texts(p.name, valuesAt(p, query.path ?? 'status')));
    return { values, some: false, one: 'pod', many: 'pods', none: `no pod ${query.pod}` };
  }
  if ('service' in query) {
    const services = serviceRecordsNow(view, wanted(query, query.service));
    const values = services.flatMap((s) => texts(s.name, valuesAt(s, query.path ?? 'clusterIP')));
    const many = query.path?.startsWith('endpoints') ? 'endpoints' : 'Services';
    return { values, some: false, one: many.slice(0, -1), many, none: services.length > 0 ? `none in ${query.service}` : `no Service ${query.service}` };
  }
  if ('node' in query) {
    const values = nodeRecordsNow(view, query.node).flatMap((n) => texts(n.name, valuesAt(n, query.path ?? 'status')));
    return { values, some: false, one: 'node', many: 'nodes', none: `no node ${query.node}` };
  }
  return findTold(query, subject);
}

function findTold(query: Query, { view, since }: Subject): Found | string {
  if ('event' in query) {
    const from = sinceOf(query, since).atMs;
    const [kind, name] = query.about === undefined ? ['', '*'] : split(query.about);
    const values = eventRecordsNow(view)
      .filter((e) => globMatch(query.event, e.reason) && (kind === '' || e.about.kind === kind) && globMatch(name, e.about.name) && e.lastMs >= from)
      .filter((e) => query.namespace === undefined || e.about.namespace === query.namespace)
      .flatMap((e) => Array.from({ length: Math.min(e.count, maxMessages) }, () => ({ of: e.reason, value: e.message })));
    return { values, some: true, one: 'time', many: 'times', none: `no event ${query.event}` };
  }
  if ('log' in query) {
    const pod = podRecordsNow(view, { namespace: query.namespace ?? 'default', name: query.log })[0];
    if (!pod) return `no pod ${query.log}`;
    const container = query.container ?? pod.containers.find((c) => c.role === 'regular')?.name ?? '';
    const { text, error } = view.logs({ namespace: pod.namespace, pod: pod.name, container, previous: query.previous ?? false, tailLines: maxLines });
    return error ? error : lines(text, `the log of ${pod.name} is empty`);
  }
  if ('tool' in query) {
    const { stdout, stderr } = readWithTool(view.world, query.on, query.tool);
    return stdout === '' && stderr !== '' ? stderr.trimEnd() : lines(stdout, `${query.tool} prints nothing`);
  }
  if ('walk' in query) return walk(query, view);
  if ('connection' in query) {
    const { reached } = query;
    const pods = reached === undefined ? null : new Set(podRecordsNow(view, { namespace: 'default', name: reached, pick: query.pick }).map((p) => p.name));
    const values = connectionsSince(view, sinceOf(query, since).place)
      .filter((c) => c.outcome !== 'open' && globMatch(query.connection, c.to) && (query.from === undefined || globMatch(query.from, c.from)))
      .filter((c) => (query.outcome === undefined || c.outcome === query.outcome) && (pods === null || pods.has(c.pod)))
      .map((c) => ({ of: '', value: c.outcome === 'ok' ? c.pod || c.to : c.outcome }));
    return { values, some: true, one: 'connection', many: 'connections', none: `no connection to ${query.connection}` };
  }
  if ('message' in query) {
    const from = sinceOf(query, since).place;
    const values = view
      .messagesBetween(from, view.world.engine.state.told, maxMessages)
      .messages.filter((m) => globMatch(query.message, m.text))
      .filter((m) => (query.from === undefined || globMatch(query.from, m.fromName)) && (query.to === undefined || globMatch(query.to, m.toName)))
      .map((m) => ({ of: `${m.fromName} to ${m.toName}`, value: m.text }));
    return { values, some: true, one: 'message', many: 'messages', none: `no message ${query.message}` };
  }
  if ('command' in query) {
    const from = sinceOf(query, since).atMs;
    const { history } = view.world;
    const values = history.log
      .slice(0, history.executedCount)
      .filter((given) => given.atMs >= from)
      .flatMap(({ command: { id, command } }) => {
        const text = command.type === 'kubectl' ? `kubectl ${command.argv.join(' ')}` : command.type === 'shell' ? command.command : '';
        const result = view.world.resultOf(id);
        return result && globMatch(query.command, text) ? [{ of: text.slice(0, 80), value: String(result.rc) }] : [];
      });
    return { values, some: true, one: 'command', many: 'commands', none: `no command ${query.command}` };
  }
  return 'no question';
}

function walk(query: Extract<Source, { walk: unknown }>, view: Subject['view']): Found | string {
  const { from, to, port, protocol } = query.walk;
  const toIP = address(to, view);
  if (toIP === '') return `${to} has no address`;
  const answer = walkPacket(view.world, {
    from: from.includes('/') || from === 'client' || view.world.cluster.nodes.some((n) => n.name === from) ? from : `default/${from}`,
    toIP,
    toPort: port,
    protocol: protocol.toLowerCase() as 'tcp',
  });
  if (answer.error) return answer.error;
  const ip = answer.endpoint?.replace(/:\d+$/, '') ?? '';
  const pod = view.podsNow((p) => p.status.podIP === ip && !p.spec.hostNetwork)[0]?.name ?? '';
  const facts: WalkAnswer & { pod: string } = { ...answer, pod };
  return { values: texts('', valuesAt(facts, query.path ?? 'verdict')), some: false, one: 'packet', many: 'packets', none: `no ${query.path}` };
}

function address(to: string, view: Subject['view']): string {
  const [kind, name] = to.includes('/') ? split(to) : ['', to];
  if (kind === 'service') return serviceRecordsNow(view, { namespace: 'default', name })[0]?.clusterIP ?? '';
  if (kind === 'pod') return podRecordsNow(view, { namespace: 'default', name })[0]?.ip ?? '';
  if (kind === 'node') return nodeRecordsNow(view, name)[0]?.ip ?? '';
  return to;
}

const split = (text: string): [string, string] => [text.slice(0, text.indexOf('/')), text.slice(text.indexOf('/') + 1)];
const wanted = (query: { namespace?: string; labels?: string; pick?: 'newest' | 'oldest' }, name: string): Wanted => ({
  namespace: query.namespace ?? 'default',
  name,
  labels: query.labels,
  pick: query.pick,
});
const texts = (of: string, values: readonly unknown[]): Found['values'] =>
  values.map((v) => ({ of, value: typeof v === 'object' ? JSON.stringify(v) : String(v) }));
const lines = (text: string, none: string): Found => ({
  values: text
    .split('\n')
    .filter((line) => line !== '')
    .slice(0, maxLines)
    .map((value) => ({ of: '', value })),
  some: true,
  one: 'line',
  many: 'lines',
  none,
});
const sinceOf = (query: { since?: 'run' | 'step' }, since: Moment): Moment => (query.since === 'step' ? since : { atMs: 0, place: 0 });
