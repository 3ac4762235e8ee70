import { canonicalQuantity } from '../../api/quantity.ts';
import { formatLabelSelector } from '../../api/selector.ts';
import type { KubeObject } from '../../api/types.ts';
import { byCodePoint } from '../printers/json.ts';
import type { Run } from '../run.ts';
import { describeEvents } from './events.ts';
import { annotations, labels, Writer } from './writer.ts';

// biome-ignore lint/suspicious/noExplicitAny: objects of kinds without types
type Any = any;

export function describeConfigMap(run: Run, o: KubeObject): string {
  const w = new Writer();
  w.field(0, 'Name', o.metadata.name);
  w.field(0, 'Namespace', o.metadata.namespace ?? '');
  labels(w, 'Labels', o.metadata.labels);
  annotations(w, 'Annotations', o.metadata.annotations);
  w.write(0, '\nData\n====\n');
  for (const key of Object.keys(o.data ?? {}).sort(byCodePoint)) w.write(0, `${key}:\n----\n${String(o.data[key]).replaceAll('\t', '    ')}\n\n`);
  w.write(0, '\nBinaryData\n====\n');
  for (const key of Object.keys(o.binaryData ?? {}).sort(byCodePoint)) w.write(0, `${key}: ${decodedLength(o.binaryData[key])} bytes\n`);
  w.write(0, '\n');
  describeEvents(run, w, o);
  return w.toString();
}

/** Bytes that base64 text stands for. */
function decodedLength(text: unknown): number {
  const plain = String(text ?? '').replace(/[\r\n]/g, '');
  const padding = plain.endsWith('==') ? 2 : plain.endsWith('=') ? 1 : 0;
  return Math.max(0, Math.floor((plain.length * 3) / 4) - padding);
}

export function describeSecret(_run: Run, o: KubeObject): string {
  const w = new Writer();
  w.field(0, 'Name', o.metadata.name);
  w.field(0, 'Namespace', o.metadata.namespace ?? '');
  labels(w, 'Labels', o.metadata.labels);
  annotations(w, 'Annotations', o.metadata.annotations);
  w.write(0, `\nType:\t${o.type ?? ''}\n`);
  w.write(0, '\nData\n====\n');
  for (const key of Object.keys(o.data ?? {}).sort(byCodePoint)) w.write(0, `${key}:\t${decodedLength(o.data[key])} bytes\n`);
  return w.toString();
}

export function describeServiceAccount(run: Run, o: KubeObject): string {
  const w = new Writer();
  w.field(0, 'Name', o.metadata.name);
  w.field(0, 'Namespace', o.metadata.namespace ?? '');
  labels(w, 'Labels', o.metadata.labels);
  annotations(w, 'Annotations', o.metadata.annotations);
  const pull: Any[] = o.imagePullSecrets ?? [];
  if (pull.length === 0) w.field(0, 'Image pull secrets', '<none>');
  for (const [i, s] of pull.entries()) w.write(0, `${i === 0 ? 'Image pull secrets:' : '                '}\t${s.name}\n`);
  const mountable: Any[] = o.secrets ?? [];
  if (mountable.length > 0) for (const [i, s] of mountable.entries()) w.write(0, `${i === 0 ? 'Mountable secrets:' : '                '}\t${s.name}\n`);
  describeEvents(run, w, o);
  return w.toString();
}

export function describeNamespace(run: Run, o: KubeObject): string {
  const w = new Writer();
  w.field(0, 'Name', o.metadata.name);
  labels(w, 'Labels', o.metadata.labels);
  annotations(w, 'Annotations', o.metadata.annotations);
  w.field(0, 'Status', o.status?.phase ?? '');
  const conditions: Any[] = o.status?.conditions ?? [];
  if (conditions.length > 0) {
    w.write(0, 'Conditions:\n');
    w.row(1, 'Type', 'Status', 'LastTransitionTime', 'Reason', 'Message');
    w.row(1, '----', '------', '------------------', '------', '-------');
    for (const c of conditions) w.row(1, c.type, c.status, c.lastTransitionTime ?? '', c.reason ?? '', c.message ?? '');
  }
  const list = (resource: string): KubeObject[] => run.api({ verb: 'list', resource, namespace: o.metadata.name }).list?.items ?? [];
  const quotas = list('resourcequotas');
  w.write(0, '\n');
  if (quotas.length === 0) w.write(0, 'No resource quota.\n');
  else {
    w.write(0, 'Resource Quotas\n');
    for (const q of quotas) {
      w.field(1, 'Name', q.metadata.name);
      quotaRows(w, q, 1);
    }
  }
  const ranges = list('limitranges');
  w.write(0, '\n');
  if (ranges.length === 0) w.write(0, 'No LimitRange resource.\n');
  else {
    w.write(0, 'Resource Limits\n');
    limitRows(
      w,
      ranges.flatMap((r) => r.spec?.limits ?? []),
      1,
    );
  }
  return w.toString();
}

function quotaRows(w: Writer, o: KubeObject, level: number): void {
  w.row(level, 'Resource', 'Used', 'Hard');
  w.row(level, '--------', level === 0 ? '----' : '---', level === 0 ? '----' : '---');
  const hard = o.status?.hard ?? {};
  for (const name of Object.keys(hard).sort(byCodePoint)) w.row(level, name, canonicalQuantity(o.status?.used?.[name] ?? '0'), canonicalQuantity(hard[name]));
}

export function describeQuota(_run: Run, o: KubeObject): string {
  const w = new Writer();
  w.field(0, 'Name', o.metadata.name);
  w.field(0, 'Namespace', o.metadata.namespace ?? '');
  const scopes: string[] = o.spec?.scopes ?? [];
  if (scopes.length > 0) w.field(0, 'Scopes', scopes.slice().sort(byCodePoint).join(', '));
  quotaRows(w, o, 0);
  return w.toString();
}

function limitRows(w: Writer, limits: Any[], level: number): void {
  w.row(level, 'Type', 'Resource', 'Min', 'Max', 'Default Request', 'Default Limit', 'Max Limit/Request Ratio');
  w.row(level, '----', '--------', '---', '---', '---------------', '-------------', '-----------------------');
  for (const l of limits) {
    const names = new Set<string>();
    for (const part of ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio']) for (const name of Object.keys(l[part] ?? {})) names.add(name);
    const cell = (part: string, name: string): string => (l[part]?.[name] === undefined ? '-' : canonicalQuantity(l[part][name]));
    for (const name of [...names].sort(byCodePoint))
      w.row(level, l.type, name, cell('min', name), cell('max', name), cell('defaultRequest', name), cell('default', name), cell('maxLimitRequestRatio', name));
  }
}

export function describeLimitRange(_run: Run, o: KubeObject): string {
  const w = new Writer();
  w.field(0, 'Name', o.metadata.name);
  w.field(0, 'Namespace', o.metadata.namespace ?? '');
  limitRows(w, o.spec?.limits ?? [], 0);
  return w.toString();
}

export function describePdb(run: Run, o: KubeObject): string {
  const w = new Writer();
  const { spec = {}, status = {} } = o as Any;
  w.field(0, 'Name', o.metadata.name);
  w.field(0, 'Namespace', o.metadata.namespace ?? '');
  if (spec.minAvailable !== undefined) w.field(0, 'Min available', spec.minAvailable);
  else if (spec.maxUnavailable !== undefined) w.field(0, 'Max unavailable', spec.maxUnavailable);
  w.field(0, 'Selector', spec.selector ? formatLabelSelector(spec.selector) : '<unset>');
  w.write(0, 'Status:\n');
  w.field(2, 'Allowed disruptions', status.disruptionsAllowed ?? 0);
  w.field(2, 'Current', status.currentHealthy ?? 0);
  w.field(2, 'Desired', status.desiredHealthy ?? 0);
  w.field(2, 'Total', status.expectedPods ?? 0);
  describeEvents(run, w, o);
  return w.toString();
}

export function describePriorityClass(run: Run, o: KubeObject): string {
  const w = new Writer();
  w.field(0, 'Name', o.metadata.name);
  w.field(0, 'Value', o.value ?? 0);
  w.field(0, 'GlobalDefault', String(o.globalDefault ?? false));
  w.field(0, 'PreemptionPolicy', o.preemptionPolicy ?? 'PreemptLowerPriority');
  w.field(0, 'Description', o.description ?? '');
  w.field(0, 'Annotations', annotationsText(o.metadata.annotations));
  describeEvents(run, w, o);
  return w.toString();
}

const annotationsText = (map: Record<string, string> | undefined): string => {
  const keys = Object.keys(map ?? {}).sort(byCodePoint);
  return keys.length === 0 ? '<none>' : keys.map((k) => `${k}=${(map as Record<string, string>)[k]}`).join(',');
};

export function describeStorageClass(run: Run, o: KubeObject): string {
  const w = new Writer();
  const note = 'storageclass.kubernetes.io/is-default-class';
  w.field(0, 'Name', o.metadata.name);
  w.field(0, 'IsDefaultClass', o.metadata.annotations?.[note] === 'true' ? 'Yes' : 'No');
  w.field(0, 'Annotations', annotationsText(o.metadata.annotations));
  w.field(0, 'Provisioner', o.provisioner ?? '');
  w.field(0, 'Parameters', annotationsText(o.parameters));
  w.field(0, 'AllowVolumeExpansion', o.allowVolumeExpansion === undefined ? '<unset>' : o.allowVolumeExpansion ? 'True' : 'False');
  const options: string[] = o.mountOptions ?? [];
  if (options.length === 0) w.field(0, 'MountOptions', '<none>');
  else {
    w.write(0, 'MountOptions:\n');
    for (const option of options) w.write(1, `${option}\n`);
  }
  if (o.reclaimPolicy) w.field(0, 'ReclaimPolicy', o.reclaimPolicy);
  if (o.volumeBindingMode) w.field(0, 'VolumeBindingMode', o.volumeBindingMode);
  describeEvents(run, w, o);
  return w.toString();
}
