/** What kubectl tells of itself and the server: version, api-resources, cluster-info, config, auth, explain, top, events. */
import { ageOf } from '../../api/print/human-duration.ts';
import { resources } from '../../api/resources.ts';
import type { KubeEvent, KubeObject } from '../../api/types.ts';
import { parseTime } from '../../engine/time.ts';
import { applyObject } from '../apply/apply-object.ts';
import { readFiles, report, resourceFor } from '../builder.ts';
import { contextName, serverVersion } from '../context.ts';
import { CommandError, type Failure, failureOf, plainError, usageError, withSource } from '../errors.ts';
import { goJsonIndent } from '../printers/json.ts';
import { formatOf, listOf, printValue } from '../printers/print.ts';
import { eventTimes } from '../printers/tables-basic.ts';
import { tableTabs, tabulate } from '../printers/tabwriter.ts';
import { toYaml } from '../printers/yaml.ts';
import type { Run } from '../run.ts';

export function version(run: Run): void {
  const output = run.flag('output');
  if (output !== '' && output !== 'json' && output !== 'yaml') throw plainError(`--output must be 'yaml' or 'json'`);
  const info = { major: '1', minor: '36', gitVersion: serverVersion, gitTreeState: 'clean', platform: 'linux/amd64' };
  const client = run.on('client');
  if (output !== '') {
    const value = { clientVersion: info, kustomizeVersion: 'v5.8.1', ...(client ? {} : { serverVersion: info }) };
    run.out(output === 'json' ? `${goJsonIndent(value).replaceAll('    ', '  ')}\n` : toYaml(value));
    return;
  }
  run.line(`Client Version: ${serverVersion}`);
  run.line('Kustomize Version: v5.8.1');
  if (!client) {
    run.api({ verb: 'list', resource: 'namespaces' });
    run.line(`Server Version: ${serverVersion}`);
  }
}

const allVerbs = 'create,delete,deletecollection,get,list,patch,update,watch';

export function apiResources(run: Run): void {
  const output = run.flag('output');
  if (output !== '' && output !== 'name' && output !== 'wide') throw plainError(`--output ${output} is not available`);
  const wanted = resources.filter(
    (r) =>
      (!run.has('namespaced') || r.namespaced === run.on('namespaced')) &&
      (!run.has('api-group') || r.group === run.flag('api-group')) &&
      (!run.has('categories') || run.list('categories').every((c) => r.categories.includes(c))),
  );
  const sorted = wanted.slice().sort((a, b) => (a.group === b.group ? (a.plural < b.plural ? -1 : 1) : a.group < b.group ? -1 : 1));
  if (output === 'name') {
    for (const r of sorted) run.line(r.id);
    return;
  }
  const wide = output === 'wide';
  const rows = run.on('no-headers') ? [] : [`NAME\tSHORTNAMES\tAPIVERSION\tNAMESPACED\tKIND${wide ? '\tVERBS\tCATEGORIES' : ''}`];
  for (const r of sorted)
    rows.push(`${r.plural}\t${r.shortNames.join(',')}\t${r.apiVersion}\t${r.namespaced}\t${r.kind}${wide ? `\t${allVerbs}\t${r.categories.join(',')}` : ''}`);
  run.out(tabulate(`${rows.join('\n')}\n`, tableTabs));
}

export function apiVersions(run: Run): void {
  for (const v of [...new Set(resources.map((r) => r.apiVersion))].sort()) run.line(v);
}

/** The address under which clients know the API server. */
function serverOf(run: Run): string {
  const slices =
    run.api({ verb: 'list', resource: 'endpointslices.discovery.k8s.io', namespace: 'default', labelSelector: 'kubernetes.io/service-name=kubernetes' }).list
      ?.items ?? [];
  const address = slices[0]?.endpoints?.[0]?.addresses?.[0];
  const port = slices[0]?.ports?.[0]?.port ?? 6443;
  return `https://${address ?? '127.0.0.1'}:${port}`;
}

export function clusterInfo(run: Run): void {
  const server = serverOf(run);
  run.line(`Kubernetes control plane is running at ${server}`);
  const services =
    run.api({ verb: 'list', resource: 'services', namespace: 'kube-system', labelSelector: 'kubernetes.io/cluster-service=true' }).list?.items ?? [];
  for (const s of services) {
    const name = s.metadata.labels?.['kubernetes.io/name'] ?? s.metadata.name;
    const port = s.spec?.ports?.[0]?.name ?? '';
    run.line(`${name} is running at ${server}/api/v1/namespaces/kube-system/services/${s.metadata.name}${port ? `:${port}` : ''}/proxy`);
  }
  run.line("\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.");
}

export const configCurrentContext = (run: Run): void => run.line(contextName);

export function configView(run: Run): void {
  const value = {
    apiVersion: 'v1',
    clusters: [{ cluster: { 'certificate-authority-data': 'DATA+OMITTED', server: serverOf(run) }, name: 'kubernetes' }],
    contexts: [
      {
        context: { cluster: 'kubernetes', ...(run.state.namespace !== 'default' ? { namespace: run.state.namespace } : {}), user: 'kubernetes-admin' },
        name: contextName,
      },
    ],
    'current-context': contextName,
    kind: 'Config',
    users: [{ name: 'kubernetes-admin', user: { 'client-certificate-data': 'DATA+OMITTED', 'client-key-data': 'DATA+OMITTED' } }],
  };
  const format = formatOf(run);
  run.out(format.kind === '' ? toYaml(value) : printValue(run, format, value));
}

export function configGetContexts(run: Run): void {
  const namespace = run.state.namespace !== 'default' ? run.state.namespace : '';
  if (run.flag('output') === 'name') {
    run.line(contextName);
    return;
  }
  const rows = run.on('no-headers') ? [] : ['CURRENT\tNAME\tCLUSTER\tAUTHINFO\tNAMESPACE'];
  rows.push(`*\t${contextName}\tkubernetes\tkubernetes-admin\t${namespace}`);
  run.out(tabulate(`${rows.join('\n')}\n`, tableTabs));
}

export function configGetClusters(run: Run): void {
  run.out('NAME\nkubernetes\n');
}

export function configUseContext(run: Run): void {
  const name = run.args[0];
  if (name === undefined || run.args.length !== 1) throw usageError('config use-context', `Unexpected args: [${run.args.join(' ')}]`);
  if (name !== contextName) throw plainError(`no context exists with the name: ${JSON.stringify(name)}`);
  run.line(`Switched to context ${JSON.stringify(name)}.`);
}

export const configSetContext = (): void => {
  throw plainError('the context is set by the page: choose the namespace there, or use -n');
};

/** The administrator may do everything. Simplified: no authorization is modelled. */
export function authCanI(run: Run): void {
  if (run.on('list')) {
    run.out(tabulate('Resources\tNon-Resource URLs\tResource Names\tVerbs\n*.*\t[]\t[]\t[*]\n\t[*]\t[]\t[*]\n', tableTabs));
    return;
  }
  const [verb, type] = run.args;
  if (verb === undefined || type === undefined)
    throw plainError("you must specify two arguments: verb resource or verb resource/resourceName.\nSee 'kubectl auth can-i -h' for help and examples.");
  if (!type.startsWith('/') && type !== '*') {
    const known = (() => {
      try {
        return resourceFor(type.split('/')[0] as string);
      } catch {
        return undefined;
      }
    })();
    if (!known) run.err(`Warning: the server doesn't have a resource type '${type.split('/')[0]}'\n\n`);
    else if (!known.namespaced && !run.allNamespaces)
      run.err(`Warning: resource '${known.plural}' is not namespace scoped${known.group ? ` in group '${known.group}'` : ''}\n\n`);
  }
  if (!run.on('quiet')) run.line('yes');
}

export function authWhoAmI(run: Run): void {
  run.out(tabulate('ATTRIBUTE\tVALUE\nUsername\tkubernetes-admin\nGroups\t[kubeadm:cluster-admins system:authenticated]\n', tableTabs));
}

/** kubectl events. */
export function events(run: Run): void {
  const format = formatOf(run, 'json,yaml,name,jsonpath,go-template,template,wide');
  const about = run.flag('for');
  let list = (run.api({ verb: 'list', resource: 'events', ...(run.allNamespaces ? {} : { namespace: run.namespace }) }).list?.items ?? []) as KubeEvent[];
  if (about !== '') {
    const [type, name] = about.split('/');
    if (!type || !name) throw plainError('--for must be in resource/name form');
    const resource = resourceFor(type);
    list = list.filter((e) => e.involvedObject.kind === resource.kind && e.involvedObject.name === name);
  }
  const types = run.list('types');
  for (const t of types) if (!/^(normal|warning)$/i.test(t)) throw plainError(`valid --types are Normal or Warning`);
  if (types.length > 0) list = list.filter((e) => types.some((t) => t.toLowerCase() === e.type.toLowerCase()));
  const lastMs = (e: KubeEvent): number => parseTime(eventTimes(e).last ?? '') || 0;
  list = list
    .map((e, i) => ({ e, i }))
    .sort((a, b) => lastMs(a.e) - lastMs(b.e) || a.i - b.i)
    .map(({ e }) => e);
  if (format.kind !== '' && format.kind !== 'wide') {
    run.out(printValue(run, format, listOf(list)));
    return;
  }
  if (list.length === 0) {
    run.err(run.allNamespaces ? 'No events found.\n' : `No events found in ${run.namespace} namespace.\n`);
    return;
  }
  const rows = run.on('no-headers') ? [] : [`${run.allNamespaces ? 'NAMESPACE\t' : ''}LAST SEEN\tTYPE\tREASON\tOBJECT\tMESSAGE`];
  for (const e of list) {
    const { last, first, count } = eventTimes(e);
    const age = count > 1 ? `${ageOf(last, run.epochMs)} (x${count} over ${ageOf(first, run.epochMs)})` : ageOf(first, run.epochMs);
    rows.push(
      `${run.allNamespaces ? `${e.metadata.namespace}\t` : ''}${age}\t${e.type}\t${e.reason}\t${e.involvedObject.kind}/${e.involvedObject.name}\t${e.message.trim().split('\n')[0]}`,
    );
  }
  run.out(tabulate(`${rows.join('\n')}\n`, tableTabs));
}

/** kubectl diff: what apply would change, as unified text. */
export function diff(run: Run): void {
  if (run.all('filename').length === 0) throw plainError('must specify one of -f and -k');
  let readable: ReturnType<typeof readFiles>;
  try {
    readable = readFiles(run);
  } catch (error) {
    if (error instanceof CommandError) throw new CommandError(error.text, 2);
    throw error;
  }
  const failures: Failure[] = readable.failures;
  let differs = false;
  for (const info of readable.infos) {
    const object = info.object as KubeObject;
    const where = { resource: info.resource.id, ...(info.resource.namespaced ? { namespace: info.namespace } : {}) };
    const live = run.api({ verb: 'get', ...where, name: info.name }).object;
    const { result } = applyObject((call) => run.api(call), info.resource, info.namespace, object, { dryRun: 'server', fieldValidation: 'Warn' });
    if (!result.object) {
      failures.push(withSource(failureOf(result.status), 'applying', info.source));
      continue;
    }
    const name = `${info.resource.group ? `${info.resource.group}.` : ''}${info.resource.version}.${info.resource.kind}.${info.namespace}.${info.name}`;
    const text = unified(live ? toYaml(live) : '', toYaml(result.object), `/tmp/LIVE/${name}`, `/tmp/MERGED/${name}`);
    if (text === '') continue;
    differs = true;
    run.out(`diff -u -N ${`/tmp/LIVE/${name}`} ${`/tmp/MERGED/${name}`}\n${text}`);
  }
  if (failures.length > 0) {
    report(run, failures);
    run.state.rc = 2;
  } else if (differs) run.state.rc = 1;
}

const maxDiffLines = 4000;

/** diff -u with three lines of context. Simplified: beyond some thousands of lines, whole blocks are told as changed. */
export function unified(a: string, b: string, from: string, to: string): string {
  if (a === b) return '';
  const [x, y] = [a === '' ? [] : a.replace(/\n$/, '').split('\n'), b === '' ? [] : b.replace(/\n$/, '').split('\n')];
  let head = 0;
  while (head < x.length && head < y.length && x[head] === y[head]) head += 1;
  let tail = 0;
  while (tail < x.length - head && tail < y.length - head && x[x.length - 1 - tail] === y[y.length - 1 - tail]) tail += 1;
  const ops: { op: ' ' | '-' | '+'; text: string }[] = x.slice(0, head).map((text) => ({ op: ' ', text }));
  ops.push(...middle(x.slice(head, x.length - tail), y.slice(head, y.length - tail)));
  ops.push(...x.slice(x.length - tail).map((text) => ({ op: ' ' as const, text })));
  const keep = ops.map(() => false);
  for (const [i, { op }] of ops.entries()) if (op !== ' ') for (let j = Math.max(0, i - 3); j <= Math.min(ops.length - 1, i + 3); j += 1) keep[j] = true;
  let out = `--- ${from}\n+++ ${to}\n`;
  let [la, lb] = [1, 1];
  for (let i = 0; i < ops.length; ) {
    if (!keep[i]) {
      la += 1;
      lb += 1;
      i += 1;
      continue;
    }
    let end = i;
    let [na, nb] = [0, 0];
    let body = '';
    for (; end < ops.length && keep[end]; end += 1) {
      const { op, text } = ops[end] as (typeof ops)[number];
      body += `${op}${text}\n`;
      if (op !== '+') na += 1;
      if (op !== '-') nb += 1;
    }
    const range = (start: number, n: number): string => (n === 1 ? String(start) : `${n === 0 ? start - 1 : start},${n}`);
    out += `@@ -${range(la, na)} +${range(lb, nb)} @@\n${body}`;
    la += na;
    lb += nb;
    i = end;
  }
  return out;
}

/** Longest common lines. */
function middle(x: string[], y: string[]): { op: ' ' | '-' | '+'; text: string }[] {
  if (x.length * y.length > maxDiffLines * 500) return [...x.map((text) => ({ op: '-' as const, text })), ...y.map((text) => ({ op: '+' as const, text }))];
  const width = y.length + 1;
  const best = new Uint32Array((x.length + 1) * width);
  for (let i = x.length - 1; i >= 0; i -= 1)
    for (let j = y.length - 1; j >= 0; j -= 1)
      best[i * width + j] =
        x[i] === y[j] ? (best[(i + 1) * width + j + 1] as number) + 1 : Math.max(best[(i + 1) * width + j] as number, best[i * width + j + 1] as number);
  const out: { op: ' ' | '-' | '+'; text: string }[] = [];
  for (let i = 0, j = 0; i < x.length || j < y.length; ) {
    if (i < x.length && j < y.length && x[i] === y[j]) {
      out.push({ op: ' ', text: x[i] as string });
      i += 1;
      j += 1;
    } else if (j >= y.length || (i < x.length && (best[(i + 1) * width + j] as number) >= (best[i * width + j + 1] as number))) {
      out.push({ op: '-', text: x[i] as string });
      i += 1;
    } else {
      out.push({ op: '+', text: y[j] as string });
      j += 1;
    }
  }
  return out;
}

/** proxy, cp: what they would say. */
export const proxy = (): void => {
  throw plainError('kubectl proxy is not simulated: there is no listener on the client');
};

export const cp = (): void => {
  throw plainError('kubectl cp is not simulated: use kubectl exec -- cat');
};
