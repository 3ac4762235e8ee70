/** The words of the daemons' logs: klog of the kubelet (v1.36.2, -v=2), logfmt of containerd 2.x. */
import type { JournalEntry } from '../../contracts/journal.ts';
import { fnv1a } from '../../engine/random.ts';
import { civil, rfc3339 } from '../../engine/time.ts';

const two = (n: number): string => String(n).padStart(2, '0');
const quoted = (text: string): string => JSON.stringify(text);

/** Below the model's milliseconds: made of the line itself, so that every view of it shows the same. */
const below = (words: string): string => String(fnv1a(words) % 1000).padStart(3, '0');

function klog(level: 'I' | 'E', epochMs: number, pid: number, place: string, words: string): string {
  const c = civil(epochMs);
  const micros = String(c.ms).padStart(3, '0') + below(words);
  return `${level}${two(c.month)}${two(c.day)} ${two(c.hour)}:${two(c.minute)}:${two(c.second)}.${micros} ${String(pid).padStart(7)} ${place}] ${words}`;
}

export function journalText(entry: JournalEntry, epochMs: number, pid: number): string {
  const info = (place: string, words: string): string => klog('I', epochMs, pid, place, words);
  const error = (place: string, words: string): string => klog('E', epochMs, pid, place, words);
  switch (entry[0]) {
    case 'kubelet.start':
      return info('server.go:525', `"Kubelet version" kubeletVersion=${quoted(entry[1])}`);
    case 'kubelet.registered':
      return info('kubelet_node_status.go:78', `"Successfully registered node" node=${quoted(entry[1])}`);
    case 'kubelet.syncLoop':
      return info(places[entry[1]], `"SyncLoop ${entry[1]}" source=${quoted(entry[2])} pods=[${quoted(entry[3])}]`);
    case 'kubelet.pleg':
      return info(
        'kubelet.go:2569',
        `"SyncLoop (PLEG): event for pod" pod=${quoted(entry[1])} event={"ID":${quoted(entry[2])},"Type":${quoted(entry[3])},"Data":${quoted(entry[4])}}`,
      );
    case 'kubelet.probe':
      return info(
        'prober.go:120',
        `"Probe failed" probeType=${quoted(entry[1])} pod=${quoted(entry[2])} podUID=${quoted(entry[3])} containerName=${quoted(entry[4])} probeResult="failure" output=${quoted(entry[5])}`,
      );
    case 'kubelet.mount':
      return error('nestedpendingoperations.go:348', `Operation for pod ${quoted(entry[1])} (UID: ${quoted(entry[2])}) failed. Error: ${entry[3]}`);
    case 'kubelet.rejected':
      return info(
        'kubelet.go:2398',
        `"Pod admission denied" podUID=${quoted(entry[2])} pod=${quoted(entry[1])} reason=${quoted(entry[3])} message=${quoted(entry[4])}`,
      );
    case 'kubelet.kill':
      return info(
        'kuberuntime_container.go:864',
        `"Killing container with a grace period" pod=${quoted(entry[1])} podUID=${quoted(entry[2])} containerName=${quoted(entry[3])} containerID=${quoted(`containerd://${entry[4]}`)} gracePeriod=${entry[5]}`,
      );
    case 'kubelet.syncError':
      return error('pod_workers.go:1324', `"Error syncing pod, skipping" err=${quoted(entry[1])} pod=${quoted(entry[2])} podUID=${quoted(entry[3])}`);
    case 'kubelet.manifest':
      return error('file.go:182', entry[1]);
    case 'kubelet.url':
      return entry[1] === ''
        ? info('http.go:81', '"Successfully read pods from URL"')
        : info('http.go:72', `"Failed to read pods from URL" err=${quoted(entry[1])}`);
    default: {
      const words = containerd(entry);
      return `time="${rfc3339(epochMs).slice(0, -1)}.${String(civil(epochMs).ms).padStart(3, '0')}${below(words)}${below(`${words} `)}Z" ${words}`;
    }
  }
}

const places = { ADD: 'kubelet.go:2537', DELETE: 'kubelet.go:2553', REMOVE: 'kubelet.go:2547' };

function containerd(entry: Extract<JournalEntry, readonly [`containerd.${string}`, ...string[]]>): string {
  const line = (failed: boolean, words: string, more = ''): string => `level=${failed ? 'error' : 'info'} msg=${quoted(words)}${more}`;
  switch (entry[0]) {
    case 'containerd.sandbox': {
      const [, stage, name, uid, namespace, attempt, id, error] = entry;
      const about = `RunPodSandbox for &PodSandboxMetadata{Name:${name},Uid:${uid},Namespace:${namespace},Attempt:${attempt},}`;
      if (stage === 'failed') return line(true, `${about} failed, error`, ` error=${quoted(`rpc error: code = Unknown desc = ${error}`)}`);
      return line(false, stage === 'begin' ? about : `${about} returns sandbox id ${quoted(id)}`);
    }
    case 'containerd.create': {
      const [, stage, sandbox, name, attempt, id, error] = entry;
      const about = `CreateContainer within sandbox ${quoted(sandbox)} for ${stage === 'begin' ? 'container ' : ''}&ContainerMetadata{Name:${name},Attempt:${attempt},}`;
      if (stage === 'failed') return line(true, `${about} failed`, ` error=${quoted(`rpc error: code = Unknown desc = ${error}`)}`);
      return line(false, stage === 'begin' ? about : `${about} returns container id ${quoted(id)}`);
    }
    case 'containerd.exit':
      return line(false, `received container exit event container_id:${quoted(entry[1])} id:${quoted(entry[1])} pid:${entry[2]} exit_status:${entry[3]}`);
    default: {
      const [, stage, rpc, target, error] = entry;
      const about = rpc === 'PullImage' ? `PullImage ${quoted(target)}` : `${rpc} for ${quoted(target)}`;
      if (stage === 'failed') return line(true, `${about} failed`, ` error=${quoted(`rpc error: code = Unknown desc = ${error}`)}`);
      return line(false, stage === 'begin' ? about : `${about} returns successfully`);
    }
  }
}
