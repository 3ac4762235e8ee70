/** Manifests taken from a real cluster (`kubectl get -o yaml`) without what only that cluster knows. Text that a person wrote stays as it is. */
import { loadYaml } from './load.ts';
import { printYaml } from './print.ts';

export interface CleanResult {
  text: string;
  /** Documents that were made anew. */
  cleaned: number;
  /** Names of what was taken out, each once. */
  removed: string[];
  /** Values of Secrets that were replaced. */
  secrets: number;
  /** Objects left out, `Event web.18`: the cluster makes them itself. */
  left: string[];
  /** Namespaces that were added in front. */
  namespaces: string[];
  /** What is wrong with the text; then it is as it came. */
  problem: string;
}

type Fields = Record<string, unknown>;

/** The cluster makes these itself, or they are the cluster. */
const clusterOnly = new Set([
  'Node',
  'Event',
  'Lease',
  'Endpoints',
  'EndpointSlice',
  'ControllerRevision',
  'ComponentStatus',
  'APIService',
  'PodMetrics',
  'NodeMetrics',
  'CSINode',
  'VolumeAttachment',
]);
const metadataOnly = [
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'managedFields',
  'selfLink',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'ownerReferences',
];
const annotationOnly =
  /^(kubectl\.kubernetes\.io\/last-applied-configuration|deployment\.kubernetes\.io\/revision|deprecated\.daemonset\.template\.generation|pv\.kubernetes\.io\/.*|volume\..*kubernetes\.io\/.*|cni\.projectcalico\.org\/.*)$/;
const replaced = 'replaced';
/** `replaced` in base64. */
const replacedBase64 = 'cmVwbGFjZWQ=';

export function cleanManifest(text: string): CleanResult {
  const out: CleanResult = { text, cleaned: 0, removed: [], secrets: 0, left: [], namespaces: [], problem: '' };
  const { documents, problems } = loadYaml(text);
  const [problem] = problems;
  if (problem) return { ...out, problem: `line ${problem.line}: ${problem.message}` };
  const lines = text.split('\n');
  const pieces: { text: string; object: Fields | null }[] = [];
  const all = documents.flatMap(({ object }) => itemsOf(object) ?? [object]).filter(isFields);
  const owners = new Set(all.map(nameOf));
  const removed = new Set<string>();
  for (const { object, line, endLine } of documents) {
    const items = itemsOf(object) ?? (isFields(object) ? [object] : []);
    if (!items.some(isExported)) {
      pieces.push({ text: lines.slice(line - 1, endLine).join('\n'), object: isFields(object) ? object : null });
      continue;
    }
    for (const item of items.filter(isFields)) {
      if (madeByCluster(item, owners)) {
        out.left.push(nameOf(item));
        continue;
      }
      const copy = structuredClone(item);
      out.secrets += cleanObject(copy, removed);
      out.cleaned += 1;
      pieces.push({ text: printYaml(copy).trimEnd(), object: copy });
    }
  }
  if (out.cleaned === 0 && out.left.length === 0) return out;
  const given = new Set(pieces.filter((p) => p.object?.kind === 'Namespace').map((p) => String(metadataOf(p.object as Fields).name)));
  for (const { object } of pieces) {
    const namespace = object && metadataOf(object).namespace;
    if (typeof namespace === 'string' && !/^(default|kube-.*)$/.test(namespace) && !given.has(namespace)) {
      given.add(namespace);
      out.namespaces.push(namespace);
    }
  }
  const added = out.namespaces.map((name) => printYaml({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }).trimEnd());
  return { ...out, removed: [...removed], text: `${[...added, ...pieces.map((p) => p.text)].join('\n---\n')}\n` };
}

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
const metadataOf = (object: Fields): Fields => (isFields(object.metadata) ? object.metadata : {});
const nameOf = (object: Fields): string => `${String(object.kind ?? '')} ${String(metadataOf(object).name ?? '')}`;

function itemsOf(object: unknown): unknown[] | null {
  return isFields(object) && typeof object.kind === 'string' && object.kind.endsWith('List') && Array.isArray(object.items) ? object.items : null;
}

/** Only an API server writes these. */
function isExported(object: unknown): boolean {
  if (!isFields(object)) return false;
  const metadata = metadataOf(object);
  return (
    typeof metadata.uid === 'string' ||
    typeof metadata.resourceVersion === 'string' ||
    Array.isArray(metadata.managedFields) ||
    (isFields(object.status) && Object.keys(object.status).length > 0)
  );
}

function madeByCluster(object: Fields, given: ReadonlySet<string>): boolean {
  if (clusterOnly.has(String(object.kind))) return true;
  const { ownerReferences, name } = metadataOf(object);
  if (object.kind === 'ConfigMap' && name === 'kube-root-ca.crt') return true;
  if (object.kind === 'ServiceAccount' && name === 'default') return true;
  if (object.kind === 'Service' && name === 'kubernetes') return true;
  return Array.isArray(ownerReferences) && ownerReferences.some((o) => isFields(o) && given.has(`${String(o.kind)} ${String(o.name)}`));
}

function cleanObject(object: Fields, removed: Set<string>): number {
  const drop = (from: unknown, key: string, name = key): void => {
    if (!isFields(from) || !Object.hasOwn(from, key)) return;
    delete from[key];
    removed.add(name);
  };
  drop(object, 'status');
  const metadata = metadataOf(object);
  for (const key of metadataOnly) drop(metadata, key);
  if (isFields(metadata.annotations)) {
    for (const key of Object.keys(metadata.annotations)) if (annotationOnly.test(key)) drop(metadata.annotations, key, key.slice(key.indexOf('/') + 1));
    if (Object.keys(metadata.annotations).length === 0) delete metadata.annotations;
  }
  const spec = isFields(object.spec) ? object.spec : {};
  if (object.kind === 'Pod') cleanPod(spec, drop);
  if (object.kind === 'Service' && spec.clusterIP !== 'None') for (const key of ['clusterIP', 'clusterIPs']) drop(spec, key);
  if (object.kind === 'Service') drop(spec, 'healthCheckNodePort');
  if (object.kind === 'PersistentVolumeClaim') drop(spec, 'volumeName');
  if (object.kind === 'PersistentVolume') drop(spec, 'claimRef');
  if (object.kind === 'Job' && spec.manualSelector !== true) {
    drop(spec, 'selector');
    const template = isFields(spec.template) ? metadataOf(spec.template) : {};
    for (const labels of [metadata.labels, template.labels])
      for (const key of ['controller-uid', 'batch.kubernetes.io/controller-uid', 'job-name', 'batch.kubernetes.io/job-name']) drop(labels, key);
  }
  return object.kind === 'Secret' ? replaceValues(object) : 0;
}

/** Where it ran, and the token's volume that was put into it. */
function cleanPod(spec: Fields, drop: (from: unknown, key: string) => void): void {
  for (const key of ['nodeName', 'serviceAccount']) drop(spec, key);
  const token = (item: unknown): boolean => isFields(item) && typeof item.name === 'string' && /^kube-api-access-|^default-token-/.test(item.name);
  if (Array.isArray(spec.volumes)) spec.volumes = spec.volumes.filter((v) => !token(v));
  for (const key of ['containers', 'initContainers'])
    for (const c of Array.isArray(spec[key]) ? spec[key] : [])
      if (isFields(c) && Array.isArray(c.volumeMounts)) c.volumeMounts = c.volumeMounts.filter((m) => !token(m));
}

function replaceValues(secret: Fields): number {
  let count = 0;
  for (const [key, value] of [
    ['data', replacedBase64],
    ['stringData', replaced],
  ] as const) {
    const values = secret[key];
    if (!isFields(values)) continue;
    for (const name of Object.keys(values)) {
      values[name] = value;
      count += 1;
    }
  }
  return count;
}
