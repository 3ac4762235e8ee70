/** The live status of a document, in one line and whole. */
const most = 4;

/** `replicas: 3, readyReplicas: 2` from an object's status: its plain values, the telling ones first. */
export function statusLine(status: unknown): string {
  if (typeof status !== 'object' || status === null || Array.isArray(status)) return '';
  const first = ['phase', 'replicas', 'readyReplicas', 'active', 'succeeded', 'failed', 'desiredNumberScheduled', 'numberReady', 'podIP'];
  const plain = Object.entries(status).filter(
    ([name, value]) => name !== 'observedGeneration' && (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'),
  );
  const rank = ([name]: [string, unknown]): number => (first.includes(name) ? first.indexOf(name) : first.length);
  plain.sort((a, b) => rank(a) - rank(b));
  const text = plain.slice(0, most).map(([name, value]) => `${name}: ${String(value)}`);
  const ready = readyCount(status as { containerStatuses?: unknown });
  if (ready) text.splice(1, text.length, ready);
  return text.join(', ');
}

function readyCount(status: { containerStatuses?: unknown }): string {
  if (!Array.isArray(status.containerStatuses)) return '';
  const all = status.containerStatuses as { ready?: boolean }[];
  return `ready ${all.filter((c) => c.ready).length}/${all.length}`;
}

/** The part of an object's YAML that begins with `status:`. */
export function statusYaml(yaml: string): string {
  const lines = yaml.split('\n');
  const from = lines.findIndex((line) => line.startsWith('status:'));
  if (from < 0) return '';
  const to = lines.findIndex((line, i) => i > from && line !== '' && !/^[\s-]/.test(line));
  return lines
    .slice(from, to < 0 ? undefined : to)
    .join('\n')
    .trimEnd();
}
