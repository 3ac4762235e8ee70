/** What can happen to a process. */
import type { Accepted, Connected, ConnectFailed, Datagram, PingReply, Received } from '../../contracts/socket.ts';
import type { Body } from '../../engine/types.ts';

export type ProcessEvent =
  | { type: 'start' }
  | { type: 'timer' }
  | { type: 'readable' }
  | { type: 'writable' }
  /** `pid` as the namespace counts; `signal`: what killed it. */
  | { type: 'child'; pid: number; code: number; signal?: string }
  | { type: 'signal'; signal: string }
  | { type: 'message'; body: Body }
  | Connected
  | ConnectFailed
  | Accepted
  | Received
  | Datagram
  | PingReply;
