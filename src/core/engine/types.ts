/** The engine's vocabulary. It knows nothing of Kubernetes: rooms, addresses, messages, time, chance. */

/** Where a room instance lives: `apiserver`, `worker-1/kubelet`, `client/os`. */
export type Address = string;

/** Anything sent or called: plain JSON with a `type`. Treated as immutable by sender and receiver alike. */
export interface Body {
  readonly type: string;
}

/** The manifest field that decided something: shown by "Why?" as a YAML line. */
export interface FieldRef {
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  /** Path inside the object, e.g. `spec.containers[0].livenessProbe.periodSeconds`. */
  readonly path: string;
}

/** One message in the queue or the trace. Never mutated after it was made. */
export interface Message<B extends Body = Body> {
  /** Total order of everything that happened; also its name in "Why?" chains. */
  readonly seq: number;
  /** When it arrives, integer milliseconds since the start of the run. */
  readonly atMs: number;
  /** When it was sent. */
  readonly sentMs: number;
  readonly from: Address;
  readonly to: Address;
  /** `seq` of the message that was being handled when this one was sent; 0 for commands from outside. */
  readonly cause: number;
  readonly body: B;
  readonly why?: FieldRef;
}

/**
 * What observers see, in order. `message`: a queued message being handled. `call`: a synchronous call (a system call, say).
 * `note`: a fact a room told (nobody receives it). `dropped`: a message to a stopped or unreachable room.
 */
export interface TraceEntry extends Message {
  readonly kind: 'message' | 'call' | 'note' | 'dropped';
}

export type Observer = (entry: TraceEntry) => void;

/** What a handler may do. One instance is reused: do not keep it. */
export interface Ctx {
  /** Integer milliseconds since the start of the run. */
  readonly nowMs: number;
  /** Milliseconds since 1970 of `nowMs`, for timestamps in objects. */
  readonly epochMs: number;
  /** The address of the room that is handling. */
  readonly self: Address;
  /** The node part of `self` (`worker-1` of `worker-1/kubelet`), or `self` itself. */
  readonly host: string;
  /** The message being handled (for `serve`: the message whose handler made the call). */
  readonly message: Message;
  /** Sends a message that arrives after `delayMs` (integer ≥ 0; fractions are rounded down). Returns its `seq`. A timer is a message to `ctx.self`. */
  send(to: Address, body: Body, delayMs?: number, why?: FieldRef): number;
  /**
   * Calls another room's `serve` and returns its answer at once, like a system call. Allowed only where a contract says so.
   * A stopped room, or one that serves nothing, answers `{ error: 'unavailable' }`.
   */
  call<T = unknown>(to: Address, request: Body): T;
  /** Tells observers a fact that nobody receives (shown on lanes and in logs). */
  note(body: Body, why?: FieldRef): void;
  /** Uniform in [0, 1), from this room's own stream. */
  random(): number;
  /** True when a room lives at that address and runs. */
  isUp(address: Address): boolean;
}

/** A room's code. State is plain JSON and belongs to the room alone. */
export interface Room<S = unknown> {
  /** The state at start. `args` come from `world.ts`. */
  initial(args: never, ctx: Ctx): S;
  /** Handles one message: changes its own state, speaks through `ctx`. Synchronous; never throws for input from outside the model. */
  handle(state: S, message: Message, ctx: Ctx): void;
  /** Answers a synchronous call. */
  serve?(state: S, request: Body, ctx: Ctx): unknown;
  /** The state after the process was killed and started again: what survives on disk, as `initial` plus that. Absent: `initial`. */
  restart?(old: S, args: never, ctx: Ctx): S;
}
