/** The commands and their flags. Models k8s.io/kubectl/pkg/cmd/cmd.go, v1.36.2. */
import { contextName } from './context.ts';
import { CommandError } from './errors.ts';
import { parseFlags } from './flags.ts';
import type { Run } from './run.ts';
import {
  apiResources,
  apiVersions,
  authCanI,
  authWhoAmI,
  clusterInfo,
  configCurrentContext,
  configGetClusters,
  configGetContexts,
  configSetContext,
  configUseContext,
  configView,
  cp,
  diff,
  events,
  proxy,
  version,
} from './verbs/about.ts';
import { apply } from './verbs/apply.ts';
import * as make from './verbs/create.ts';
import * as govern from './verbs/create-policy.ts';
import { deleteVerb } from './verbs/delete.ts';
import { describeVerb } from './verbs/describe.ts';
import { cordon, drain, uncordon } from './verbs/drain.ts';
import { annotate, edit, label, patch, replace, scale, taint } from './verbs/edit.ts';
import { attach, debug, exec } from './verbs/exec.ts';
import { explain } from './verbs/explain.ts';
import { get } from './verbs/get.ts';
import { logs } from './verbs/logs.ts';
import { portForward } from './verbs/port-forward.ts';
import { rolloutHistory, rolloutPause, rolloutRestart, rolloutResume, rolloutStatus, rolloutUndo } from './verbs/rollout.ts';
import { autoscale, expose, runVerb } from './verbs/run.ts';
import { setEnv, setImage, setResources, setSelector, setServiceAccount } from './verbs/set.ts';
import { top, topNode, topPod } from './verbs/top.ts';
import { wait } from './verbs/wait.ts';

export interface Command {
  /** As `flags.ts` reads them. */
  flags: string;
  run(run: Run): void;
}

const files = 'filename,f:a recursive,R:b kustomize,k:s';
export const printing = 'output,o:s template:s show-managed-fields:b allow-missing-template-keys:b';
const selecting = 'selector,l:s all-namespaces,A:b field-selector:s';
const dryRun = 'dry-run:o=unchanged field-manager:s';

const commands: Record<string, Command | Record<string, Command>> = {
  get: {
    flags: `${files} ${printing} ${selecting} watch,w:b watch-only:b output-watch-events:b no-headers:b show-labels:b label-columns,L:a sort-by:s ignore-not-found:b chunk-size:i subresource:s raw:s show-kind:b server-print:b`,
    run: get,
  },
  describe: { flags: `${files} ${selecting} show-events:b chunk-size:i`, run: describeVerb },
  apply: {
    flags: `${files} ${printing} ${dryRun} selector,l:s all:b server-side:b force-conflicts:b overwrite:b prune:b prune-allowlist:a validate:o=strict wait:b timeout:d grace-period:i force:b cascade:o=background openapi-patch:b applyset:s subresource:s`,
    run: apply,
  },
  delete: {
    flags: `${files} ${selecting} all:b grace-period:i force:b now:b wait:b cascade:o=background timeout:d ignore-not-found:b output,o:s dry-run:o=unchanged interactive,i:b raw:s`,
    run: deleteVerb,
  },
  logs: {
    flags:
      'container,c:s previous,p:b follow,f:b tail:i since:d since-time:s timestamps:b limit-bytes:i selector,l:s all-containers:b all-pods:b prefix:b ignore-errors:b max-log-requests:i pod-running-timeout:d insecure-skip-tls-verify-backend:b',
    run: logs,
  },
};

const making = `${printing} ${dryRun} save-config:b validate:o=strict`;
const changing = `${files} ${printing} ${dryRun} ${selecting} all:b`;

const more: typeof commands = {
  create: {
    '': { flags: `${files} ${making} edit:b raw:s selector,l:s windows-line-endings:b`, run: make.create },
    namespace: { flags: making, run: make.namespace },
    ns: { flags: making, run: make.namespace },
    configmap: { flags: `${making} from-literal:a from-file:a from-env-file:a append-hash:b`, run: make.configMap },
    cm: { flags: `${making} from-literal:a from-file:a from-env-file:a append-hash:b`, run: make.configMap },
    'secret generic': { flags: `${making} from-literal:a from-file:a from-env-file:a type:s append-hash:b`, run: make.secretGeneric },
    'secret tls': { flags: `${making} cert:s key:s append-hash:b`, run: make.secretTls },
    'secret docker-registry': {
      flags: `${making} docker-server:s docker-username:s docker-password:s docker-email:s from-file:a append-hash:b`,
      run: make.secretDocker,
    },
    deployment: { flags: `${making} image:a replicas,r:i port:i`, run: make.deployment },
    deploy: { flags: `${making} image:a replicas,r:i port:i`, run: make.deployment },
    ...services('service'),
    ...services('svc'),
    job: { flags: `${making} image:s from:s`, run: make.job },
    cronjob: { flags: `${making} image:s schedule:s restart:s`, run: make.cronJob },
    cj: { flags: `${making} image:s schedule:s restart:s`, run: make.cronJob },
    serviceaccount: { flags: making, run: make.serviceAccount },
    sa: { flags: making, run: make.serviceAccount },
    priorityclass: { flags: `${making} value:i global-default:b description:s preemption-policy:s`, run: govern.priorityClass },
    pc: { flags: `${making} value:i global-default:b description:s preemption-policy:s`, run: govern.priorityClass },
    quota: { flags: `${making} hard:a scopes:a`, run: govern.quota },
    resourcequota: { flags: `${making} hard:a scopes:a`, run: govern.quota },
    poddisruptionbudget: { flags: `${making} selector:a min-available:s max-unavailable:s`, run: govern.pdb },
    pdb: { flags: `${making} selector:a min-available:s max-unavailable:s`, run: govern.pdb },
    ingress: { flags: `${making} rule:a class:s default-backend:s annotation:a`, run: govern.ingress },
    ing: { flags: `${making} rule:a class:s default-backend:s annotation:a`, run: govern.ingress },
    token: { flags: `${printing} audience:a duration:d bound-object-kind:s bound-object-name:s bound-object-uid:s`, run: govern.token },
    role: { flags: `${making} verb:a resource:a resource-name:a`, run: govern.roleVerb },
    clusterrole: { flags: `${making} verb:a resource:a resource-name:a non-resource-url:a aggregation-rule:a`, run: govern.clusterRole },
    rolebinding: { flags: `${making} clusterrole:s role:s user:a group:a serviceaccount:a`, run: govern.roleBinding },
    clusterrolebinding: { flags: `${making} clusterrole:s user:a group:a serviceaccount:a`, run: govern.clusterRoleBinding },
  },
  run: {
    flags: `${making} image:s restart:s rm:b stdin,i:b tty,t:b attach:b command:b labels,l:s env:a port:s expose:b overrides:s override-type:s annotations:a image-pull-policy:s quiet,q:b leave-stdin-open:b pod-running-timeout:d privileged:b cascade:o=background force:b grace-period:i timeout:d wait:b`,
    run: runVerb,
  },
  expose: {
    flags: `${files} ${making} selector:s port:s target-port:s name:s type:s protocol:s cluster-ip:s external-ip:s labels,l:s session-affinity:s load-balancer-ip:s overrides:s override-type:s`,
    run: expose,
  },
  autoscale: { flags: `${files} ${making} min:i max:i cpu-percent:i cpu:s memory:s name:s`, run: autoscale },
  scale: { flags: `${changing} replicas:i current-replicas:i resource-version:s timeout:d`, run: scale },
  patch: { flags: `${files} ${printing} ${dryRun} patch,p:s patch-file:s type:s subresource:s local:b`, run: patch },
  label: { flags: `${changing} overwrite:b list:b resource-version:s local:b`, run: label },
  annotate: { flags: `${changing} overwrite:b list:b resource-version:s local:b`, run: annotate },
  taint: { flags: `${printing} ${dryRun} selector,l:s all:b overwrite:b validate:o=strict`, run: taint },
  replace: { flags: `${files} ${making} force:b cascade:o=background grace-period:i timeout:d wait:b raw:s subresource:s`, run: replace },
  edit: { flags: `${files} ${printing} output-patch:b save-config:b validate:o=strict windows-line-endings:b subresource:s field-manager:s`, run: edit },
  set: {
    image: { flags: `${changing} local:b`, run: setImage },
    env: { flags: `${changing} local:b env,e:a from:s prefix:s keys:a list:b containers,c:s overwrite:b resolve:b`, run: setEnv },
    resources: { flags: `${changing} local:b limits:a requests:a containers,c:s`, run: setResources },
    serviceaccount: { flags: `${changing} local:b`, run: setServiceAccount },
    sa: { flags: `${changing} local:b`, run: setServiceAccount },
    selector: { flags: `${changing} local:b resource-version:s`, run: setSelector },
  },
  rollout: {
    status: { flags: `${files} selector,l:s watch,w:b timeout:d revision:i`, run: rolloutStatus },
    history: { flags: `${files} ${printing} selector,l:s revision:i`, run: rolloutHistory },
    undo: { flags: `${files} ${printing} ${dryRun} selector,l:s to-revision:i`, run: rolloutUndo },
    restart: { flags: `${files} ${printing} selector,l:s field-manager:s`, run: rolloutRestart },
    pause: { flags: `${files} ${printing} selector,l:s field-manager:s`, run: rolloutPause },
    resume: { flags: `${files} ${printing} selector,l:s field-manager:s`, run: rolloutResume },
  },
  wait: { flags: `${files} ${printing} ${selecting} all:b for:s timeout:d local:b`, run: wait },
  exec: { flags: `${files} container,c:s stdin,i:b tty,t:b quiet,q:b pod-running-timeout:d`, run: exec },
  attach: { flags: 'container,c:s stdin,i:b tty,t:b quiet,q:b pod-running-timeout:d', run: attach },
  debug: {
    flags: `${files} image:s container,c:s target:s stdin,i:b tty,t:b attach:b quiet,q:b copy-to:s replace:b same-node:b set-image:a share-processes:b profile:s custom:s arguments-only:b env:a image-pull-policy:s keep-labels:b keep-annotations:b keep-liveness:b keep-readiness:b keep-startup:b keep-init-containers:b`,
    run: debug,
  },
  cordon: { flags: 'dry-run:o=unchanged selector,l:s', run: cordon },
  uncordon: { flags: 'dry-run:o=unchanged selector,l:s', run: uncordon },
  drain: {
    flags:
      'dry-run:o=unchanged selector,l:s force:b ignore-daemonsets:b delete-emptydir-data:b delete-local-data:b grace-period:i timeout:d pod-selector:s disable-eviction:b chunk-size:i skip-wait-for-delete-timeout:i',
    run: drain,
  },
  top: {
    '': { flags: '', run: top },
    pod: topOf(topPod),
    pods: topOf(topPod),
    po: topOf(topPod),
    node: topOf(topNode),
    nodes: topOf(topNode),
    no: topOf(topNode),
  },
  events: { flags: `${printing} all-namespaces,A:b for:s types:a no-headers:b watch,w:b chunk-size:i`, run: events },
  explain: { flags: 'recursive:b api-version:s output,o:s', run: explain },
  'api-resources': { flags: 'output,o:s namespaced:b api-group:s categories:a no-headers:b verbs:a sort-by:s cached:b show-kind:b', run: apiResources },
  'api-versions': { flags: '', run: apiVersions },
  version: { flags: 'client:b output,o:s', run: version },
  'cluster-info': { flags: '', run: clusterInfo },
  config: {
    view: { flags: `${printing} raw:b minify:b flatten:b merge:o=true`, run: configView },
    'current-context': { flags: '', run: configCurrentContext },
    'get-contexts': { flags: 'output,o:s no-headers:b', run: configGetContexts },
    'get-clusters': { flags: '', run: configGetClusters },
    'use-context': { flags: '', run: configUseContext },
    'set-context': { flags: 'current:b', run: configSetContext },
  },
  auth: {
    'can-i': { flags: 'list:b quiet,q:b all-namespaces,A:b subresource:s no-headers:b', run: authCanI },
    whoami: { flags: 'output,o:s', run: authWhoAmI },
  },
  diff: { flags: `${files} server-side:b force-conflicts:b field-manager:s selector,l:s prune:b show-managed-fields:b concurrency:i`, run: diff },
  'port-forward': { flags: 'address:a pod-running-timeout:d', run: portForward },
  proxy: { flags: 'port,p:i address:s www:s www-prefix,w:s', run: proxy },
  cp: { flags: 'container,c:s no-preserve:b retries:i', run: cp },
};
Object.assign(commands, more);

function services(word: string): Record<string, Command> {
  const flags = `${making} tcp:a`;
  return {
    [`${word} clusterip`]: { flags: `${flags} clusterip:s`, run: make.serviceClusterIP },
    [`${word} nodeport`]: { flags: `${flags} node-port:i`, run: make.serviceNodePort },
    [`${word} loadbalancer`]: { flags, run: make.serviceLoadBalancer },
    [`${word} externalname`]: { flags: `${flags} external-name:s`, run: make.serviceExternalName },
  };
}

function topOf(verb: Command['run']): Command {
  return {
    flags: 'containers:b selector,l:s all-namespaces,A:b sort-by:s no-headers:b sum:b use-protocol-buffers:b field-selector:s show-capacity:b show-swap:b',
    run: verb,
  };
}

export function runCommand(run: Run): void {
  const words = run.state.argv;
  let at = 0;
  // Global flags may stand before the verb.
  const before: string[] = [];
  while (at < words.length && (words[at] as string).startsWith('-')) {
    const word = words[at] as string;
    before.push(word);
    at += 1;
    if (/^(-n|--namespace|--context|--cluster|--user|--kubeconfig|-s|--server|--request-timeout|--as|-v|--v)$/.test(word) && at < words.length) {
      before.push(words[at] as string);
      at += 1;
    }
  }
  const verb = words[at];
  if (verb === undefined || verb === 'help') {
    run.out(help);
    return;
  }
  if (!Object.hasOwn(commands, verb)) throw unknown(verb, 'kubectl', Object.keys(commands));
  const entry = commands[verb] as Command | Record<string, Command>;
  if (typeof entry.run === 'function') {
    start(run, entry as Command, verb, [...before, ...words.slice(at + 1)]);
    return;
  }
  const subs = entry as Record<string, Command>;
  const sub = words[at + 1];
  const deeper = sub === undefined ? '' : `${sub} ${words[at + 2] ?? ''}`;
  if (Object.hasOwn(subs, deeper)) {
    start(run, subs[deeper] as Command, `${verb} ${deeper}`, [...before, ...words.slice(at + 3)]);
    return;
  }
  if (sub !== undefined && sub !== '' && Object.hasOwn(subs, sub)) {
    start(run, subs[sub] as Command, `${verb} ${sub}`, [...before, ...words.slice(at + 2)]);
    return;
  }
  const below = Object.keys(subs).filter((name) => name.startsWith(`${sub} `));
  if (below.length > 0) {
    usage(
      run,
      `${verb} ${sub}`,
      below.map((name) => name.slice((sub as string).length + 1)),
      words[at + 2],
    );
    return;
  }
  if (Object.hasOwn(subs, '')) start(run, subs[''] as Command, verb, [...before, ...words.slice(at + 1)]);
  else usage(run, verb, Object.keys(subs), sub);
}

/** A command that only has others below it. */
function usage(run: Run, name: string, below: string[], word: string | undefined): void {
  if (word === undefined || word === '-h' || word === '--help') {
    run.out(`Usage:\n  kubectl ${name} COMMAND\n\nAvailable Commands:\n${below.map((s) => `  ${s}\n`).join('')}`);
    return;
  }
  if (word.startsWith('-')) throw new CommandError(`error: unknown flag: ${word}\nSee 'kubectl ${name} --help' for usage.`);
  throw unknown(word, `kubectl ${name}`, below);
}

function start(run: Run, command: Command, name: string, words: string[]): void {
  run.command = name;
  run.flags = parseFlags(name, words, command.flags);
  if (run.on('help')) {
    run.out(`Usage:\n  kubectl ${name} [flags] [options]\n`);
    return;
  }
  const context = run.flag('context');
  if (context !== '' && context !== contextName) throw new CommandError(`error: context "${context}" does not exist`);
  command.run(run);
}

const help = `kubectl controls the Kubernetes cluster manager.

 Find more information at: https://kubernetes.io/docs/reference/kubectl/

Usage:
  kubectl [flags] [options]

Use "kubectl <command> --help" for more information about a given command.
`;

/** cobra's words, with what may have been meant. */
function unknown(word: string, parent: string, known: string[]): CommandError {
  const near = known.filter((k) => k !== '' && (distance(word.toLowerCase(), k) <= 2 || k.startsWith(word.toLowerCase())));
  const hint = near.length > 0 ? `\n\nDid you mean this?\n${near.map((k) => `\t${k}\n`).join('')}` : '';
  return new CommandError(`error: unknown command ${JSON.stringify(word.slice(0, 200))} for ${JSON.stringify(parent)}${hint}`);
}

/** Levenshtein's. */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return 3;
  let row = [...b, ''].map((_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1)
      next.push(Math.min((row[j] as number) + 1, (next[j - 1] as number) + 1, (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length] as number;
}
