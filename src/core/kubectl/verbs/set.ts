/** kubectl set. Models k8s.io/kubectl/pkg/cmd/set/*.go, v1.36.2. */
import { clone } from '../../api/equal.ts';
import { parseLabelSelector } from '../../api/selector.ts';
import type { Container, KubeObject } from '../../api/types.ts';
import { find, type Info, nothingGiven, report } from '../builder.ts';
import { type Failure, plainError } from '../errors.ts';
import { formatOf, printResult } from '../printers/print.ts';
import { printedName, type Run } from '../run.ts';
import { pairs } from './create-policy.ts';
import { patchTo, podSpecOf } from './send.ts';

/** Words before the first `k=v`, and the others. */
function split(run: Run): { args: string[]; changes: string[] } {
  const args: string[] = [];
  const changes: string[] = [];
  for (const word of run.args) {
    if (word.includes('=') || (word.endsWith('-') && args.length > 0)) changes.push(word);
    else args.push(word);
  }
  return { args, changes };
}

function objects(run: Run, args: string[]): { infos: Info[]; failures: Failure[] } {
  if (args.length === 0 && run.all('filename').length === 0) throw nothingGiven('set');
  return find(run, { args, ...(run.has('selector') ? { selector: run.flag('selector') } : {}), selectAll: run.on('all') });
}

/** Changes a copy of each object, sends the difference, prints `verb` where there is one. `what`: for words of a refusal. */
function change(run: Run, args: string[], verb: string, what: string, act: (object: KubeObject, info: Info) => Failure | null): void {
  const format = formatOf(run);
  const { infos, failures } = objects(run, args);
  for (const info of infos) {
    const before = info.object as KubeObject;
    const after = clone(before);
    const failed = act(after, info);
    if (failed) {
      failures.push(failed);
      continue;
    }
    if (run.dryRun === 'client' || run.on('local')) {
      printResult(run, format, info.resource, after, verb);
      continue;
    }
    const result = patchTo(run, info.resource, before, after);
    if (result === null) continue;
    if (result.object) printResult(run, format, info.resource, result.object, verb);
    else failures.push({ text: `failed to patch ${what}: ${result.status?.message ?? ''}` });
  }
  report(run, failures);
}

const matches = (pattern: string, name: string): boolean => {
  if (pattern === '*' || pattern === '') return true;
  const parts = pattern.split('*');
  if (parts.length === 1) return pattern === name;
  return name.length >= pattern.length - parts.length + 1 && name.startsWith(parts[0] as string) && name.endsWith(parts.at(-1) as string);
};

export function setImage(run: Run): void {
  const { args, changes } = split(run);
  if (changes.length === 0) throw plainError('at least one image update is required');
  const images = changes.map((c) => [c.slice(0, c.indexOf('=')), c.slice(c.indexOf('=') + 1)] as [string, string]);
  change(run, args, 'image updated', 'image update to pod template', (object, info) => {
    const spec = podSpecOf(object);
    if (!spec) return { text: `${printedName(info.resource, info.name)} does not have pod template` };
    for (const [name, image] of images) {
      const hits = [...(spec.initContainers ?? []), ...(spec.containers ?? [])].filter((c: Container) => matches(name, c.name)) as Container[];
      if (hits.length === 0) return { text: `unable to find container named "${name}"` };
      for (const c of hits) c.image = image;
    }
    return null;
  });
}

function chosen(run: Run, spec: { containers?: Container[]; initContainers?: Container[] }): Container[] {
  const pattern = run.flag('containers', '*');
  return [...(spec.initContainers ?? []), ...(spec.containers ?? [])].filter((c) => matches(pattern, c.name));
}

export function setEnv(run: Run): void {
  const { args, changes } = split(run);
  const entries = [...changes, ...run.all('env')];
  if (run.on('list')) {
    listEnv(run, args);
    return;
  }
  const from = run.flag('from');
  if (entries.length === 0 && from === '') throw plainError('at least one environment variable must be provided');
  const set: { name: string; value?: string; valueFrom?: unknown }[] = [];
  const remove: string[] = [];
  for (const entry of entries) {
    const at = entry.indexOf('=');
    if (at > 0) set.push({ name: entry.slice(0, at), value: entry.slice(at + 1) });
    else if (entry.endsWith('-')) remove.push(entry.slice(0, -1));
    else throw plainError(`environment variables must be of the form key=value: ${entry}`);
  }
  if (from !== '') set.push(...fromObject(run, from));
  change(run, args, 'env updated', 'env update to pod template', (object, info) => {
    const spec = podSpecOf(object);
    if (!spec) return { text: `${printedName(info.resource, info.name)} is not a pod or does not have a pod template` };
    const list = chosen(run, spec);
    if (list.length === 0) {
      run.err(`warning: ${printedName(info.resource, info.name)} does not have any containers matching "${run.flag('containers', '*')}"\n`);
      return null;
    }
    for (const c of list) {
      const env = (c.env ?? []).slice();
      for (const e of set) {
        const at = env.findIndex((old) => old.name === e.name);
        if (at >= 0) env[at] = e as never;
        else env.push(e as never);
      }
      const left = env.filter((e) => !remove.includes(e.name));
      if (left.length > 0) c.env = left;
      else delete c.env;
    }
    return null;
  });
}

function fromObject(run: Run, from: string): { name: string; valueFrom: unknown }[] {
  const [type, name] = from.split('/');
  const isMap = /^(cm|configmaps?)$/i.test(type ?? '');
  if (!name || (!isMap && !/^secrets?$/i.test(type ?? ''))) throw plainError(`unsupported resource specified in --from`);
  const object = run.must(run.api({ verb: 'get', resource: isMap ? 'configmaps' : 'secrets', namespace: run.namespace, name }));
  const wanted = run.list('keys');
  return Object.keys(object.data ?? {})
    .sort()
    .filter((key) => wanted.length === 0 || wanted.includes(key))
    .map((key) => ({
      name: `${run.flag('prefix')}${key}`.toUpperCase().replace(/[^A-Z0-9_]/g, '_'),
      valueFrom: isMap ? { configMapKeyRef: { key, name } } : { secretKeyRef: { key, name } },
    }));
}

function listEnv(run: Run, args: string[]): void {
  const { infos, failures } = objects(run, args);
  for (const info of infos) {
    const spec = podSpecOf(info.object as KubeObject);
    for (const c of chosen(run, spec ?? {})) {
      run.line(`# ${info.resource.plural} ${info.name}, container ${c.name}`);
      for (const e of c.env ?? []) {
        const ref = e.valueFrom?.configMapKeyRef ?? e.valueFrom?.secretKeyRef;
        if (ref) run.line(`# ${e.name} from ${e.valueFrom?.configMapKeyRef ? 'configmap' : 'secret'} ${ref.name}, key ${ref.key}`);
        else if (e.valueFrom?.fieldRef) run.line(`# ${e.name} from field path ${e.valueFrom.fieldRef.fieldPath}`);
        else run.line(`${e.name}=${e.value ?? ''}`);
      }
    }
  }
  report(run, failures);
}

export function setResources(run: Run): void {
  const { args } = split(run);
  if (!run.has('limits') && !run.has('requests')) throw plainError('you must specify an update to requests or limits (in the form of --requests/--limits)');
  const [limits, requests] = [pairs(run, 'limits'), pairs(run, 'requests')];
  change(run, args, 'resource requirements updated', 'resources update to pod template', (object, info) => {
    const spec = podSpecOf(object);
    if (!spec) return { text: `${printedName(info.resource, info.name)} does not have pod template` };
    const list = chosen(run, spec);
    if (list.length === 0) return { text: `unable to find container named "${run.flag('containers', '*')}"` };
    for (const c of list) {
      c.resources ??= {};
      if (run.has('limits')) c.resources.limits = { ...c.resources.limits, ...limits };
      if (run.has('requests')) c.resources.requests = { ...c.resources.requests, ...requests };
    }
    return null;
  });
}

export function setServiceAccount(run: Run): void {
  const args = run.args.slice();
  const account = args.pop();
  if (account === undefined || (args.length === 0 && run.all('filename').length === 0)) throw plainError('serviceaccount is required');
  change(run, args, 'serviceaccount updated', 'ServiceAccountName', (object, info) => {
    const spec = podSpecOf(object);
    if (!spec) return { text: `${printedName(info.resource, info.name)} does not have pod template` };
    spec.serviceAccountName = account;
    spec.serviceAccount = account;
    return null;
  });
}

export function setSelector(run: Run): void {
  const args = run.args.slice();
  const text = args.pop();
  if (text === undefined || args.length === 0) throw plainError('one resource and one selector must be specified');
  const parsed = parseLabelSelector(text);
  if (parsed.error !== undefined) throw plainError(parsed.error);
  const map: Record<string, string> = {};
  for (const r of parsed.requirements) map[r.key] = r.values[0] ?? '';
  change(run, args, 'selector updated', 'selector', (object, info) => {
    if (info.resource.id !== 'services') return { text: `setting a selector is only supported for Services` };
    object.spec.selector = map;
    return null;
  });
}
