/** One frame as the default scene has it, for tests of what draws records. */
import type { MessageRecord, PodRecord, ViewRecord } from '../../core/index.ts';
import type { Frame } from '../../session/protocol.ts';

export function pod(name: string, change: Partial<PodRecord> = {}): PodRecord {
  return {
    id: `pod/${name}`,
    type: 'pod',
    uid: name,
    name,
    namespace: 'default',
    node: 'worker-1',
    ip: '10.244.1.5',
    owner: null,
    status: 'Running',
    family: 'ready',
    readyContainers: 1,
    totalContainers: 1,
    restarts: 0,
    phase: 'Running',
    deleting: false,
    hostNetwork: false,
    labels: {},
    qosClass: 'BestEffort',
    createdAtMs: 0,
    containers: [],
    message: '',
    memoryBytes: null,
    ...change,
  };
}

export function message(seq: number, path: string[], change: Partial<MessageRecord> = {}): MessageRecord {
  return {
    seq,
    atMs: 1000,
    sentMs: 1000,
    cause: 0,
    kind: 'api',
    reply: false,
    outcome: 'ok',
    from: '',
    to: '',
    fromName: '',
    toName: '',
    text: `message ${seq}`,
    path,
    about: [],
    why: null,
    ...change,
  };
}

export function frame(change: Partial<Frame> & { changed?: ViewRecord[]; removed?: string[] } = {}): Frame {
  const { changed = [], removed = [], ...rest } = change;
  return {
    frame: 1,
    nowMs: 1000,
    playing: true,
    speed: 1,
    reset: false,
    diff: { changed, removed },
    messages: [],
    rates: [],
    lanes: [],
    marks: [],
    marksReset: false,
    knownUntilMs: 1000,
    ...rest,
  };
}
