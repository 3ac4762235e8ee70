/** What the runtime said about each pod at the last look. Models pkg/kubelet/container/cache.go, v1.36.2. */
import type { CriContainerStatus, PodSandboxStatus } from '../../contracts/cri.ts';

/** One pod in the runtime; shared (frozen), replaced as a whole. */
export interface RuntimePodStatus {
  readonly uid: string;
  readonly name: string;
  readonly namespace: string;
  readonly ips: readonly string[];
  /** Newest first. */
  readonly sandboxes: readonly PodSandboxStatus[];
  /** Newest first. */
  readonly containers: readonly CriContainerStatus[];
}

export interface PodCacheState {
  pods: Record<string, { status: RuntimePodStatus; look: number }>;
  /** Number of the last look at anything; looks are counted, as several fall into one millisecond. */
  looks: number;
  /** Number of the last look at all pods. */
  globalLook: number;
}

export const initialPodCache = (): PodCacheState => ({ pods: {}, looks: 0, globalLook: 0 });

export const emptyStatus = (uid: string, name = '', namespace = ''): RuntimePodStatus =>
  Object.freeze({
    uid,
    name,
    namespace,
    ips: Object.freeze([]) as readonly string[],
    sandboxes: Object.freeze([]),
    containers: Object.freeze([]),
  } as RuntimePodStatus);

export const cachedStatus = (cache: PodCacheState, uid: string): RuntimePodStatus => cache.pods[uid]?.status ?? emptyStatus(uid);

/** Was the pod looked at after look number `look`? */
export const isNewer = (cache: PodCacheState, uid: string, look: number): boolean => cache.globalLook > look || (cache.pods[uid]?.look ?? 0) > look;

/** The newest instance of a container, if any. */
export const findContainerStatus = (status: RuntimePodStatus, name: string): CriContainerStatus | undefined =>
  status.containers.find((c) => c.metadata.name === name);

/** The newest sandbox, when it is READY. */
export const readySandbox = (status: RuntimePodStatus): PodSandboxStatus | undefined => {
  const first = status.sandboxes[0];
  return first?.state === 'SANDBOX_READY' ? first : undefined;
};
