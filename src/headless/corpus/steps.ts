/** Steps of a case: command lines with `<…>` in them, and what a person does on a node. */

import { staticPodDirectory } from './givens.ts';
import { contains } from './patterns.ts';
import { isOld, namesOf, nodeOfStatic, select } from './select.ts';
import type { Output, Stage } from './stage.ts';

export interface Step {
  number: number;
  text: string;
  namespace: string;
}

/** Does it change what is observed? */
export const changes = (text: string): boolean =>
  !/^kubectl (get|describe|logs|top|rollout status)\b/.test(text) &&
  !/^kubectl exec .* -- (ls|cat|printenv|hostname|nslookup|ps)\b/.test(text) &&
  !/^curl /.test(text) &&
  !/-- \/bin\/bash$|-- sh$/.test(text);

export const namespaceOf = (text: string): string => /--namespace[= ](\S+)/.exec(text)?.[1] ?? /(?:^| )-n (\S+)/.exec(text)?.[1] ?? 'default';

/** Begins the step; the answer tells when it has ended. */
export function begin(stage: Stage, step: Step): () => Output | undefined {
  const onNode = nodeStep(stage, step.text);
  if (onNode) return onNode;
  const [line = '', typed] = splitTyped(step.text);
  const parts = line.split(/;\s*(?=kubectl|$)/).filter((part) => part !== '');
  if (/^curl /.test(line)) return stage.give(stage.shell('client', place(stage, step, line)));
  if (parts.length > 1) {
    for (const part of parts.slice(0, -1)) stage.run(stage.kubectl(place(stage, step, part), step.namespace), 20_000);
  }
  const last = place(stage, step, parts[parts.length - 1] ?? '');
  const [command = '', filter] = last.split(/ \| grep /);
  const done = stage.give(stage.kubectl(command, step.namespace, typed === undefined ? undefined : `${typed}\n`));
  return () => {
    const output = done();
    if (!output || filter === undefined) return output;
    return {
      ...output,
      out: output.out
        .split('\n')
        .filter((row) => row.includes(filter.trim()))
        .map((row) => `${row}\n`)
        .join(''),
    };
  };
}

/** `kubectl exec … -- bash   # cd /data; ls` → the line, what is typed. */
function splitTyped(text: string): [string, string | undefined] {
  const at = text.search(/ {2,}# /);
  if (at < 0) return [text, undefined];
  const comment = text.slice(at).replace(/^ +# /, '');
  if (comment.startsWith('page:')) return [text.slice(0, at), undefined];
  return [text.slice(0, at), comment.replace(/^then: /, '')];
}

function place(stage: Stage, step: Step, line: string): string {
  return line.replace(/<([a-z][^<>]*)>/g, (whole, words: string) => placed(stage, step, words) ?? whole);
}

function placed(stage: Stage, step: Step, words: string): string | undefined {
  const since = stage.stepStartMs[step.number - 1] ?? 0;
  const pods = stage.list('pods', step.namespace);
  if (words === 'new pod')
    return pods.find((pod) => !isOld(stage, pod, since) && (pod.metadata as { deletionTimestamp?: string }).deletionTimestamp === undefined)?.metadata.name;
  const job = /^pod of job (\S+)$/.exec(words);
  if (job) return select(stage, `pod job-name=${job[1]}`, step.namespace).objects[0]?.metadata.name;
  if (/^pod with /.test(words)) return select(stage, words, step.namespace).objects[0]?.metadata.name;
  if (/\bpod$/.test(words)) return pods.find((pod) => !pod.metadata.name.startsWith('onlooker'))?.metadata.name;
  if (words === 'slice') return stage.list('endpointslices.discovery.k8s.io', step.namespace).find((s) => s.metadata.name !== 'kubernetes')?.metadata.name;
  if (words === 'external-ip') return externalIP(stage, step.namespace);
  if (words === 'port') return String(firstPort(stage, step.namespace) ?? '');
  return namesOf(stage, step.namespace)(words);
}

interface Service {
  metadata: { name: string };
  spec: { type?: string; ports?: { port: number; nodePort?: number }[] };
  status: { loadBalancer?: { ingress?: { ip?: string }[] } };
}
const balanced = (stage: Stage, namespace: string): Service | undefined =>
  (stage.list('services', namespace) as unknown as Service[]).find((s) => s.spec.type === 'LoadBalancer');
export const externalIP = (stage: Stage, namespace: string): string | undefined => balanced(stage, namespace)?.status.loadBalancer?.ingress?.[0]?.ip;
const firstPort = (stage: Stage, namespace: string): number | undefined => balanced(stage, namespace)?.spec.ports?.[0]?.port;

/** What is done at a node's console. */
function nodeStep(stage: Stage, text: string): (() => Output | undefined) | undefined {
  const host = nodeOfStatic(stage) ?? '';
  const local = (path: string): string => path.replace('/etc/kubelet.d', staticPodDirectory);
  const put = /^place the file at (\S+) on the node$/.exec(text);
  if (put) {
    const body = stage.manifest(stage.file)?.text ?? '';
    return stage.give(stage.shell(host, `cat > ${local(put[1] as string)} <<'END_OF_FILE'\n${body}\nEND_OF_FILE\n`));
  }
  if (/^mv /.test(text)) return stage.give(stage.shell(host, local(text)));
  if (/^stop the container on the node/.test(text)) {
    const id = staticContainer(stage)?.id;
    return stage.give(stage.shell(host, `crictl stop ${id}`));
  }
  return undefined;
}

/** The container of the manifest under test, as its node's mirror pod shows it. */
export function staticContainer(stage: Stage): { id: string; running: boolean } | undefined {
  const host = nodeOfStatic(stage) ?? '';
  const { out } = stage.run(stage.shell(host, 'crictl ps -a --no-trunc'), 5000);
  const rows = out
    .split('\n')
    .slice(1)
    .filter((row) => contains(row, `-${host}`, () => undefined));
  const row = rows.find((r) => r.includes('Running')) ?? rows[0];
  const id = row?.split(/\s+/)[0];
  return id ? { id, running: row?.includes('Running') === true } : undefined;
}
