/** kubectl create. Models k8s.io/kubectl/pkg/cmd/create/*.go, v1.36.2. */
import type { KubeObject } from '../../api/types.ts';
import { withLastApplied } from '../apply/apply-object.ts';
import { readFiles, report } from '../builder.ts';
import { failureOf, plainError, usageError, withSource } from '../errors.ts';
import { formatOf, printResult } from '../printers/print.ts';
import type { Run } from '../run.ts';
import { validation } from './apply.ts';
import { base64 } from './base64.ts';
import { createMade, whereOf } from './send.ts';

/** create -f. */
export function create(run: Run): void {
  if (run.args.length > 0) throw usageError('create', `Unexpected args: [${run.args.join(' ')}]`);
  if (run.all('filename').length === 0) {
    if (run.has('kustomize')) throw plainError('kustomize is not simulated: build the manifests and use -f');
    throw plainError('must specify one of -f and -k');
  }
  const format = formatOf(run);
  const { infos, failures } = readFiles(run, validation(run) !== 'Ignore');
  if (infos.length === 0 && failures.length === 0) throw plainError('no objects passed to create');
  for (const info of infos) {
    const object = info.object as KubeObject;
    const named = { ...object, metadata: { ...object.metadata, ...(info.namespace ? { namespace: info.namespace } : {}) } } as KubeObject;
    const sent = run.on('save-config') ? withLastApplied(named, info.namespace) : named;
    if (run.dryRun === 'client') {
      printResult(run, format, info.resource, sent, 'created');
      continue;
    }
    const result = run.api({
      verb: 'create',
      ...whereOf(info.resource, info.namespace),
      object: sent,
      options: { fieldManager: 'kubectl-create', fieldValidation: validation(run), ...(run.dryRun === 'server' ? { dryRun: true } : {}) },
    });
    if (result.object) printResult(run, format, info.resource, result.object, 'created');
    else failures.push(withSource(failureOf(result.status), 'creating', info.source));
  }
  report(run, failures);
}

/** The one NAME. */
export function nameOf(run: Run): string {
  const { args } = run;
  const before = run.flags.dash >= 0 ? args.slice(0, run.flags.dash) : args;
  if (before.length !== 1) throw usageError(run.command, `exactly one NAME is required, got ${before.length}`);
  return before[0] as string;
}

/** Words after `--`. */
export const commandOf = (run: Run): string[] => (run.flags.dash < 0 ? [] : run.args.slice(run.flags.dash));

export function namespace(run: Run): void {
  const name = nameOf(run);
  createMade(run, { apiVersion: 'v1', kind: 'Namespace', metadata: { name }, spec: {}, status: {} });
}

/** --from-literal k=v. */
function literals(run: Run): Record<string, string> {
  const data: Record<string, string> = Object.create(null);
  const fromFiles = [...run.all('from-file'), ...run.all('from-env-file')];
  if (fromFiles.length > 0) {
    const path = (fromFiles[0] as string).replace(/^[^=]*=/, '');
    throw plainError(`error reading ${path}: no such file or directory`);
  }
  for (const literal of run.all('from-literal')) {
    const at = literal.indexOf('=');
    if (at < 1) throw plainError(`invalid literal source ${literal}, expected key=value`);
    const key = literal.slice(0, at);
    if (!/^[-._a-zA-Z0-9]{1,253}$/.test(key))
      throw plainError(
        `${JSON.stringify(key)} is not a valid key name for a ConfigMap: a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')`,
      );
    if (Object.hasOwn(data, key))
      throw plainError(`cannot add key ${JSON.stringify(key)}, another key by that name already exists in Data for ConfigMap ${JSON.stringify(run.args[0])}`);
    const value = literal.slice(at + 1);
    data[key] = value.length >= 2 && value[0] === value.at(-1) && (value[0] === '"' || value[0] === "'") ? value.slice(1, -1) : value;
  }
  return { ...data };
}

export function configMap(run: Run): void {
  const name = nameOf(run);
  const data = literals(run);
  createMade(
    run,
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, ...(Object.keys(data).length > 0 ? { data } : {}) },
    'failed to create configmap: ',
  );
}

const encoded = (data: Record<string, string>): Record<string, string> => Object.fromEntries(Object.entries(data).map(([k, v]) => [k, base64(v)]));

export function secretGeneric(run: Run): void {
  const name = nameOf(run);
  const data = encoded(literals(run));
  createMade(
    run,
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name },
      ...(Object.keys(data).length > 0 ? { data } : {}),
      ...(run.has('type') ? { type: run.flag('type') } : {}),
    },
    'failed to create secret ',
  );
}

export function secretTls(run: Run): void {
  nameOf(run);
  if (!run.has('cert') || !run.has('key')) throw plainError('key and cert must be specified');
  throw plainError(`open ${run.flag('cert')}: no such file or directory`);
}

export function secretDocker(run: Run): void {
  const name = nameOf(run);
  const server = run.flag('docker-server', 'https://index.docker.io/v1/');
  const [user, password, email] = [run.flag('docker-username'), run.flag('docker-password'), run.flag('docker-email')];
  if (user === '' || password === '')
    throw plainError('either --from-file or the combination of --docker-username, --docker-password and --docker-server is required');
  const config = { auths: { [server]: { username: user, password, ...(email ? { email } : {}), auth: base64(`${user}:${password}`) } } };
  createMade(
    run,
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name },
      data: { '.dockerconfigjson': base64(JSON.stringify(config)) },
      type: 'kubernetes.io/dockerconfigjson',
    },
    'failed to create secret ',
  );
}

/** `repo/nginx:1.27` → `nginx`. */
const containerName = (image: string): string => {
  const last = image.slice(image.lastIndexOf('/') + 1);
  const name = last.split(/[:@]/)[0] as string;
  return name.replace(/[^a-z0-9-]/g, '-').replace(/^-+|-+$/g, '') || 'c';
};

export function deployment(run: Run): void {
  const name = nameOf(run);
  const images = run.list('image');
  if (images.length === 0) throw plainError('required flag(s) "image" not set');
  const command = commandOf(run);
  if (images.length > 1 && command.length > 0) throw plainError('cannot specify multiple --image options and command');
  const port = run.int('port', -1);
  const containers = images.map((image) => ({
    ...(command.length > 0 ? { command } : {}),
    image,
    name: containerName(image),
    ...(port > 0 ? { ports: [{ containerPort: port }] } : {}),
    resources: {},
  }));
  const labels = { app: name };
  createMade(
    run,
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { labels, name },
      spec: { replicas: run.int('replicas', 1), selector: { matchLabels: labels }, strategy: {}, template: { metadata: { labels }, spec: { containers } } },
      status: {},
    },
    'failed to create deployment: ',
  );
}

function servicePorts(run: Run): unknown[] {
  return run.list('tcp').map((text) => {
    const [from, to] = text.split(':') as [string, string | undefined];
    const port = Number(from);
    if (!/^\d+$/.test(from) || port > 65535) throw plainError(`strconv.Atoi: parsing ${JSON.stringify(from)}: invalid syntax`);
    const target = to === undefined ? port : /^\d+$/.test(to) ? Number(to) : to;
    return {
      name: text.replace(':', '-'),
      port,
      protocol: 'TCP',
      targetPort: target,
      ...(run.int('node-port', 0) > 0 ? { nodePort: run.int('node-port', 0) } : {}),
    };
  });
}

function serviceOf(run: Run, type: string, extra: Record<string, unknown> = {}): void {
  const name = nameOf(run);
  const labels = { app: name };
  const ports = servicePorts(run);
  if (ports.length === 0 && type !== 'ExternalName' && extra.clusterIP !== 'None') throw plainError('at least one tcp port specifier must be provided');
  createMade(
    run,
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { labels, name },
      spec: { ...extra, ...(ports.length > 0 ? { ports } : {}), selector: labels, type },
      status: { loadBalancer: {} },
    },
    `failed to create ${type} service: `,
  );
}

export const serviceClusterIP = (run: Run): void => serviceOf(run, 'ClusterIP', run.has('clusterip') ? { clusterIP: run.flag('clusterip') } : {});
export const serviceNodePort = (run: Run): void => serviceOf(run, 'NodePort');
export const serviceLoadBalancer = (run: Run): void => serviceOf(run, 'LoadBalancer');
export function serviceExternalName(run: Run): void {
  if (!run.has('external-name')) throw plainError('required flag(s) "external-name" not set');
  serviceOf(run, 'ExternalName', { externalName: run.flag('external-name') });
}

export function job(run: Run): void {
  const name = nameOf(run);
  const command = commandOf(run);
  if (run.has('from')) {
    fromCronJob(run, name);
    return;
  }
  if (!run.has('image')) throw plainError('either --image or --from must be specified');
  createMade(
    run,
    {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name },
      spec: {
        template: {
          metadata: {},
          spec: { containers: [{ ...(command.length > 0 ? { command } : {}), image: run.flag('image'), name, resources: {} }], restartPolicy: 'Never' },
        },
      },
      status: {},
    },
    'failed to create job: ',
  );
}

function fromCronJob(run: Run, name: string): void {
  const from = run.flag('from').split('/');
  if (from.length !== 2 || !/^(cronjobs?|cj)(\.(v1\.)?batch)?$/.test(from[0] as string)) throw plainError(`from must be an existing cronjob`);
  const cron = run.must(run.api({ verb: 'get', resource: 'cronjobs.batch', namespace: run.namespace, name: from[1] as string }));
  const template = cron.spec.jobTemplate;
  createMade(
    run,
    {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: {
        annotations: { 'cronjob.kubernetes.io/instantiate': 'manual', ...template.metadata?.annotations },
        ...(template.metadata?.labels ? { labels: template.metadata.labels } : {}),
        name,
        ownerReferences: [{ apiVersion: 'batch/v1', kind: 'CronJob', name: cron.metadata.name, uid: cron.metadata.uid, controller: true }],
      },
      spec: template.spec,
      status: {},
    },
    'failed to create job: ',
  );
}

export function cronJob(run: Run): void {
  const name = nameOf(run);
  for (const flag of ['image', 'schedule']) if (!run.has(flag)) throw plainError(`required flag(s) "${flag}" not set`);
  const command = commandOf(run);
  const container = { ...(command.length > 0 ? { command } : {}), image: run.flag('image'), name, resources: {} };
  createMade(
    run,
    {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name },
      spec: {
        jobTemplate: {
          metadata: { name },
          spec: { template: { metadata: {}, spec: { containers: [container], restartPolicy: run.flag('restart', 'OnFailure') } } },
        },
        schedule: run.flag('schedule'),
      },
      status: {},
    },
    'failed to create cronjob: ',
  );
}

export const serviceAccount = (run: Run): void =>
  createMade(run, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: nameOf(run) } }, 'failed to create serviceaccount: ');
