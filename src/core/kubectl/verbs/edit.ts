/** scale, patch, label, annotate, taint, replace, edit. Models k8s.io/kubectl/pkg/cmd/{scale,patch,label,annotate,taint,replace}, v1.36.2. */
import { clone } from '../../api/equal.ts';
import type { KubeObject, Node, Taint } from '../../api/types.ts';
import type { PatchType } from '../../contracts/watch.ts';
import { rfc3339 } from '../../engine/time.ts';
import { withLastApplied } from '../apply/apply-object.ts';
import { type Found, find, nothingGiven, readFiles, report } from '../builder.ts';
import { type CommandError, failureOf, plainError, usageError, withSource } from '../errors.ts';
import { quote } from '../flags.ts';
import { parseYaml } from '../parse-yaml.ts';
import { formatOf, printResult } from '../printers/print.ts';
import { printedName, type Run } from '../run.ts';
import { validation } from './apply.ts';
import { patchObject, whereOf } from './send.ts';

const found = (run: Run, args: string[]): Found => {
  if (args.length === 0 && run.all('filename').length === 0) throw nothingGiven(run.command);
  return find(run, {
    args,
    ...(run.has('selector') ? { selector: run.flag('selector') } : {}),
    ...(run.has('field-selector') ? { fieldSelector: run.flag('field-selector') } : {}),
    selectAll: run.on('all'),
  });
};

export function scale(run: Run): void {
  const replicas = run.int('replicas', -1);
  if (replicas < 0) throw plainError('The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0');
  const format = formatOf(run);
  const { infos, failures } = found(run, run.args);
  for (const info of infos) {
    const object = info.object as KubeObject;
    if (!info.resource.scale) {
      failures.push(
        failureOf({
          kind: 'Status',
          apiVersion: 'v1',
          metadata: {},
          status: 'Failure',
          reason: 'NotFound',
          code: 404,
          message: 'the server could not find the requested resource',
        }),
      );
      continue;
    }
    const wanted = run.int('current-replicas', -1);
    if (wanted >= 0 && wanted !== (object.spec?.replicas ?? 0)) {
      failures.push({ text: `Expected replicas to be ${wanted}, was ${object.spec?.replicas ?? 0}` });
      continue;
    }
    if (run.has('resource-version') && run.flag('resource-version') !== object.metadata.resourceVersion) {
      failures.push({ text: `Expected resource version to be ${run.flag('resource-version')}, was ${object.metadata.resourceVersion}` });
      continue;
    }
    if (run.dryRun !== 'client') {
      const result = patchObject(run, info.resource, info.namespace, info.name, 'merge', { spec: { replicas } }, 'scale');
      if (!result.object) {
        failures.push(failureOf(result.status));
        continue;
      }
    }
    printResult(run, format, info.resource, object, 'scaled');
  }
  report(run, failures);
}

export function patch(run: Run): void {
  const type = run.flag('type', 'strategic');
  if (!['json', 'merge', 'strategic'].includes(type)) throw plainError(`--type must be one of [json merge strategic], not ${quote(type)}`);
  if (run.has('patch-file')) throw plainError(`unable to read patch file: open ${run.flag('patch-file')}: no such file or directory`);
  if (!run.has('patch') || run.flag('patch') === '') throw plainError('must specify --patch or --patch-file containing the contents of the patch');
  const body = parsePatch(run.flag('patch'));
  const subresource = run.flag('subresource');
  if (subresource !== '' && !['status', 'scale', 'resize'].includes(subresource))
    throw plainError(`invalid subresource value: ${quote(subresource)}. Must be one of [status scale resize]`);
  const format = formatOf(run);
  const { infos, failures } = found(run, run.args);
  for (const info of infos) {
    const object = info.object as KubeObject;
    if (run.dryRun === 'client') {
      printResult(run, format, info.resource, object, 'patched');
      continue;
    }
    const bad = badPatch(body, type);
    const result =
      bad ?? patchObject(run, info.resource, info.namespace, info.name, type as PatchType, body, subresource === '' ? undefined : (subresource as 'status'));
    if (!result.object) {
      failures.push(failureOf(result.status));
      continue;
    }
    const same = result.object.metadata.resourceVersion === object.metadata.resourceVersion;
    printResult(run, format, info.resource, result.object.kind === 'Scale' ? object : result.object, same ? 'patched (no change)' : 'patched');
  }
  report(run, failures);
}

function parsePatch(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const parsed = parseYaml(text);
    if (parsed.error !== undefined) throw plainError(`unable to parse ${quote(text)}: yaml: ${parsed.error}`);
    return parsed.documents[0];
  }
}

/** What a patch of the wrong form is answered with. */
function badPatch(body: unknown, type: string): { object?: undefined; status: NonNullable<ReturnType<typeof failureOf>['status']> } | null {
  const kind = Array.isArray(body) ? 'array' : body === null ? 'null' : typeof body;
  const right = type === 'json' ? kind === 'array' : kind === 'object' || kind === 'null';
  if (right) return null;
  const go = type === 'json' ? 'jsonpatch.Patch' : 'map[string]interface {}';
  const message = `json: cannot unmarshal ${kind === 'boolean' ? 'bool' : kind} into Go value of type ${go}`;
  return { status: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', reason: 'BadRequest', code: 400, message } };
}

/** `a=b c-`: what to set, what to remove; the rest names objects. */
function splitPairs(run: Run, what: string): { args: string[]; set: Map<string, string>; remove: string[] } {
  const args: string[] = [];
  const set = new Map<string, string>();
  const remove: string[] = [];
  let inPairs = false;
  for (const word of run.args) {
    const isPair = word.includes('=') || (word.endsWith('-') && word.length > 1 && (args.length > 0 || run.all('filename').length > 0));
    if (isPair) {
      inPairs = true;
      const at = word.indexOf('=');
      if (at >= 0) set.set(word.slice(0, at), word.slice(at + 1));
      else remove.push(word.slice(0, -1));
    } else if (inPairs) throw plainError(`all resources must be specified before ${what} changes: ${word}`);
    else args.push(word);
  }
  for (const key of remove)
    if (set.has(key)) throw plainError(`can not both modify and remove ${what === 'label' ? 'a label' : 'an annotation'} in the same command`);
  return { args, set, remove };
}

const labelValue = /^(([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9])?$/;

export function label(run: Run): void {
  const { args, set, remove } = splitPairs(run, 'label');
  const format = formatOf(run);
  if (set.size === 0 && remove.length === 0 && !run.on('list')) throw plainError('at least one label update is required');
  for (const [key, value] of set) {
    if (!labelValue.test(value))
      throw plainError(
        `invalid label value: ${quote(`${key}=${value}`)}: ${value.length > 63 ? 'must be no more than 63 characters' : "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"}`,
      );
  }
  const { infos, failures } = found(run, args);
  for (const info of infos) {
    const object = info.object as KubeObject;
    const labels = object.metadata.labels ?? {};
    if (run.on('list')) {
      run.line(`Listing labels for ${info.resource.kind}.${info.resource.version}/${info.name}:`);
      for (const key of Object.keys(labels).sort()) run.line(` ${key}=${labels[key]}`);
      if (set.size === 0 && remove.length === 0) continue;
    }
    const taken = [...set].find(([key, value]) => Object.hasOwn(labels, key) && labels[key] !== value);
    if (taken && !run.on('overwrite')) {
      failures.push({ text: `'${taken[0]}' already has a value (${labels[taken[0]]}), and --overwrite is false` });
      continue;
    }
    for (const key of remove) if (!Object.hasOwn(labels, key)) run.line(`label ${quote(key)} not found.`);
    const changed = [...set].some(([key, value]) => labels[key] !== value);
    const removed = remove.some((key) => Object.hasOwn(labels, key));
    const verb = changed ? 'labeled' : removed ? 'unlabeled' : 'not labeled';
    send(run, info, object, { labels: Object.fromEntries([...set, ...remove.map((key) => [key, null])]) }, changed || removed, verb, format, failures);
  }
  report(run, failures);
}

function send(
  run: Run,
  info: Found['infos'][number],
  object: KubeObject,
  metadata: Record<string, unknown>,
  changes: boolean,
  verb: string,
  format: ReturnType<typeof formatOf>,
  failures: Found['failures'],
): void {
  let shown = object;
  if (changes && run.dryRun !== 'client') {
    const result = patchObject(run, info.resource, info.namespace, info.name, 'merge', {
      metadata: { ...metadata, ...(run.has('resource-version') ? { resourceVersion: run.flag('resource-version') } : {}) },
    });
    if (!result.object) {
      failures.push(failureOf(result.status));
      return;
    }
    shown = result.object;
  }
  printResult(run, format, info.resource, shown, verb);
}

export function annotate(run: Run): void {
  const { args, set, remove } = splitPairs(run, 'annotation');
  const format = formatOf(run);
  if (set.size === 0 && remove.length === 0 && !run.on('list')) throw plainError('at least one annotation update is required');
  const { infos, failures } = found(run, args);
  for (const info of infos) {
    const object = info.object as KubeObject;
    const now = object.metadata.annotations ?? {};
    if (run.on('list')) {
      run.line(`Listing annotations for ${info.resource.kind}.${info.resource.version}/${info.name}:`);
      for (const key of Object.keys(now).sort()) run.line(` ${key}=${now[key]}`);
      if (set.size === 0 && remove.length === 0) continue;
    }
    const taken = [...set].filter(([key, value]) => Object.hasOwn(now, key) && now[key] !== value).map(([key]) => `'${key}' already has a value (${now[key]})`);
    if (taken.length > 0 && !run.on('overwrite')) {
      failures.push({ text: `--overwrite is false but found the following declared annotation(s): ${taken.join('; ')}` });
      continue;
    }
    const changes = [...set].some(([key, value]) => now[key] !== value) || remove.some((key) => Object.hasOwn(now, key));
    send(run, info, object, { annotations: Object.fromEntries([...set, ...remove.map((key) => [key, null])]) }, changes, 'annotated', format, failures);
  }
  report(run, failures);
}

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

export function taint(run: Run): void {
  const words = run.args;
  if (words.length < 1) throw nothingGiven('taint');
  const first = words[0] as string;
  const isType = /^(no|nodes?)$/i.test(first);
  const rest = words.slice(isType ? 1 : 0);
  if (!isType && !first.includes('/')) throw plainError(`invalid resource type ${first}, only node(s) is supported`);
  const isTaint = (w: string): boolean => w.includes('=') || w.includes(':') || w.endsWith('-');
  const names = rest.filter((w) => !isTaint(w));
  const specs = rest.filter(isTaint);
  if (specs.length === 0) throw plainError('at least one taint update is required');
  const add: Taint[] = [];
  const remove: { key: string; effect: string }[] = [];
  const bad = (text: string): CommandError => usageError('taint', text);
  for (const spec of specs) {
    const gone = spec.endsWith('-');
    const text = gone ? spec.slice(0, -1) : spec;
    const m = /^([^=:]+)(?:=([^:]*))?(?::([^:]*))?$/.exec(text);
    if (!m) throw bad(`invalid taint spec: ${spec}`);
    const effect = m[3] ?? '';
    if (effect !== '' && !effects.includes(effect)) throw bad(`invalid taint effect: ${effect}, unsupported taint effect`);
    if (gone) remove.push({ key: m[1] as string, effect });
    else {
      if (effect === '') throw bad(`invalid taint spec: ${spec}`);
      add.push({ key: m[1] as string, ...(m[2] ? { value: m[2] } : {}), effect });
    }
  }
  const format = formatOf(run);
  const { infos, failures } = find(run, {
    args: isType ? ['nodes', ...names] : names,
    ...(run.has('selector') ? { selector: run.flag('selector') } : {}),
    selectAll: run.on('all'),
  });
  for (const info of infos) {
    const node = info.object as Node;
    const now = (node.spec.taints ?? []).slice();
    const clash = add.filter((t) => now.some((o) => o.key === t.key && o.effect === t.effect));
    if (clash.length > 0 && !run.on('overwrite')) {
      failures.push({ text: `node ${info.name} already has ${clash.map((t) => t.key).join(',')} taint(s) with same effect(s) and --overwrite is false` });
      continue;
    }
    const missing = remove.filter((r) => !now.some((o) => o.key === r.key && (r.effect === '' || o.effect === r.effect)));
    if (missing.length > 0) {
      failures.push(...missing.map((r) => ({ text: `taint ${quote(r.effect === '' ? r.key : `${r.key}:${r.effect}`)} not found` })));
      continue;
    }
    const kept = now.filter(
      (o) => !remove.some((r) => o.key === r.key && (r.effect === '' || o.effect === r.effect)) && !add.some((t) => o.key === t.key && o.effect === t.effect),
    );
    const taints = [...add.map((t) => (t.effect === 'NoExecute' ? { ...t, timeAdded: rfc3339(run.epochMs) } : t)), ...kept];
    let shown: KubeObject = node;
    if (run.dryRun !== 'client') {
      const result = patchObject(run, info.resource, '', info.name, 'merge', { spec: { taints: taints.length > 0 ? taints : null } });
      if (!result.object) {
        failures.push(failureOf(result.status));
        continue;
      }
      shown = result.object;
    }
    const verb = add.length > 0 && remove.length > 0 ? 'modified' : add.length > 0 ? (clash.length > 0 ? 'modified' : 'tainted') : 'untainted';
    printResult(run, format, info.resource, shown, verb);
  }
  report(run, failures);
}

export function replace(run: Run): void {
  if (run.has('raw')) throw plainError('--raw is not simulated');
  if (run.all('filename').length === 0) throw usageError('replace', 'must specify --filename to replace');
  const format = formatOf(run);
  const { infos, failures } = readFiles(run, validation(run) !== 'Ignore');
  for (const info of infos) {
    const object = info.object as KubeObject;
    const named = { ...clone(object), metadata: { ...object.metadata, ...(info.namespace ? { namespace: info.namespace } : {}) } } as KubeObject;
    const sent = run.on('save-config') ? withLastApplied(named, info.namespace) : named;
    const options = { fieldManager: 'kubectl-replace', fieldValidation: validation(run), ...(run.dryRun === 'server' ? { dryRun: true } : {}) };
    const where = whereOf(info.resource, info.namespace);
    if (run.dryRun === 'client') {
      printResult(run, format, info.resource, sent, 'replaced');
      continue;
    }
    if (run.on('force')) {
      const gone = run.api({ verb: 'delete', ...where, name: info.name, options: { gracePeriodSeconds: 0, propagationPolicy: 'Background' } });
      if (gone.code < 300)
        run.line(`${printedName(info.resource, info.name).replace('/', ' "')}" deleted${info.resource.namespaced ? ` from ${info.namespace} namespace` : ''}`);
      const result = run.api({ verb: 'create', ...where, object: sent, options });
      if (result.object) printResult(run, format, info.resource, result.object, 'replaced');
      else failures.push(withSource(failureOf(result.status), 'creating', info.source));
      continue;
    }
    const result = run.api({ verb: 'update', ...where, name: info.name, object: sent, options });
    if (result.object) printResult(run, format, info.resource, result.object, 'replaced');
    else failures.push(withSource(failureOf(result.status), 'replacing', info.source));
  }
  report(run, failures);
}

export function edit(run: Run): void {
  const { failures } = found(run, run.args);
  report(run, failures);
  if (failures.length === 0) throw plainError('there is no editor here: change the manifest and apply it, or use kubectl patch');
}
