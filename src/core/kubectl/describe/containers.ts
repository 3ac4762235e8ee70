import { canonicalQuantity, quantityMilli, quantityValue } from '../../api/quantity.ts';
import type { Container, ContainerStatus, EnvVar, Pod, Probe, ResourceList } from '../../api/types.ts';
import { byCodePoint } from '../printers/json.ts';
import { rfc1123, type Writer } from './writer.ts';

/** describeContainers. `level` is '' of upstream (2 spaces) or its ` ` for templates: `inset` characters more. */
export function describeContainers(
  w: Writer,
  label: string,
  containers: readonly Container[],
  statuses: readonly ContainerStatus[] | undefined,
  pod: Pod | undefined,
  template: boolean,
): void {
  const space = template ? '  ' : '';
  if (containers.length === 0) {
    w.write(0, `${space}${label}: <none>\n`);
    return;
  }
  w.write(0, `${space}${label}:\n`);
  for (const c of containers) {
    const status = statuses?.find((s) => s.name === c.name);
    const nameIndent = template ? ' ' : '';
    w.write(1, `${nameIndent}${c.name}:\n`);
    if (status) w.field(2, 'Container ID', status.containerID ?? '');
    w.field(2, 'Image', c.image ?? '');
    if (status) w.field(2, 'Image ID', status.imageID ?? '');
    ports(w, c);
    commands(w, c);
    if (status) state(w, status);
    resources(w, c);
    probes(w, c);
    if ((c.envFrom ?? []).length > 0) envFrom(w, c);
    env(w, c, pod);
    mounts(w, c);
    const devices = c.volumeDevices ?? [];
    if (devices.length > 0) {
      w.write(2, 'Devices:\n');
      for (const d of devices) w.write(3, `${d.devicePath} from ${d.name}\n`);
    }
  }
}

function ports(w: Writer, c: Container): void {
  const list = c.ports ?? [];
  const plural = list.length > 1 ? 's' : '';
  const text = (number: (p: NonNullable<Container['ports']>[number]) => number): string =>
    list.length === 0 ? '<none>' : list.map((p) => `${number(p)}/${p.protocol ?? 'TCP'}${p.name ? ` (${p.name})` : ''}`).join(', ');
  w.field(
    2,
    `Port${plural}`,
    text((p) => p.containerPort),
  );
  w.field(
    2,
    `Host Port${plural}`,
    text((p) => p.hostPort ?? 0),
  );
}

function commands(w: Writer, c: Container): void {
  for (const [title, words] of [
    ['Command', c.command],
    ['Args', c.args],
  ] as const) {
    if (!words || words.length === 0) continue;
    w.write(2, `${title}:\n`);
    for (const word of words) for (const line of word.split('\n')) w.write(3, `${line}\n`);
  }
}

function state(w: Writer, status: ContainerStatus): void {
  oneState(w, 'State', status.state ?? {});
  if (status.lastState?.terminated) oneState(w, 'Last State', status.lastState);
  w.field(2, 'Ready', status.ready ? 'True' : 'False');
  w.field(2, 'Restart Count', status.restartCount ?? 0);
}

function oneState(w: Writer, title: string, s: ContainerStatus['state']): void {
  if (s.running) {
    w.field(2, title, 'Running');
    w.field(3, 'Started', rfc1123(s.running.startedAt));
  } else if (s.terminated) {
    const t = s.terminated;
    w.field(2, title, 'Terminated');
    if (t.reason) w.field(3, 'Reason', t.reason);
    if (t.message) w.field(3, 'Message', t.message);
    w.field(3, 'Exit Code', t.exitCode);
    if (t.signal) w.field(3, 'Signal', t.signal);
    w.field(3, 'Started', rfc1123(t.startedAt));
    w.field(3, 'Finished', rfc1123(t.finishedAt));
  } else {
    w.field(2, title, 'Waiting');
    if (s.waiting?.reason) w.field(3, 'Reason', s.waiting.reason);
  }
}

function resources(w: Writer, c: Container): void {
  quantities(w, 'Limits', c.resources?.limits, 2);
  quantities(w, 'Requests', c.resources?.requests, 2);
}

export function quantities(w: Writer, title: string, list: ResourceList | undefined, level: number): void {
  const names = Object.keys(list ?? {}).sort(byCodePoint);
  if (names.length === 0) return;
  w.write(level, `${title}:\n`);
  for (const name of names) w.field(level + 1, name, canonicalQuantity((list as ResourceList)[name] as string));
}

function probes(w: Writer, c: Container): void {
  if (c.livenessProbe) w.field(2, 'Liveness', probeText(c.livenessProbe));
  if (c.readinessProbe) w.field(2, 'Readiness', probeText(c.readinessProbe));
  if (c.startupProbe) w.field(2, 'Startup', probeText(c.startupProbe));
}

/** DescribeProbe. */
export function probeText(p: Probe): string {
  const attributes = `delay=${p.initialDelaySeconds ?? 0}s timeout=${p.timeoutSeconds ?? 1}s period=${p.periodSeconds ?? 10}s #success=${p.successThreshold ?? 1} #failure=${p.failureThreshold ?? 3}`;
  if (p.exec) return `exec [${(p.exec.command ?? []).join(' ')}] ${attributes}`;
  if (p.httpGet) {
    const { scheme, host, port, path } = p.httpGet;
    const hostPort = port === '' || port === undefined ? (host ?? '') : `${host ?? ''}:${port}`;
    const where = path ?? '';
    return `http-get ${(scheme ?? 'HTTP').toLowerCase()}://${hostPort}${where.startsWith('/') || where === '' ? where : `/${where}`} ${attributes}`;
  }
  if (p.tcpSocket) return `tcp-socket ${p.tcpSocket.host ?? ''}:${p.tcpSocket.port} ${attributes}`;
  if (p.grpc) return `grpc <pod>:${p.grpc.port} ${p.grpc.service ?? ''} ${attributes}`;
  return `unknown ${attributes}`;
}

function envFrom(w: Writer, c: Container): void {
  w.write(2, 'Environment Variables from:\n');
  for (const e of c.envFrom ?? []) {
    const [name, kind, optional] = e.configMapRef
      ? [e.configMapRef.name, 'ConfigMap', e.configMapRef.optional]
      : [e.secretRef?.name ?? '', 'Secret', e.secretRef?.optional];
    const cells = `${name}\t${kind}${e.prefix ? ` with prefix '${e.prefix}'` : ''}\tOptional: ${optional === true}\n`;
    w.write(3, cells);
  }
}

function env(w: Writer, c: Container, pod: Pod | undefined): void {
  const list = c.env ?? [];
  if (list.length === 0) {
    w.field(2, 'Environment', '<none>');
    return;
  }
  w.write(2, 'Environment:\n');
  for (const e of list) envLine(w, e, c, pod);
}

function envLine(w: Writer, e: EnvVar, c: Container, pod: Pod | undefined): void {
  const from = e.valueFrom;
  if (!from) {
    for (const [i, line] of (e.value ?? '').split('\n').entries()) w.write(3, i === 0 ? `${e.name}:\t${line}\n` : `\t${line}\n`);
    return;
  }
  if (from.fieldRef) {
    const value = pod ? fieldValue(pod, from.fieldRef.fieldPath) : '';
    w.field(3, e.name, `${value} (${from.fieldRef.apiVersion ?? 'v1'}:${from.fieldRef.fieldPath})`);
  } else if (from.resourceFieldRef) {
    const { resource, divisor } = from.resourceFieldRef;
    w.field(3, e.name, `${resourceValue(c, resource, divisor)} (${resource})`);
  } else if (from.secretKeyRef) {
    const r = from.secretKeyRef;
    w.field(3, e.name, `<set to the key '${r.key}' in secret '${r.name}'>\tOptional: ${r.optional === true}`);
  } else if (from.configMapKeyRef) {
    const r = from.configMapKeyRef;
    w.field(3, e.name, `<set to the key '${r.key}' of config map '${r.name}'>\tOptional: ${r.optional === true}`);
  }
}

/** Only what the object's own metadata tells (recorded: status and spec fields stay empty). */
function fieldValue(pod: Pod, path: string): string {
  const m = pod.metadata;
  switch (path) {
    case 'metadata.name':
      return m.name ?? '';
    case 'metadata.namespace':
      return m.namespace ?? '';
    case 'metadata.uid':
      return m.uid ?? '';
    default: {
      const key = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path);
      if (!key) return '';
      const map = key[1] === 'labels' ? m.labels : m.annotations;
      return Object.hasOwn(map ?? {}, key[2] as string) ? ((map as Record<string, string>)[key[2] as string] as string) : '';
    }
  }
}

/** ExtractContainerResourceValue: whole units of the divisor, rounded up. */
function resourceValue(c: Container, resource: string, divisor: string | number | undefined): string {
  const [kind, ...rest] = resource.split('.');
  const name = rest.join('.');
  const list = kind === 'limits' ? c.resources?.limits : c.resources?.requests;
  const q = list?.[name];
  const unit = divisor === undefined || String(divisor) === '0' ? '1' : divisor;
  if (q === undefined) return '0';
  if (name === 'cpu') return String(Math.ceil(quantityMilli(q) / Math.max(1, quantityMilli(unit))));
  return String(Math.ceil(quantityValue(q) / Math.max(1, quantityValue(unit))));
}

function mounts(w: Writer, c: Container): void {
  const list = c.volumeMounts ?? [];
  if (list.length === 0) {
    w.field(2, 'Mounts', '<none>');
    return;
  }
  w.write(2, 'Mounts:\n');
  for (const m of list.slice().sort((a, b) => byCodePoint(a.mountPath, b.mountPath))) {
    const flags = [m.readOnly ? 'ro' : 'rw', ...(m.subPath ? [`path="${m.subPath}"`] : [])];
    w.write(3, `${m.mountPath} from ${m.name} (${flags.join(',')})\n`);
  }
}
