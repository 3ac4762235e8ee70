/** `crictl` of a node: its tables and objects. Models cri-tools cmd/crictl. */
import type { CriAnswers, CriContainer, CriImage, CriReply, CriRequest, PodSandbox } from '../../contracts/cri.ts';
import { runtimeOf } from '../../contracts/cri.ts';
import { type FsAnswer, osOf, type Tool, type ToolEnvironment, type ToolResult } from '../../contracts/os.ts';
import { rfc3339 } from '../../engine/time.ts';
import { table } from './table.ts';

const ok = (stdout: string): ToolResult => ({ stdout, stderr: '', code: 0 });
const failed = (stderr: string): ToolResult => ({ stdout: '', stderr: `${stderr}\n`, code: 1 });

export const crictl: Tool = (argv, env) => {
  const words = argv.slice(1);
  while (words[0]?.startsWith('-')) words.splice(0, words[0] === '-r' || words[0] === '--runtime-endpoint' ? 2 : 1);
  const [verb, ...rest] = words;
  const flags = new Set(rest.filter((w) => w.startsWith('-')));
  const names = rest.filter((w) => !w.startsWith('-'));
  try {
    switch (verb) {
      case 'ps':
        return ok(ps(env, flags));
      case 'pods':
        return ok(pods(env, flags));
      case 'images':
      case 'image':
        return ok(images(env, flags));
      case 'inspect':
        return ok(json(inspect(env, names[0] ?? '')));
      case 'inspectp':
        return ok(json(inspectp(env, names[0] ?? '')));
      case 'logs':
        return logs(env, rest);
      case 'stop':
        return ok(stop(env, rest));
      case 'pull':
      case 'rmi':
      case 'rm':
      case 'rmp':
      case 'stopp':
        return ok(change(env, verb, rest));
      case 'statsp':
        return ok(statsp(env));
      case 'stats':
        return ok(stats(env));
      case 'version':
        return ok(version(env));
      case 'info':
        return ok(json({ status: call(env, { rpc: 'Status' }) }));
      case undefined:
      case 'help':
        return ok('NAME:\n   crictl - client for CRI\n\nUSAGE:\n   crictl [global options] command [command options] [arguments...]\n');
      default:
        return failed(
          `crictl: ${verb.slice(0, 60)}: not simulated (ps, pods, images, inspect, inspectp, logs, pull, stop, stopp, rm, rmp, rmi, stats, statsp, info and version are)`,
        );
    }
  } catch (error) {
    if (error instanceof CrictlError) return failed(error.message);
    throw error;
  }
};

class CrictlError extends Error {}

const time = (env: ToolEnvironment): string => `time="${rfc3339(env.epochMs)}" level=fatal msg=`;

function call<R extends CriRequest['rpc']>(env: ToolEnvironment, request: CriRequest & { rpc: R }): CriAnswers[R] {
  const answer = env.call<CriReply | { error: unknown }>(runtimeOf(env.host), { type: 'Cri', id: '', request } as never);
  if ('error' in answer && answer.error !== undefined) {
    const { error } = answer;
    const words =
      error === 'unavailable'
        ? 'validate CRI v1 runtime API for endpoint \\"unix:///run/containerd/containerd.sock\\": rpc error: code = Unavailable desc = connection error: desc = \\"transport: Error while dialing: dial unix /run/containerd/containerd.sock: connect: connection refused\\"'
        : `rpc error: code = ${(error as { code: string }).code} desc = ${(error as { message: string }).message}`;
    throw new CrictlError(`${time(env)}"${words}"`);
  }
  return (answer as CriReply).response as CriAnswers[R];
}

/** `17 seconds ago`. Models github.com/docker/go-units HumanDuration. */
export function ago(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const plural = (n: number, unit: string): string => `${n} ${unit}s ago`;
  if (seconds < 1) return 'Less than a second ago';
  if (seconds === 1) return '1 second ago';
  if (seconds < 60) return plural(seconds, 'second');
  const minutes = Math.floor(seconds / 60);
  if (minutes === 1) return 'About a minute ago';
  if (minutes < 60) return plural(minutes, 'minute');
  const hours = Math.floor(minutes / 60 + 0.5);
  if (hours === 1) return 'About an hour ago';
  if (hours < 48) return plural(hours, 'hour');
  return plural(Math.floor(hours / 24), 'day');
}

const short = (id: string): string => id.replace(/^sha256:/, '').slice(0, 13);
const stateName = (state: string): string =>
  state
    .replace(/^(CONTAINER|SANDBOX)_/, '')
    .toLowerCase()
    .replace(/^notready$/, 'notReady')
    .replace(/^./, (c) => c.toUpperCase());

const label = (labels: Record<string, string>, key: string): string => labels[`io.kubernetes.${key}`] ?? '';

function ps(env: ToolEnvironment, flags: Set<string>): string {
  const all = flags.has('-a') || flags.has('--all');
  const list = call(env, { rpc: 'ListContainers' }).containers.filter((c) => all || c.state === 'CONTAINER_RUNNING');
  if (flags.has('-q') || flags.has('--quiet')) return list.map((c) => `${c.id}\n`).join('');
  const { images } = call(env, { rpc: 'ListImages' });
  /** `imageRef` is the repo digest of a pulled image, the ID of an imported one. */
  const imageID = (ref: string): string => images.find((i) => i.repoDigests.includes(ref))?.id ?? ref;
  const rows = newest(list).map((c) => [
    short(c.id),
    short(imageID(c.imageRef)),
    ago(env.nowMs - c.createdAtMs),
    stateName(c.state),
    c.metadata.name,
    String(c.metadata.attempt),
    short(c.podSandboxId),
    label(c.labels, 'pod.name'),
    label(c.labels, 'pod.namespace'),
  ]);
  return table(['CONTAINER', 'IMAGE', 'CREATED', 'STATE', 'NAME', 'ATTEMPT', 'POD ID', 'POD', 'NAMESPACE'], rows);
}

const newest = <T extends { createdAtMs: number }>(list: readonly T[]): T[] => list.slice().sort((a, b) => b.createdAtMs - a.createdAtMs);

function pods(env: ToolEnvironment, flags: Set<string>): string {
  const list = call(env, { rpc: 'ListPodSandbox' }).items;
  if (flags.has('-q') || flags.has('--quiet')) return list.map((p) => `${p.id}\n`).join('');
  const row = (p: PodSandbox): string[] => [
    short(p.id),
    ago(env.nowMs - p.createdAtMs),
    stateName(p.state),
    p.metadata.name,
    p.metadata.namespace,
    String(p.metadata.attempt),
    p.runtimeHandler || '(default)',
  ];
  return table(['POD ID', 'CREATED', 'STATE', 'NAME', 'NAMESPACE', 'ATTEMPT', 'RUNTIME'], newest(list).map(row));
}

function images(env: ToolEnvironment, flags: Set<string>): string {
  const list = call(env, { rpc: 'ListImages' }).images;
  if (flags.has('-q') || flags.has('--quiet')) return list.map((i) => `${i.id}\n`).join('');
  const digests = flags.has('--digests');
  const rows = list.flatMap((image) => imageRows(image, digests)).sort((a, b) => ((a[0] as string) < (b[0] as string) ? -1 : 1));
  return table(['IMAGE', 'TAG', ...(digests ? ['DIGEST'] : []), 'IMAGE ID', 'SIZE'], rows);
}

function imageRows(image: CriImage, digests: boolean): string[][] {
  const digest = image.repoDigests[0]?.split('@')[1] ?? '<none>';
  const tags = image.repoTags.length > 0 ? image.repoTags : ['<none>:<none>'];
  return tags.map((tag) => {
    const colon = tag.lastIndexOf(':');
    return [
      tag.slice(0, colon),
      tag.slice(colon + 1),
      ...(digests ? [digest.replace('sha256:', '').slice(0, 13)] : []),
      short(image.id),
      decimalSize(image.size),
    ];
  });
}

/** Three digits, decimal units: `1.15MB`. Models go-units HumanSizeWithPrecision(size, 3). */
export function decimalSize(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${Number(value.toPrecision(3))}${units[unit]}`;
}

function find(env: ToolEnvironment, id: string): CriContainer {
  const found = id === '' ? [] : call(env, { rpc: 'ListContainers' }).containers.filter((c) => c.id.startsWith(id));
  if (found.length !== 1)
    throw new CrictlError(
      `${time(env)}"getting the status of the container \\"${id.slice(0, 64)}\\": rpc error: code = NotFound desc = an error occurred when try to find container \\"${id.slice(0, 64)}\\": not found"`,
    );
  return found[0] as CriContainer;
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

function inspect(env: ToolEnvironment, id: string): unknown {
  const container = find(env, id);
  const { status } = call(env, { rpc: 'ContainerStatus', containerId: container.id });
  const spec = env.call(runtimeOf(env.host), { type: 'OciSpec', containerId: container.id } as never) as { spec?: unknown };
  return { status, info: { sandboxID: container.podSandboxId, pid: status.pid, runtimeSpec: spec.spec ?? spec } };
}

/** Simplified: the runtime is told, and its answer not waited for. */
function stop(env: ToolEnvironment, words: readonly string[]): string {
  let timeoutSeconds = 0;
  let out = '';
  for (let i = 0; i < words.length; i += 1) {
    const word = words[i] as string;
    if (word === '-t' || word === '--timeout') timeoutSeconds = Number(words[++i]) || 0;
    else if (!word.startsWith('-')) {
      env.send?.(runtimeOf(env.host), {
        type: 'Cri',
        id: 'crictl',
        request: { rpc: 'StopContainer', containerId: find(env, word).id, timeoutSeconds },
      } as never);
      out += `${word}\n`;
    }
  }
  return out;
}

/** Simplified: as `stop`, the runtime is told, and its answer not waited for. */
function change(env: ToolEnvironment, verb: 'pull' | 'rmi' | 'rm' | 'rmp' | 'stopp', words: readonly string[]): string {
  const tell = (request: CriRequest): void => env.send?.(runtimeOf(env.host), { type: 'Cri', id: 'crictl', request } as never);
  let out = '';
  for (const word of words.filter((w) => !w.startsWith('-'))) {
    switch (verb) {
      case 'pull':
        tell({ rpc: 'PullImage', image: word });
        out += `Image is up to date for ${word}\n`;
        break;
      case 'rmi': {
        const { image } = call(env, { rpc: 'ImageStatus', image: word });
        if (!image) throw new CrictlError(`${time(env)}"no such image ${word.slice(0, 200)}"`);
        tell({ rpc: 'RemoveImage', image: image.id });
        out += image.repoTags.map((tag) => `Deleted: ${tag}\n`).join('');
        break;
      }
      case 'rm': {
        const container = find(env, word);
        if (container.state === 'CONTAINER_RUNNING' && !words.includes('-f') && !words.includes('--force'))
          throw new CrictlError(`${time(env)}"container \\"${word.slice(0, 64)}\\" is running, please stop it first"`);
        tell({ rpc: 'RemoveContainer', containerId: container.id });
        out += `${word}\n`;
        break;
      }
      default: {
        const { id } = findSandbox(env, word);
        tell({ rpc: verb === 'rmp' ? 'RemovePodSandbox' : 'StopPodSandbox', podSandboxId: id });
        out += `${verb === 'rmp' ? 'Removed' : 'Stopped'} sandbox ${word}\n`;
      }
    }
  }
  return out;
}

function findSandbox(env: ToolEnvironment, id: string): PodSandbox {
  const found = id === '' ? [] : call(env, { rpc: 'ListPodSandbox' }).items.filter((p) => p.id.startsWith(id));
  if (found.length !== 1)
    throw new CrictlError(
      `${time(env)}"getting the pod sandbox status for \\"${id.slice(0, 64)}\\": rpc error: code = NotFound desc = an error occurred when try to find sandbox: not found"`,
    );
  return found[0] as PodSandbox;
}

function inspectp(env: ToolEnvironment, id: string): unknown {
  return call(env, { rpc: 'PodSandboxStatus', podSandboxId: findSandbox(env, id).id });
}

function logs(env: ToolEnvironment, words: string[]): ToolResult {
  const at = words.indexOf('--tail');
  const tail = at >= 0 ? Number(words[at + 1]) : Number.NaN;
  const id = words.find((w, i) => !w.startsWith('-') && !(at >= 0 && i === at + 1)) ?? '';
  const { status } = call(env, { rpc: 'ContainerStatus', containerId: find(env, id).id });
  const file = env.call<FsAnswer>(osOf(env.host), { type: 'Fs', op: 'read', path: status.logPath } as never);
  if (file.error)
    return failed(`${time(env)}"failed to try resolving symlinks in path \\"${status.logPath}\\": lstat ${status.logPath}: no such file or directory"`);
  let lines = (file.text ?? '').split('\n').filter((line) => line !== '');
  if (Number.isInteger(tail) && tail >= 0) lines = tail === 0 ? [] : lines.slice(-tail);
  return ok(lines.map((line) => `${line.split(' ').slice(3).join(' ')}\n`).join(''));
}

const groupsOf = (env: ToolEnvironment): string[] => env.call<{ paths?: string[] }>(osOf(env.host), { type: 'Cgroup', op: 'list' } as never).paths ?? [];

function memoryOf(env: ToolEnvironment, groups: readonly string[], id: string): number {
  const path = groups.find((p) => p.includes(id)) ?? '';
  const values = env.call<{ values?: Record<string, string> }>(osOf(env.host), { type: 'Cgroup', op: 'get', path } as never).values ?? {};
  return Number(values['memory.current'] ?? 0);
}

function stats(env: ToolEnvironment): string {
  const running = call(env, { rpc: 'ListContainers' }).containers.filter((c) => c.state === 'CONTAINER_RUNNING');
  const groups = groupsOf(env);
  const rows = running.map((c) => {
    const { usedBytes, inodesUsed } = call(env, { rpc: 'ContainerStats', containerId: c.id }).writableLayer;
    return [short(c.id), c.metadata.name, '0.00', decimalSize(memoryOf(env, groups, c.id)), decimalSize(usedBytes), String(inodesUsed), '0B'];
  });
  return table(['CONTAINER', 'NAME', 'CPU %', 'MEM', 'DISK', 'INODES', 'SWAP'], rows);
}

function statsp(env: ToolEnvironment): string {
  const { containers } = call(env, { rpc: 'ListContainers' });
  const groups = groupsOf(env);
  const rows = call(env, { rpc: 'ListPodSandbox' })
    .items.filter((p) => p.state === 'SANDBOX_READY')
    .map((p) => {
      const ids = [p.id, ...containers.filter((c) => c.podSandboxId === p.id && c.state === 'CONTAINER_RUNNING').map((c) => c.id)];
      return [p.metadata.name, short(p.id), '0.00', decimalSize(ids.reduce((sum, id) => sum + memoryOf(env, groups, id), 0))];
    });
  return table(['POD', 'POD ID', 'CPU %', 'MEM'], rows);
}

function version(env: ToolEnvironment): string {
  const v = call(env, { rpc: 'Version' });
  return `Version:  0.1.0\nRuntimeName:  ${v.runtimeName}\nRuntimeVersion:  ${v.runtimeVersion}\nRuntimeApiVersion:  v1\n`;
}
