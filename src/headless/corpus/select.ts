/** What a fact speaks of: `pod/x`, `pods -l a=b`, `pod job-name=pi`, `rs`, `old pod`, `pod with index 3`. */
import type { KubeObject } from '../../core/index.ts';
import { resourceOf, type Stage } from './stage.ts';

export interface Target {
  /** kubectl's word for the kind. */
  word: string;
  resource: string;
  objects: KubeObject[];
  /** Arguments for kubectl get. */
  argument: string;
}

const indexKey = 'batch.kubernetes.io/job-completion-index';

/** `sinceMs`: what `old` and `new` are parted by. */
export function select(stage: Stage, text: string, namespace: string, sinceMs = 0): Target {
  const words = text.replace('<node>', nodeOfStatic(stage) ?? '<node>').trim();
  const named = /^([a-z]+)\/(\S+)$/.exec(words);
  if (named) {
    const resource = resourceOf(named[1] as string) ?? (named[1] as string);
    const object = stage.get(resource, namespace, named[2] as string);
    return { word: named[1] as string, resource, objects: object ? [object] : [], argument: words };
  }
  const labelled = /^([a-z]+) (?:-l )?([A-Za-z0-9./-]+=\S+)$/.exec(words) ?? /^()([A-Za-z0-9./-]+=\S+)$/.exec(words);
  if (labelled) return all(stage, labelled[1] || 'pods', namespace, labelled[2] as string);
  const glob = /^([a-z]+) ([a-z0-9-]+)-\*$/.exec(words);
  if (glob) {
    const target = all(stage, glob[1] as string, namespace);
    const objects = target.objects.filter((o) => o.metadata.name.startsWith(`${glob[2]}-`));
    return { ...target, objects, argument: objects.length > 0 ? `${glob[1]}/${objects[0]?.metadata.name}` : `${glob[1]}/none` };
  }
  const owned = /(jobs|pods) (?:of|created by) cronjob (\S+)/.exec(words);
  if (owned) return prefixed(all(stage, /^jobs/.test(words) ? 'jobs' : 'pods', namespace), `${owned[2]}-`);
  if (resourceOf(words)) return all(stage, words, namespace);
  const pods = all(stage, 'pods', namespace);
  const index = /^pod with index (\d+)$/.exec(words)?.[1];
  if (index !== undefined) return pick(pods, (o) => o.metadata.annotations?.[indexKey] === index);
  if (words === 'old pod') return pick(pods, (o) => isOld(stage, o, sinceMs));
  if (words === 'a pending pod') return pick(pods, (o) => (o.status as { phase?: string }).phase === 'Pending');
  if (/^(each pod|pod of the job)$/.test(words)) return pick(pods, (o) => ownerKind(o) === 'Job');
  throw new Error(`not understood: what ${JSON.stringify(text)} is`);
}

export const isOld = (stage: Stage, object: KubeObject, sinceMs: number): boolean =>
  stage.told.some((t) => t.event === 'ADDED' && t.object.metadata.uid === object.metadata.uid && t.atMs <= sinceMs);

const ownerKind = (o: KubeObject): string | undefined => o.metadata.ownerReferences?.[0]?.kind;

function all(stage: Stage, word: string, namespace: string, selector?: string): Target {
  const resource = resourceOf(word);
  if (!resource) throw new Error(`not understood: kind ${word}`);
  return { word, resource, objects: stage.list(resource, namespace, selector), argument: selector ? `${word} -l ${selector}` : word };
}
const prefixed = (target: Target, prefix: string): Target => pick(target, (o) => o.metadata.name.startsWith(prefix));
function pick(target: Target, is: (o: KubeObject) => boolean): Target {
  const objects = target.objects.filter(is);
  return { ...target, objects, argument: objects[0] ? `${target.word}/${objects[0].metadata.name}` : target.word };
}

/** The node that a static pod was put on. */
export const nodeOfStatic = (stage: Stage): string | undefined => stage.world.cluster.nodes[0]?.name;

/** The values of `<…>` in facts and steps. */
export function namesOf(stage: Stage, namespace: string, subject?: KubeObject): (words: string) => string | undefined {
  const pod = subject as (KubeObject & { status?: { podIP?: string }; spec?: { nodeName?: string } }) | undefined;
  const clusterIP = (name: string, where: string): string | undefined =>
    (stage.get('services', where, name)?.spec as { clusterIP?: string } | undefined)?.clusterIP;
  return (words) => {
    const service = /^ClusterIP of (?:service )?(?:(\S+)\/)?(\S+)$/.exec(words);
    if (service) return clusterIP(service[2] as string, service[1] ?? (service[2] === 'kube-dns' ? 'kube-system' : namespace)) ?? '(no service)';
    if (words === 'ClusterIP') return newest(stage, 'services', namespace, (o) => clusterIP(o.metadata.name, namespace));
    if (words === 'pod IP') return pod?.status?.podIP;
    if (words === 'node name') return pod?.spec?.nodeName;
    if (words === 'node' || words === 'the labelled node') return stage.world.cluster.nodes[0]?.name;
    return undefined;
  };
}

function newest(stage: Stage, resource: string, namespace: string, of: (o: KubeObject) => string | undefined): string | undefined {
  const mine = stage.list(resource, namespace).filter((o) => o.metadata.name !== 'kubernetes');
  const last = mine[mine.length - 1];
  return last && of(last);
}
