/** run, expose, autoscale. Models k8s.io/kubectl/pkg/cmd/{run,expose,autoscale} and pkg/generate, v1.36.2. */
import type { KubeObject } from '../../api/types.ts';
import { find, nothingGiven, report, resourceFor } from '../builder.ts';
import { failureOf, plainError, usageError } from '../errors.ts';
import { formatOf, printResult } from '../printers/print.ts';
import type { Run } from '../run.ts';
import { attachTo } from './exec.ts';
import { createMade, whereOf } from './send.ts';

function labelsOf(run: Run, name: string): Record<string, string> {
  const text = run.flag('labels');
  if (text === '') return { run: name };
  const out: Record<string, string> = {};
  for (const part of text.split(',')) {
    const at = part.indexOf('=');
    if (at < 1) throw plainError(`unexpected label spec: ${part}`);
    out[part.slice(0, at)] = part.slice(at + 1);
  }
  return out;
}

/** kubectl run. */
export function runVerb(run: Run): void {
  const { args } = run;
  const dash = run.flags.dash;
  if (args.length === 0 || dash === 0) throw usageError('run', 'NAME is required for run');
  const image = run.flag('image');
  if (image === '') throw plainError('--image is required');
  if (!/^[a-zA-Z0-9][\w./:@-]*$/.test(image)) throw plainError(`Invalid image name ${JSON.stringify(image)}: invalid reference format`);
  const interactive = run.on('stdin');
  const attach = run.has('attach') ? run.on('attach') : interactive;
  if (run.on('tty') && !interactive) throw plainError('-i/--stdin is required for containers with -t/--tty=true');
  if (run.on('rm') && !attach) throw plainError('--rm should only be used for attached containers');
  if (attach && run.dryRun !== 'none')
    throw plainError("--dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)");
  if (run.on('expose') && run.flag('port') === '') throw plainError('--port must be set when exposing a service');
  const restart = run.flag('restart', 'Always');
  if (!['Always', 'OnFailure', 'Never'].includes(restart)) throw usageError('run', `invalid restart policy: ${restart}`);
  const name = args[0] as string;
  const words = args.slice(1);
  const labels = labelsOf(run, name);
  const env = run.all('env').map((e) => {
    const at = e.indexOf('=');
    if (at < 1) throw plainError(`invalid env: ${e}`);
    return { name: e.slice(0, at), value: e.slice(at + 1) };
  });
  const container = {
    ...(words.length > 0 ? (run.on('command') ? { command: words } : { args: words }) : {}),
    ...(env.length > 0 ? { env } : {}),
    image,
    ...(run.has('image-pull-policy') ? { imagePullPolicy: run.flag('image-pull-policy') } : {}),
    name,
    ...(run.flag('port') ? { ports: [{ containerPort: Number(run.flag('port')) }] } : {}),
    resources: {},
    ...(interactive ? { stdin: true, stdinOnce: attach } : {}),
    ...(run.on('tty') ? { tty: true } : {}),
  };
  let pod: Record<string, unknown> = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...(run.has('annotations')
        ? { annotations: Object.fromEntries(run.all('annotations').map((a) => a.split(/=(.*)/s).slice(0, 2) as [string, string])) }
        : {}),
      labels,
      name,
    },
    spec: { containers: [container], dnsPolicy: 'ClusterFirst', restartPolicy: restart },
    status: {},
  };
  if (run.has('overrides')) pod = merge(pod, overrides(run.flag('overrides')));
  if (run.on('expose'))
    createMade(run, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name },
      spec: { ports: [{ port: Number(run.flag('port')), protocol: 'TCP', targetPort: Number(run.flag('port')) }], selector: labels },
      status: { loadBalancer: {} },
    });
  if (!attach) {
    createMade(run, pod);
    return;
  }
  const { status: _, ...sent } = pod;
  const result = run.api({ verb: 'create', resource: 'pods', namespace: run.namespace, object: sent, options: { fieldManager: 'kubectl-run' } });
  run.must(result);
  attachTo(run, {
    namespace: run.namespace,
    pod: name,
    container: name,
    remove: run.on('rm'),
    timeoutMs: run.duration('pod-running-timeout', 60_000),
    never: restart !== 'Always',
    tty: run.on('tty'),
  });
}

function overrides(text: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as Record<string, unknown>;
  } catch {
    // Told below.
  }
  throw plainError('Invalid JSON Patch');
}

/** JSON merge. */
function merge(base: Record<string, unknown>, patch: Record<string, unknown>): Record<string, unknown> {
  const out = { ...base };
  for (const key of Object.keys(patch)) {
    if (key === '__proto__') continue;
    const [a, b] = [out[key], patch[key]];
    if (b === null) delete out[key];
    else if (isMap(a) && isMap(b)) out[key] = merge(a, b);
    else out[key] = b;
  }
  return out;
}

const isMap = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

const exposable: Record<string, string> = { Pod: 'pods', Service: 'services', ReplicationController: '', Deployment: '', ReplicaSet: '' };

export function expose(run: Run): void {
  if (run.args.length === 0 && run.all('filename').length === 0) throw nothingGiven('expose');
  const format = formatOf(run);
  const { infos, failures } = find(run, { args: run.args, ...(run.has('selector') && run.args.length === 1 ? {} : {}), selectAll: false });
  for (const info of infos) {
    const o = info.object as KubeObject;
    if (!Object.hasOwn(exposable, o.kind)) {
      failures.push({ text: `cannot expose a ${o.kind}.${info.resource.group}` });
      continue;
    }
    const selector = run.has('selector')
      ? Object.fromEntries(
          run
            .flag('selector')
            .split(',')
            .map((p) => p.split('=').slice(0, 2) as [string, string]),
        )
      : selectorOf(o);
    if (Object.keys(selector).length === 0)
      throw plainError(`couldn't retrieve selectors via --selector flag or introspection: invalid deployment: no selectors, therefore cannot be exposed`);
    const known = portsOf(o);
    const given = run.flag('port');
    const ports =
      given !== ''
        ? given.split(',').map((p) => ({ port: Number(p), protocol: undefined as string | undefined }))
        : known.map((p) => ({ port: p.port, protocol: p.protocol as string | undefined }));
    if (ports.length === 0) throw usageError('expose', `couldn't find port via --port flag or introspection`);
    const target = run.flag('target-port');
    const name = run.flag('name') || info.name;
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { ...(o.metadata.labels || run.has('labels') ? { labels: run.has('labels') ? labelsOf(run, name) : o.metadata.labels } : {}), name },
      spec: {
        ...(run.has('cluster-ip') ? { clusterIP: run.flag('cluster-ip') } : {}),
        ...(run.has('external-ip') ? { externalIPs: [run.flag('external-ip')] } : {}),
        ports: ports.map((p, i) => ({
          ...(ports.length > 1 ? { name: `port-${i + 1}` } : {}),
          port: p.port,
          protocol: run.flag('protocol') || p.protocol || known.find((k) => k.port === p.port)?.protocol || 'TCP',
          targetPort: target === '' ? p.port : /^\d+$/.test(target) ? Number(target) : target,
        })),
        selector,
        ...(run.has('session-affinity') ? { sessionAffinity: run.flag('session-affinity') } : {}),
        ...(run.has('type') ? { type: run.flag('type') } : {}),
      },
      status: { loadBalancer: {} },
    };
    const resource = resourceFor('services');
    if (run.dryRun === 'client') {
      printResult(run, format, resource, service as unknown as KubeObject, 'exposed');
      continue;
    }
    const { status: _, ...sent } = service;
    const result = run.api({ verb: 'create', ...whereOf(resource, info.namespace), object: sent, options: run.dryRun === 'server' ? { dryRun: true } : {} });
    if (result.object) printResult(run, format, resource, result.object, 'exposed');
    else failures.push(failureOf(result.status));
  }
  report(run, failures);
}

function selectorOf(o: KubeObject): Record<string, string> {
  if (o.kind === 'Pod') {
    if (!o.metadata.labels || Object.keys(o.metadata.labels).length === 0)
      throw plainError(`couldn't retrieve selectors via --selector flag or introspection: the pod has no labels and cannot be exposed`);
    return o.metadata.labels;
  }
  if (o.kind === 'Service' || o.kind === 'ReplicationController') return o.spec?.selector ?? {};
  if ((o.spec?.selector?.matchExpressions ?? []).length > 0)
    throw plainError(
      `couldn't retrieve selectors via --selector flag or introspection: couldn't convert expressions - "${JSON.stringify(o.spec.selector.matchExpressions)}" to map-based selector format`,
    );
  return o.spec?.selector?.matchLabels ?? {};
}

function portsOf(o: KubeObject): { port: number; protocol: string }[] {
  if (o.kind === 'Service') return (o.spec?.ports ?? []).map((p: { port: number; protocol?: string }) => ({ port: p.port, protocol: p.protocol ?? 'TCP' }));
  const spec = o.kind === 'Pod' ? o.spec : o.spec?.template?.spec;
  return (spec?.containers ?? []).flatMap((c: { ports?: { containerPort: number; protocol?: string }[] }) =>
    (c.ports ?? []).map((p) => ({ port: p.containerPort, protocol: p.protocol ?? 'TCP' })),
  );
}

export function autoscale(run: Run): void {
  if (run.args.length === 0 && run.all('filename').length === 0) throw nothingGiven('autoscale');
  const max = run.int('max', -1);
  const min = run.int('min', -1);
  if (max < 1) throw usageError('autoscale', `--max=MAXPODS is required and must be at least 1, max: ${max}`);
  if (max < min) throw usageError('autoscale', `--max=MAXPODS must be larger or equal to --min=MINPODS, max: ${max}, min: ${min}`);
  const cpu = run.int('cpu-percent', run.has('cpu') ? Number.parseInt(run.flag('cpu'), 10) : -1);
  const { infos, failures } = find(run, { args: run.args });
  for (const info of infos) {
    const o = info.object as KubeObject;
    if (!info.resource.scale) {
      failures.push({ text: `cannot autoscale a ${o.kind}${info.resource.group ? `.${info.resource.group}` : ''}` });
      continue;
    }
    createMade(
      run,
      {
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        metadata: { name: run.flag('name') || info.name },
        spec: {
          maxReplicas: max,
          ...(cpu >= 0 ? { metrics: [{ resource: { name: 'cpu', target: { averageUtilization: cpu, type: 'Utilization' } }, type: 'Resource' }] } : {}),
          ...(min > 0 ? { minReplicas: min } : {}),
          scaleTargetRef: { apiVersion: o.apiVersion, kind: o.kind, name: o.metadata.name },
        },
        status: {},
      },
      undefined,
      'autoscaled',
    );
  }
  report(run, failures);
}
