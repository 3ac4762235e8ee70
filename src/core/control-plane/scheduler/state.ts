/** The scheduler's state. */
import type { ControllerState } from '../../contracts/client-go/controller.ts';
import type { NodeInfo } from './node-info.ts';
import type { SchedulingQueue } from './scheduling-queue.ts';

export const schedulerName = 'default-scheduler';
export const schedulerUser = 'system:kube-scheduler';

export interface State extends ControllerState {
  host: string;
  /** Node infos by store key of the node. */
  nodes: Record<string, NodeInfo>;
  sched: SchedulingQueue;
  /** Pods whose binding is under way: they count on their node already. */
  assumed: Record<string, { node: string }>;
  /** Pods for which room is being made on a node. */
  nominated: Record<string, { node: string; priority: number }>;
  /** Pods that wait for their volumes before they are bound. */
  preBinding: Record<string, { node: string; deadlineMs: number }>;
  /** Volume → the claim that the scheduler is giving it to. */
  assumedVolumes: Record<string, string>;
  flushing: boolean;
  /** A cycle is under way until then, ms: the next pod is not looked at before. */
  busyUntilMs: number;
}
