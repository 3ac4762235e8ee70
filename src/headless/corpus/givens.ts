/** Starting states, by the words of `given`. */
import { loadYaml } from '../../session/yaml/load.ts';
import type { Stage } from './stage.ts';

/** Static pods lie here on the simulated nodes, whatever the page says. */
export const staticPodDirectory = '/etc/kubernetes/manifests';

const settleMs = 500;

/** Brings the state about. Returns what of it the runner could not do. */
export function arrange(stage: Stage, given: readonly string[]): string[] {
  const failed: string[] = [];
  for (const line of given) {
    const rule = rules.find(([pattern]) => pattern.test(line));
    if (!rule) failed.push(`given not understood: ${line}`);
    else {
      const error = rule[1](stage, rule[0].exec(line) as RegExpExecArray);
      if (error) failed.push(`given: ${line}: ${error}`);
    }
  }
  return failed;
}

type Act = (stage: Stage, match: RegExpExecArray) => string | undefined;

function kubectl(stage: Stage, line: string, namespace = 'default'): string | undefined {
  const { rc, err, out } = stage.runKubectl(line, namespace);
  stage.advance(stage.nowMs + settleMs);
  return rc === 0 ? undefined : (err || out).trim();
}

const node = (stage: Stage): string => stage.world.cluster.nodes[0]?.name ?? '';

const rules: [RegExp, Act][] = [
  [/^kubectl (.*)$/, (stage, m) => kubectl(stage, (m[1] as string).replace('<node>', node(stage)))],
  // Paths of manifests, before what else a sentence says.
  [/^(\S+\.yaml)(?: and (\S+\.yaml))?(?: \([^)]*\))?(?: was)? applied(?: in namespace (\S+))?(?: before)?$/, applied],
  [/^configmap (\S+) already exists \(from (\S+\.yaml)\)$/, (stage, m) => kubectl(stage, `apply -f ${m[2]}`)],
  [/^secret (\S+) with (.*) exists$/, (stage, m) => kubectl(stage, `create secret generic ${m[1]} ${literals(m[2] as string)}`)],
  [/^configmap (\S+) exists without key (\S+)$/, (stage, m) => kubectl(stage, `create configmap ${m[1]} --from-literal=other=${m[2]}`)],
  [/^node has (\S+) containing: (.*)$/, onNodes],
  [/^one node advertises capacity (\S+): (\d+)/, (stage, m) => advertise(stage, m[1] as string, m[2] as string)],
  [/^the ConfigMap also has keys (\S+) and (\S+)$/i, moreKeys],
  [/^apiVersion edited to (\S+)$/, (stage, m) => edit(stage, (text) => text.replace(/apiVersion: *["']?[^"'\s,]+["']?/, `apiVersion: ${m[1]}`))],
  [/^the DNS add-on or its Service is broken$/, (stage) => kubectl(stage, 'delete service kube-dns', 'kube-system') ?? later(stage, 2000)],
  [/^only pods labelled (\S+) run$/, (stage, m) => kubectl(stage, `run other --image=nginx --labels=${m[1]}`)],
  // What holds in a fresh cluster.
  [
    /^no Service|^cluster DNS works$|^no other pod|does not exist|^no matching|^no LimitRange|^no node|^every node has less|^a network provider|^no network provider/,
    () => undefined,
  ],
  [/answers \(simulated external web site\)$/, () => undefined],
  [/^kubelet runs with staticPodPath/, () => undefined],
];

function later(stage: Stage, ms: number): undefined {
  stage.advance(stage.nowMs + ms);
}

function applied(stage: Stage, m: RegExpExecArray): string | undefined {
  const namespace = m[3] ?? 'default';
  if (namespace !== 'default') kubectl(stage, `create namespace ${namespace}`);
  for (const file of [m[1], m[2]]) {
    const error = file === undefined ? undefined : kubectl(stage, `apply -f ${file}`, namespace);
    if (error) return error;
  }
  // What was applied before has been running for a while.
  return later(stage, 30_000);
}

const literals = (text: string): string =>
  text
    .split(' and ')
    .map((pair) => `--from-literal='${pair}'`)
    .join(' ');

function onNodes(stage: Stage, m: RegExpExecArray): string | undefined {
  const path = m[1] as string;
  for (const { name } of stage.world.cluster.nodes) {
    const { rc, err } = stage.run(stage.shell(name, `mkdir -p ${path.replace(/\/[^/]*$/, '')} && echo '${m[2]}' > ${path}`), 5000);
    if (rc !== 0) return err;
  }
  return undefined;
}

const advertise = (stage: Stage, name: string, count: string): string | undefined =>
  kubectl(
    stage,
    `patch node ${node(stage)} --subresource=status --type=json -p '[{"op": "add", "path": "/status/capacity/${name.replace('/', '~1')}", "value": "${count}"}]'`,
  ) ?? later(stage, 12_000);

/** The map that the manifest under test reads, made anew with two more keys. */
function moreKeys(stage: Stage, m: RegExpExecArray): string | undefined {
  const text = stage.manifest(stage.file)?.text ?? '';
  const name = /configMapRef: *\{? *name: *["']?([a-z0-9.-]+)/.exec(text.replace(/\n\s*/g, ' '))?.[1] ?? 'special-config';
  return kubectl(stage, `create configmap ${name} --from-literal=${m[1]}=1 --from-literal=${m[2]}=2`);
}

function edit(stage: Stage, change: (text: string) => string): undefined {
  stage.edited[stage.file] = change(stage.manifest(stage.file)?.text ?? '');
}

/** `given` of another starting state takes the place of what it denies. */
export function otherwiseGiven(base: readonly string[], given: string): string[] {
  if (/^namespace \S+ does not exist$/.test(given)) return [];
  if (/^Pending as above/.test(given) || /^replicas raised/.test(given)) return [];
  const denies = /does not exist|^no |^configmap|^[Tt]he ConfigMap|^only pods|^Service \S+ does not/.test(given);
  const kept = denies
    ? base.filter((line) => /^kubectl create namespace/.test(line) || (/^no network provider/.test(given) && / applied$/.test(line)))
    : [...base];
  return [...kept, given];
}

/** Kinds and names of a manifest. */
export const objectsIn = (text: string): { kind: string; metadata: { name?: string } }[] => loadYaml(text).documents.map((d) => d.object as never);
