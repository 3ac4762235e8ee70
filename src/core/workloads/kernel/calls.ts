/** What a program's view of the kernel (`Sys`) needs of it; `Kernel` is it. */
import type { Tool } from '../../contracts/os.ts';
import type { Ctx } from '../../engine/types.ts';
import type { ProcessEvent } from './events.ts';
import type { Files } from './files.ts';
import type { Container, Description, Process, WorkloadsState } from './state.ts';

/** Which program a command line runs, or why none. */
export type Lookup = { program: string; argv: string[] } | { error: string; code: 126 | 127; kind: 'missing' | 'denied' | 'format' | 'absent' };

/** A description without its count of references, whichever kind it is. */
export type NewDescription = Description extends infer D ? (D extends unknown ? Omit<D, 'refs'> : never) : never;

export type NewProcess = Partial<Process> & Pick<Process, 'argv' | 'program' | 'env' | 'fds'>;

export interface KernelCalls {
  readonly state: WorkloadsState;
  readonly ctx: Ctx;
  readonly tools: Readonly<Record<string, Tool>>;
  process(pid: number): Process | undefined;
  containerOf(process: Process): Container;
  files(process: Process): Files;
  create(container: Container, parent: Process | undefined, fields: NewProcess): Process | undefined;
  lookup(process: Process, argv: string[], env: Record<string, string>, depth?: number): Lookup;
  deliver(pid: number, event: ProcessEvent): void;
  charge(process: Process, rssBytes: number): void;
  cpu(process: Process, millicores: number): void;
  timer(process: Process, delayMs: number): void;
  exit(process: Process, code: number, signal?: string): void;
  signal(process: Process, signal: string, outside?: boolean): void;
  open(description: NewDescription): string;
  pipe(): [string, string];
  share(id: string): string;
  release(id: string): void;
  wakeAll(waiting: number[], type: 'readable' | 'writable'): void;
  output(containerID: string, stream: 'stdout' | 'stderr', text: string): void;
}
