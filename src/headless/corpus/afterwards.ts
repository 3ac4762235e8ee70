/** What is done after the steps, by its words: `kubectl delete one pod`, `add another gate to the existing pod`. */
import type { Fact } from './outcomes.ts';
import { select } from './select.ts';
import type { Stage } from './stage.ts';

/** Its output becomes that of step -1. Returns what went wrong with the words. */
export function changeBefore(stage: Stage, words: string, namespace: string, fact: Fact = {}): string | undefined {
  const kubectl = (line: string): undefined => {
    stage.stepOutput[-1] = stage.runKubectl(line, namespace);
  };
  const one = (): string => select(stage, String(fact.field), namespace).objects[0]?.metadata.name ?? 'none';
  if (/^kubectl delete one pod$/.test(words)) return kubectl(`delete pod ${one()}`);
  const label = /^remove label ([^= ]+)=\S+ from one pod$/.exec(words);
  if (label) return kubectl(`label pod ${one()} ${label[1]}-`);
  if (/^kubectl /.test(words)) return kubectl(words);
  if (/^create a pod without memory and cpu requests/.test(words)) return kubectl('run bare --image=nginx');
  if (/^add another gate to the existing pod$/.test(words)) return addGate(stage, namespace);
  if (/^replicas raised/.test(words)) return raise(stage, namespace);
  if (/then the label is added to a node$/.test(words)) {
    stage.advance(stage.nowMs + 5000);
    const pod = stage.list('pods', namespace).find((p) => p.metadata.name !== 'onlooker');
    const [key, value] = Object.entries((pod?.spec as { nodeSelector?: Record<string, string> } | undefined)?.nodeSelector ?? {})[0] ?? [];
    return kubectl(`label nodes ${stage.world.cluster.nodes[0]?.name} ${key}=${value}`);
  }
  return stage.nowMs >= 0 && /exist|^no |^the |^The |^only|^secret|^configmap|^claim|edited|applied/.test(words) ? undefined : `not understood: ${words}`;
}

function addGate(stage: Stage, namespace: string): undefined {
  const pod = stage.list('pods', namespace).find((p) => p.metadata.name !== 'onlooker');
  const patch = { spec: { schedulingGates: [{ name: 'example.com/another' }] } };
  stage.stepOutput[-1] = stage.runKubectl(`patch pod ${pod?.metadata.name} -p '${JSON.stringify(patch)}'`, namespace);
}

function raise(stage: Stage, namespace: string): undefined {
  stage.advance(stage.nowMs + 2000);
  const deployment = stage.list('deployments.apps', namespace)[0];
  stage.stepOutput[-1] = stage.runKubectl(`scale deployment/${deployment?.metadata.name} --replicas=30`, namespace);
}
