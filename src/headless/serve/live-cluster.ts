/** A cluster that keeps pace with the clock on the wall, and remembers what its watches may still ask for. */
import {
  type ApiCall,
  type ApiResult,
  AssertionError,
  type CommandResult,
  type KubeObject,
  type StoredNote,
  World,
  type WorldOptions,
} from '../../core/index.ts';

export interface StoredEvent {
  resourceVersion: number;
  event: StoredNote['event'];
  object: KubeObject;
}

/** Events kept per resource: an older resourceVersion is answered with 410 Gone, as etcd's compaction would. */
const maxEvents = 2000;
const stepMs = 50;
/** A machine that slept: the cluster does not run after the lost hours. */
const maxLagMs = 5000;

export class LiveCluster {
  readonly world: World;
  /** resource id → what was written, oldest first. */
  private readonly events = new Map<string, { gone: number; list: StoredEvent[] }>();
  private readonly listeners = new Set<(resource: string, stored: StoredEvent) => void>();
  private readonly speed: number;
  private wallMs: number;
  private timer: NodeJS.Timeout | undefined;

  constructor(options: Partial<WorldOptions>, speed: number) {
    this.world = new World(options, { rewinds: false });
    this.speed = speed;
    this.wallMs = performance.now();
    this.world.observe((entry) => {
      if (entry.kind === 'note' && entry.body.type === 'Stored') this.store(entry.body as StoredNote);
    });
  }

  /** `failed` hears when the model breaks an assertion of its own: then the clock stands still. */
  start(failed: (error: AssertionError) => void): void {
    this.wallMs = performance.now();
    this.timer = setInterval(() => {
      try {
        this.catchUp();
      } catch (error) {
        this.stop();
        if (!(error instanceof AssertionError)) throw error;
        failed(error);
      }
    }, stepMs);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Plays up to now. */
  catchUp(): void {
    const now = performance.now();
    const lag = Math.min(maxLagMs, now - this.wallMs);
    const ahead = Math.floor(lag * this.speed);
    if (ahead < 1) return;
    this.wallMs = lag === maxLagMs ? now : this.wallMs + ahead / this.speed;
    this.world.advance(this.world.nowMs + ahead);
  }

  get epochMs(): number {
    return this.world.engine.state.startEpochMs + this.world.nowMs;
  }

  request(call: ApiCall): ApiResult {
    this.catchUp();
    return this.world.request(call);
  }

  /** Runs `kubectl` inside the model; resolves when it has ended there. */
  async kubectl(argv: string[], namespace: string): Promise<CommandResult> {
    this.catchUp();
    const { id } = this.world.command({ type: 'kubectl', argv, namespace, files: {} });
    for (;;) {
      const result = this.world.results[id];
      if (result) return result;
      await new Promise((resolve) => setTimeout(resolve, stepMs));
    }
  }

  /** What was written after `resourceVersion`; null when that is no longer known. */
  since(resource: string, resourceVersion: number): StoredEvent[] | null {
    const kept = this.events.get(resource);
    if (!kept) return [];
    return resourceVersion < kept.gone ? null : kept.list.filter((e) => e.resourceVersion > resourceVersion);
  }

  /** Returns how to stop listening. */
  listen(listener: (resource: string, stored: StoredEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private store({ resource, event, object }: StoredNote): void {
    const stored = { resourceVersion: Number(object.metadata.resourceVersion), event, object };
    let kept = this.events.get(resource);
    if (!kept) {
      kept = { gone: 0, list: [] };
      this.events.set(resource, kept);
    }
    kept.list.push(stored);
    if (kept.list.length > maxEvents) kept.gone = (kept.list.shift() as StoredEvent).resourceVersion;
    for (const listener of this.listeners) listener(resource, stored);
  }
}
