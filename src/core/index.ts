/** The only door of core. */

export { notSimulated } from './api/fields/fidelity.ts';
export { podColumns } from './api/print/pod-columns.ts';
export { type Resource, resourceById, resources } from './api/resources.ts';
export type { KubeObject, Pod } from './api/types.ts';
export type { FieldError } from './api/validation/field.ts';
export { objectSelector, printedTable } from './client.ts';
export { defaultOptions, maxWorkers, type WorldOptions } from './clusters/cluster.ts';
export type { Command, CommandDone, CommandResult } from './commands.ts';
export type { Fault } from './contracts/fault.ts';
export type { ManifestFile } from './contracts/kubectl.ts';
export { type ContainerLogs, type ContainerLogsAnswer, kubeletOf } from './contracts/kubelet.ts';
export type { ConntrackEntry, WalkAnswer, WalkStep } from './contracts/netfilter.ts';
export type { ApiCall, ApiResult, StoredNote } from './contracts/watch.ts';
export { AssertionError } from './engine/engine.ts';
export type { LoggedCommand } from './engine/history.ts';
export type { FieldRef, Observer, TraceEntry } from './engine/types.ts';
export { type FieldDocs, provideFieldDocs } from './kubectl/field-docs.ts';
export { askLens } from './lens/lens.ts';
export type * from './lens/questions.ts';
export { InputError, type ProxyRules, proxyRules } from './proxy-rules.ts';
export { readWithTool } from './tools.ts';
export { faultText } from './view/fault-text.ts';
export * from './view/find.ts';
export type * from './view/records.ts';
export { View } from './view/view.ts';
export { type WalkQuestion, walkPacket } from './walk.ts';
export { type GivenCommand, World } from './world.ts';
