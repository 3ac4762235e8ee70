/** The kubelet's own server (:10250) as the API server uses it for `kubectl logs` and `kubectl exec`. */
import type { Body } from '../engine/types.ts';
import { addressOf } from './addresses.ts';

export const kubeletOf = addressOf('kubelet');

/** A call. `error` in kubectl's words after `Error from server (BadRequest): `. */
export interface ContainerLogs extends Body {
  readonly type: 'ContainerLogs';
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly previous?: boolean;
  readonly tailLines?: number;
  readonly sinceSeconds?: number;
  readonly timestamps?: boolean;
  readonly limitBytes?: number;
}
export interface ContainerLogsAnswer {
  text?: string;
  error?: string;
  code?: number;
}

/** A message; `ExecReply` comes back to the sender. */
export interface ContainerExec extends Body {
  readonly type: 'ContainerExec';
  readonly id: string;
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly cmd: string[];
  readonly stdin?: string;
  readonly tty?: boolean;
}
/** A message: bytes of a forwarded connection towards a port of a pod; the first opens it. Answered with `ForwardedData`. */
export interface PortForward extends Body {
  readonly type: 'PortForward';
  /** Of the connection, chosen by the sender. */
  readonly id: string;
  readonly namespace: string;
  readonly pod: string;
  readonly port: number;
  readonly data: string;
  readonly closed: boolean;
}
/** Bytes of the pod; `error` when the connection came to nothing. */
export interface ForwardedData extends Body {
  readonly type: 'ForwardedData';
  readonly id: string;
  readonly data: string;
  readonly closed: boolean;
  readonly error?: string;
}
export interface ExecReply extends Body {
  readonly type: 'ExecReply';
  readonly id: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
  readonly error?: string;
}
